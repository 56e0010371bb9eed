#include "postgresql/work.hpp"

#include <algorithm>

#include "godwit/utf8.hpp"
#include "postgresql/text.hpp"

namespace godwit::postgresql {
namespace {

/// Above it a script is sent in several pieces, alone.
constexpr std::size_t kLargestShared = 1U << 20U;

/// A script in golang-migrate's manner is one statement that nobody has read. Reading it tells how to run it;
/// where it cannot be read, the server is to say what it thinks of it.
std::optional<Script> reread(const Script& script, const Dialect& dialect) {
    const auto& statements = script.statements();
    if (statements.size() != 1 || statements.front().kind != StatementKind::Other) return std::nullopt;
    try {
        return script.split_again(dialect);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// A NUL, or what belongs to no character. Who read the script has mostly looked already.
std::optional<std::size_t> first_bad_byte(const Script& script) {
    const std::string_view text = script.text();
    if (script.is_known_utf8() || is_storable_text(text)) return std::nullopt;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = text[at] == '\0' ? 0 : utf8_character(text.substr(at));
        if (size == 0) break;
        at += size;
    }
    return at;
}

bool any(const Script& script, auto&& predicate) {
    return std::ranges::any_of(script.statements(), predicate);
}

/// Nobody knows how many statements it holds, or which: the server reads it alone.
bool is_unread(const Work& work) {
    const auto& statements = work.step->script.statements();
    return !work.reread && statements.size() == 1 && statements.front().kind == StatementKind::Other &&
           statements.front().piece_end == work.step->script.text().size();
}

bool wants_statements(const Work& work, bool multi_statement) {
    if (is_unread(work)) return true;
    const auto needs = [](TransactionNeed need) {
        return [need](const Statement& s) { return s.transaction == need; };
    };
    if (any(work.script(), needs(TransactionNeed::Controls))) return true;
    const auto wish =
        work.step->transaction ? work.step->transaction : work.script().directives().transaction;
    if (wish) return !*wish;
    return multi_statement || any(work.script(), needs(TransactionNeed::Refuses));
}

bool has_directives(const Script& script) {
    return !script.directives().plain() ||
           any(script, [&](const Statement& s) { return !script.directives(s).plain(); });
}

/// Rows of COPY may say what they like, and may be by the hundred megabytes.
bool says(const Script& script, std::string_view word) {
    if (!any(script, [](const Statement& s) { return s.kind == StatementKind::Copy; }))
        return mentions(script.text(), word);
    return any(script, [&](const Statement& s) { return mentions(script.sql(s), word); });
}

Error holds_nul(std::size_t at) {
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = "the script holds a NUL byte, which PostgreSQL cannot read";
    info.position = at;
    info.hint = "is it a text file in UTF-8?";
    return Error(std::move(info));
}

}  // namespace

Work analyse(const Step& step, const Dialect& dialect, bool multi_statement) {
    Work work;
    work.step = &step;
    work.reread = reread(step.script, dialect);
    const Script& script = work.script();
    work.skipped = !applies_to(script.directives(), dialect);
    work.way = !work.skipped && wants_statements(work, multi_statement) ? Way::Statements : Way::Transaction;
    const auto wish = step.transaction ? step.transaction : script.directives().transaction;
    work.may_change_way = !wish.value_or(false);
    work.resets = any(script, [](const Statement& s) { return s.sets_session_state; });
    // what a function or a procedure does inside cannot be seen from here
    work.unlocks = says(script, "discard") || says(script, "advisory_unlock");
    work.bad_byte = first_bad_byte(script);
    if (work.bad_byte) {
        const auto nul = script.text().find('\0', *work.bad_byte);
        if (nul != std::string::npos) work.refusal = holds_nul(nul);
    }
    // LOCK TABLE must be able to stand before a transaction's first snapshot, and a shared text begins with
    // one
    const auto careful = [](const Statement& s) {
        return s.kind == StatementKind::Other || s.kind == StatementKind::Copy ||
               s.transaction == TransactionNeed::Needs;
    };
    work.alone = work.way == Way::Statements || work.resets || work.unlocks || work.bad_byte ||
                 work.refusal || has_directives(script) || step.resume_at > 0 || any(script, careful) ||
                 script.text().size() > kLargestShared;
    return work;
}

}  // namespace godwit::postgresql
