#include "engine/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/dirty.hpp"

namespace godwit::engine {
namespace {

bool same_script(const HistoryRow& row, const Script& script) {
    if (!row.checksum.empty() && row.checksum == script.sha256()) return true;
    return !row.token_checksum.empty() && row.token_checksum == script.token_sha256();
}

std::string upper_words(std::string_view sql) {
    std::string text;
    for (const char c : sql.substr(0, 200)) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (blank && (text.empty() || text.back() == ' ')) continue;
        text += blank ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return text;
}

/// PostgreSQL's statements outside of transactions that may run again: VACUUM and REINDEX by their nature, an
/// index built concurrently because the driver asks the catalog what became of it, the others because it
/// takes "exists already" and "does not exist" for done.
bool is_repeatable(std::string_view sql) {
    const std::string text = upper_words(sql);
    static constexpr std::array<std::string_view, 7> repeatable{
        "VACUUM",          "REINDEX",       "CREATE INDEX CONCURRENTLY", "CREATE UNIQUE INDEX CONCURRENTLY",
        "CREATE DATABASE", "DROP DATABASE", "DROP INDEX CONCURRENTLY"};
    return std::ranges::any_of(repeatable, [&](std::string_view begin) { return text.starts_with(begin); });
}

/// Whether the statement commits together with its progress, so that "not counted as done" means "did not
/// happen", or may simply run again.
bool is_certain(const Script& script, const Statement& statement, const Dialect& dialect) {
    if (dialect.rules == StatementRules::PostgreSql || dialect.rules == StatementRules::Sqlite) {
        return statement.transaction != TransactionNeed::Refuses || is_repeatable(script.sql(statement));
    }
    const bool changes_data = statement.kind == StatementKind::Dml || statement.kind == StatementKind::Query;
    return changes_data && !statement.implicit_commit;
}

/// Whether the statement that was running when the run was cut off may or may not have taken effect.
bool is_in_question(const HistoryRow& row, const Script& script, const Dialect& dialect) {
    const auto& statements = script.statements();
    if (row.state != HistoryState::Started || row.statements_done == statements.size()) return false;
    return !is_certain(script, statements[row.statements_done], dialect);
}

/// What the done statements left in the session is gone with it.
struct DoneWork {
    bool in_session = false;
    bool in_database = false;
};

DoneWork done_work(const HistoryRow& row, const Script& script) {
    DoneWork work;
    for (std::size_t i = 0; i < row.statements_done; ++i) {
        const Statement& statement = script.statements()[i];
        const bool session_only = statement.sets_session_state && statement.kind == StatementKind::Session;
        work.in_session = work.in_session || statement.sets_session_state;
        work.in_database = work.in_database || !session_only;
    }
    return work;
}

}  // namespace

std::size_t resume_point(const HistoryRow& unfinished, const LedgerReading& reading, const Script& script,
                         const Dialect& dialect) {
    const auto refuse = [&](std::string_view why) { throw half_done(unfinished, reading, why, false); };
    const auto done = unfinished.statements_done;
    if (!same_script(unfinished, script)) {
        Error error =
            half_done(unfinished, reading,
                      "its script has changed since, so that it cannot be told where to go on", false);
        error.edit().next = fmt::format("with the file as it was: godwit {}\n{}",
                                        direction_name(unfinished.direction), error.info().next);
        throw error;
    }
    if (done > script.statements().size()) refuse("the history counts more statements than the script has");
    if (is_in_question(unfinished, script, dialect)) {
        refuse(
            fmt::format("statement {} was running when the run was cut off, and may or may not have taken "
                        "effect (line {} of {})",
                        done + 1, script.statements()[done].line, script.file()));
    }
    const DoneWork work = done_work(unfinished, script);
    if (done == script.statements().size() || !work.in_session) return done;
    if (work.in_database) {
        refuse("a statement that is done set something for the session only, and that session is gone");
    }
    return 0;
}

}  // namespace godwit::engine
