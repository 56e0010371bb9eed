#include "mysql/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mysql/replay.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

/// Above it a script goes alone, in several packets.
constexpr std::size_t kLargestShared = 1U << 20U;
/// Left for what is sent around a statement.
constexpr std::size_t kPacketSlack = 1024;

/// SET of these reaches beyond the session, or is refused inside a transaction.
constexpr std::array<std::string_view, 10> kBeyond{"global",   "persist",       "persist_only", "transaction",
                                                   "password", "statement",     "sql_log_bin",  "gtid_next",
                                                   "role",     "gtid_domain_id"};

bool any(const Script& script, auto&& predicate) {
    return std::ranges::any_of(script.statements(), predicate);
}

/// A script in golang-migrate's manner is one statement that nobody has read. Reading it tells how to run it;
/// where it cannot be read, the server is to say what it thinks of it.
std::optional<Script> reread(const Script& script, const Dialect& dialect) {
    if (!is_unread(script)) return std::nullopt;
    try {
        return script.split_again(dialect);
    } catch (const Error&) {
        return std::nullopt;
    }
}

bool has_directives(const Script& script) {
    return !script.directives().plain() ||
           any(script, [&](const Statement& s) { return !script.directives(s).plain(); });
}

Error refuse(std::string message, std::string hint, std::size_t at) {
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = std::move(message);
    info.hint = std::move(hint);
    info.position = at;
    return Error(std::move(info));
}

std::optional<Error> refusal(const Work& work, std::optional<bool> wish, const Limits& limits) {
    const Script& script = work.script();
    const auto nul = script.text().find('\0');
    if (nul != std::string::npos)
        return refuse("the script holds a NUL byte, which MySQL cannot read", "is it a text file in UTF-8?",
                      nul);
    for (const Statement& s : script.statements()) {
        const std::size_t size = s.end - s.begin;
        if (limits.max_packet > 0 && size + kPacketSlack > limits.max_packet)
            return refuse(fmt::format("the statement has {} bytes, and the server takes {} at once", size,
                                      limits.max_packet),
                          "raise max_allowed_packet on the server, or split the statement", s.begin);
        if (!limits.local_files && is_local_load(script.sql(s)))
            return refuse("LOAD DATA LOCAL reads a file of this machine, which is not allowed",
                          "allow it in the URL: allowAllFiles=true", s.begin);
        if (wish.value_or(false) && !work.skipped && !fits_transaction(script, s))
            return refuse(
                "the script asks for one transaction, but this statement cannot be part of one: "
                "MySQL and MariaDB commit before and after it",
                "leave `transaction` out: each statement is then recorded as it is done", s.begin);
    }
    return std::nullopt;
}

}  // namespace

bool is_transactional(const Statement& statement) {
    const bool data = statement.kind == StatementKind::Dml || statement.kind == StatementKind::Query;
    return data && !statement.implicit_commit && statement.transaction == TransactionNeed::Any;
}

bool is_harmless_set(const Script& script, const Statement& statement) {
    if (statement.kind != StatementKind::Session || statement.implicit_commit) return false;
    if (statement.transaction != TransactionNeed::Any) return false;
    const std::string_view sql = script.sql(statement);
    return std::ranges::none_of(kBeyond, [&](std::string_view word) { return mentions(sql, word); });
}

bool fits_transaction(const Script& script, const Statement& statement) {
    return is_transactional(statement) || is_harmless_set(script, statement);
}

bool is_unread(const Script& script) {
    const auto& statements = script.statements();
    return statements.size() == 1 && statements.front().kind == StatementKind::Other &&
           statements.front().piece_end == script.text().size();
}

bool is_local_load(std::string_view sql) {
    const std::string kind = word_at(sql, 1);
    if (word_at(sql, 0) != "load" || (kind != "data" && kind != "xml")) return false;
    const std::string option = word_at(sql, 2);
    return option == "local" ||
           ((option == "concurrent" || option == "low_priority") && word_at(sql, 3) == "local");
}

bool goes_alone(std::string_view sql) {
    return sql.starts_with("/*!") || sql.starts_with("/*M!") || is_local_load(sql);
}

bool looks_back(std::string_view sql) {
    static constexpr std::array<std::string_view, 4> words{"row_count", "found_rows", "diagnostics",
                                                           "warnings"};
    return std::ranges::any_of(words, [&](std::string_view word) { return mentions(sql, word); });
}

Work analyse(const Step& step, const Dialect& dialect, const Limits& limits) {
    Work work;
    work.step = &step;
    work.reread = reread(step.script, dialect);
    const Script& script = work.script();
    work.skipped = !applies_to(script.directives(), dialect);
    const auto wish = step.transaction ? step.transaction : script.directives().transaction;
    const bool whole = !any(script, [&](const Statement& s) { return !fits_transaction(script, s); });
    const bool resumed = step.resume_at > 0;
    work.way =
        work.skipped || (whole && wish.value_or(true) && !resumed) ? Way::Transaction : Way::Statements;
    work.resets = any(script, [](const Statement& s) { return s.sets_session_state; }) || is_unread(script);
    work.unlocks = mentions(script.text(), "release_lock") || mentions(script.text(), "release_all_locks");
    work.one_by_one = !wish.value_or(true);
    work.refusal = refusal(work, wish, limits);
    const bool controls =
        any(script, [](const Statement& s) { return s.transaction == TransactionNeed::Controls; });
    work.careful = controls || has_directives(script) || is_unread(script) ||
                   !session_work(script, step.resume_at).again.empty();
    work.alone = work.careful || work.resets || work.unlocks || work.refusal || resumed ||
                 script.text().size() > kLargestShared;
    return work;
}

}  // namespace godwit::mysql
