#include "sqlite/work.hpp"

#include <algorithm>
#include <array>

#include "godwit/ascii.hpp"

namespace godwit::sqlite {
namespace {

/// A script larger than this has a transaction of its own.
constexpr std::size_t kLargestShared = 1U << 20U;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string word_at(std::string_view text, std::size_t at) {
    std::string word;
    for (; at < text.size() && is_letter(text[at]); ++at)
        word += ascii_lower(text[at]);
    return word;
}

std::size_t behind_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n\f", at), text.size());
}

bool any(const Script& script, auto&& predicate) {
    return std::ranges::any_of(script.statements(), predicate);
}

auto needs(TransactionNeed need) {
    return [need](const Statement& statement) { return statement.transaction == need; };
}

/// The pragma that a statement sets, where it has no directives of its own; "" for everything else.
std::string setting(const Script& script, const Statement& statement) {
    if (statement.kind != StatementKind::Session || !script.directives(statement).plain()) return {};
    const std::string_view sql = script.sql(statement);
    if (first_word(sql) != "pragma") return {};
    return word_at(sql, behind_blanks(sql, std::string_view("pragma").size()));
}

/// A script in golang-migrate's manner is one statement that nobody has read.
std::optional<Script> reread(const Script& script, const Dialect& dialect) {
    const auto& statements = script.statements();
    if (statements.size() != 1 || statements.front().kind != StatementKind::Other) return std::nullopt;
    try {
        return script.split_again(dialect);
    } catch (const Error&) {
        return std::nullopt;  // SQLite is to say what it thinks of it
    }
}

/// Finds the settings that are made before the transaction, and tells whether the rest fits into one. At the
/// end of a script `foreign_keys` takes back what the beginning set; the session is reset behind the step, so
/// that it may stay in the transaction, where SQLite ignores it.
bool settle_ends(Work& work) {
    const Script& script = work.script();
    const auto& statements = script.statements();
    const auto name = [&](std::size_t i) { return setting(script, statements[i]); };
    work.lead = 0;
    std::size_t end = statements.size();
    while (work.lead < end && (name(work.lead) == "foreign_keys" || name(work.lead) == "synchronous"))
        ++work.lead;
    while (end > work.lead && name(end - 1) == "foreign_keys")
        --end;
    return std::none_of(statements.begin() + static_cast<std::ptrdiff_t>(work.lead),
                        statements.begin() + static_cast<std::ptrdiff_t>(end),
                        needs(TransactionNeed::Refuses));
}

bool begins_itself(const Script& script) {
    const auto& statements = script.statements();
    const auto found = std::ranges::find_if(statements, needs(TransactionNeed::Controls));
    return found != statements.end() && first_word(script.sql(*found)) == "begin";
}

Way way_of(Work& work, const WorkRules& rules, bool controls) {
    const bool foldable = settle_ends(work);
    if (work.skipped) return Way::Transaction;
    if (controls) {
        // as in golang-migrate: SQLite refuses a transaction within the one around the script
        const bool refused = rules.golang_migrate && !rules.no_tx_wrap && begins_itself(work.script());
        return refused ? Way::Transaction : Way::Statements;
    }
    const auto wish =
        work.step->transaction ? work.step->transaction : work.script().directives().transaction;
    if (wish) return *wish ? Way::Transaction : Way::Statements;
    return rules.no_tx_wrap || !foldable ? Way::Statements : Way::Transaction;
}

/// What any of a script's statements is or has.
struct Kinds {
    bool controls = false;
    bool unread = false;
    bool sets_session = false;
    bool directives = false;
};

/// In one pass: a script may be millions of statements.
Kinds kinds_of(const Script& script) {
    Kinds kinds;
    kinds.directives = !script.directives().plain();
    for (const Statement& statement : script.statements()) {
        kinds.controls |= statement.transaction == TransactionNeed::Controls;
        kinds.unread |= statement.kind == StatementKind::Other;
        kinds.sets_session |= statement.sets_session_state;
        kinds.directives |= statement.directives != 0 && !script.directives(statement).plain();
    }
    return kinds;
}

/// `wanted` is in lower case. Scripts may be hundreds of megabytes of words: most are passed by their first
/// letter.
bool contains_word(std::string_view sql, std::string_view wanted) {
    const char lower = wanted.front();
    for (std::size_t at = 0; at + wanted.size() <= sql.size(); ++at) {
        if ((sql[at] | 0x20) != lower || (at > 0 && is_letter(sql[at - 1]))) continue;
        if (word_at(sql, at) == wanted) return true;
    }
    return false;
}

/// Anything but rows written down in the script and definitions of new things.
bool may_be_slow(std::string_view sql) {
    const std::string first = first_word(sql);
    if (first == "insert" || first == "replace") return contains_word(sql, "select");
    if (first == "create") return contains_word(sql, "index") || contains_word(sql, "select");
    return true;
}

}  // namespace

std::string first_word(std::string_view sql) {
    return word_at(sql, 0);
}

Work analyse(const Step& step, const Dialect& dialect, const WorkRules& rules) {
    Work work;
    work.step = &step;
    work.reread = reread(step.script, dialect);
    const Script& script = work.script();
    work.skipped = !applies_to(script.directives(), dialect);
    const Kinds kinds = kinds_of(script);
    work.way = way_of(work, rules, kinds.controls);
    work.resets = kinds.unread || kinds.sets_session;
    const auto nul = script.text().find('\0');
    if (nul != std::string::npos) work.nul = nul;
    work.alone = work.way == Way::Statements || work.resets || work.nul || kinds.directives ||
                 kinds.controls || step.resume_at > 0 || script.text().size() > kLargestShared;
    // of no matter to one that is alone, which may be large
    work.slow = work.alone || any(script, [&](const Statement& s) { return may_be_slow(script.sql(s)); });
    return work;
}

}  // namespace godwit::sqlite
