#include <fmt/format.h>

#include <algorithm>

#include "mysql/apply.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

std::string shown(const std::optional<Version>& version, bool dirty) {
    return fmt::format("{}, {}", version ? version->text() : std::string("no version"),
                       dirty ? "dirty" : "clean");
}

std::string command(const Step& step) {
    return step.direction == Direction::Up ? "godwit up" : "godwit down";
}

HistoryRow failed_row(const Run& run, const Work& work, const ErrorInfo& info, std::size_t done) {
    HistoryRow row = sql::history_row(*work.step, run.identity);
    row.state = HistoryState::Failed;
    row.statements_done = done;
    row.statements_total = work.total();
    row.error = info.message;
    row.version_after = sql::version_text(work.step->version_after);
    return row;
}

/// "" where the script is at fault.
std::string next_after(const ErrorInfo& info, const std::string& user, const std::string& again) {
    if (info.transient) return "try again: " + again;
    if (info.code == Errc::Interrupted) return again;
    if (is_the_servers(info.native_code)) return "remove the cause, then run: " + again;
    if (is_denied(info.native_code))
        return fmt::format("give {} the right, or fix the file, then run: {}", user, again);
    return {};
}

/// Runs ledger statements as one transaction; says in the error when that fails.
bool save(Run& run, ErrorInfo& info, std::vector<std::string> statements, bool open) {
    if (!open) statements.insert(statements.begin(), "START TRANSACTION");
    statements.emplace_back("COMMIT");
    try {
        run.connection.query(joined(statements));
        return true;
    } catch (const Error& error) {
        run.ledger.forget();
        info.state += "; that it failed could not be written down: " + error.info().message;
        return false;
    }
}

/// What a CALL or an unread text had done when it failed is kept, and nobody knows how much that is.
bool may_have_done_part(const Work& work, std::size_t statement) {
    if (statement >= work.total()) return false;
    const StatementKind kind = work.script().statements()[statement].kind;
    return kind == StatementKind::Block || kind == StatementKind::Other;
}

bool names_part(const std::vector<sql::Row>& tables, std::string_view text) {
    return std::ranges::any_of(tables, [&](const sql::Row& row) {
        return text.find(lower(row.at(0).value_or(""))) != std::string_view::npos;
    });
}

}  // namespace

void place(ErrorInfo& info, const Step& step, const Script& script, std::optional<std::size_t> statement,
           std::optional<std::size_t> position) {
    info.where.file = script.file();
    info.where.version = step.version.text();
    info.where.statements = script.statements().size();
    info.position = position;
    std::optional<std::size_t> at = position;
    if (statement && *statement < script.statements().size()) {
        info.where.statement = *statement + 1;
        if (!at) at = script.statements()[*statement].begin;
    }
    if (!at) return;
    const Position where = script.position_of(*at);
    info.where.line = where.line;
    info.where.column = where.column;
    info.excerpt = script.excerpt(*at);
}

Error step_error(const Run& run, const Work& work, const Piece& piece, ErrorInfo info) {
    const Script& script = work.script();
    std::optional<std::size_t> statement;
    std::optional<std::size_t> position;
    if (piece.part == Part::Script) {
        statement = piece.statement;
        const Statement& found = script.statements()[piece.statement];
        const auto offset = offset_of_error(info.message, info.native_code, script.sql(found));
        if (offset) position = found.begin + *offset;
    } else if (info.code != Errc::Connect && info.code != Errc::Interrupted) {
        std::string none;
        offset_of_error(info.message, info.native_code, none);
        info.message =
            fmt::format("the ledger {} cannot be written: {}", run.ledger.table().shown(), info.message);
        info.next = "remove the cause, then run: " + command(*work.step);
        run.ledger.explain_refusal(info);
    }
    place(info, *work.step, script, statement, position);
    return Error(std::move(info));
}

Error nothing_kept(Run& run, const Work& work, const Error& error) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    info.kept = Kept::Nothing;
    info.statements_done = 0;
    const bool mark = step.dirty_policy == DirtyPolicy::Always;
    const LedgerState& known = run.ledger.known();
    info.state = fmt::format("nothing of this migration was kept; the database is at {}",
                             mark ? shown(step.version_after, true) : shown(known.version, known.dirty));
    if (info.next.empty()) info.next = next_after(info, run.connection.facts().user, command(step));
    if (!mark) return Error(std::move(info));
    std::vector<std::string> all = run.ledger.set_version(step.version_after, true);
    HistoryRow row = failed_row(run, work, info, 0);
    all.push_back(run.ledger.append_as_given(row));
    if (save(run, info, std::move(all), false)) run.ledger.remember(step.version_after, true);
    return Error(std::move(info));
}

Error part_kept(Run& run, const Work& work, const Error& error, std::size_t committed, const Before& before,
                bool open) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    const bool unclear = info.where.statement == committed + 1 && may_have_done_part(work, committed);
    const bool nothing = committed == 0 && !unclear;
    info.statements_done = committed;
    info.kept = nothing ? Kept::Nothing : committed == work.total() ? Kept::All : Kept::Part;
    const bool restores = nothing && step.dirty_policy == DirtyPolicy::OnlyWhenKept;
    const std::optional<Version> version = restores ? before.version : step.version_after;
    const bool dirty = !restores || before.dirty;
    info.state = nothing ? "nothing of this migration was kept"
                         : fmt::format("{} of {} statements are kept", committed, work.total());
    if (unclear) info.state += fmt::format(", and what statement {} did before it failed", committed + 1);
    info.state += "; the database is at " + shown(version, dirty);
    std::vector<std::string> all = run.ledger.set_version(version, dirty);
    all.push_back(run.ledger.update({{"state", std::string(history_state_name(HistoryState::Failed))},
                                     {"statements_done", static_cast<std::int64_t>(committed)},
                                     {"duration_ms", Ledger::duration_until_now()},
                                     {"error", info.message},
                                     {"version_after", sql::version_text(version)}}));
    if (save(run, info, std::move(all), open)) run.ledger.remember(version, dirty);
    return Error(std::move(info));
}

Error untransactional_kept(Run& run, const Work& work, const Error& error, std::size_t done, bool open,
                           const std::function<void()>& saved) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    info.kept = Kept::Part;
    info.statements_done = done;
    info.state = fmt::format(
        "{} of {} statements are kept, because the script changes a table whose engine knows "
        "no transactions{}; the database is at {}",
        done, work.total(), done == 0 ? ", and perhaps a part of the one that failed" : "",
        shown(step.version_after, true));
    std::vector<std::string> all = run.ledger.set_version(step.version_after, true);
    all.push_back(run.ledger.append_as_given(failed_row(run, work, info, done)));
    if (!save(run, info, std::move(all), open)) return Error(std::move(info));
    if (saved) saved();
    run.ledger.remember(step.version_after, true);
    return Error(std::move(info));
}

Error state_unknown(Run& run, const Work& work, const Error& error, std::string state) {
    ErrorInfo info = error.info();
    info.code = Errc::Connect;
    info.kept = Kept::Unknown;
    info.position.reset();
    info.where.version = work.step->version.text();
    info.state = std::move(state);
    info.next = "when the server answers again: godwit status";
    info.transient = true;
    run.ledger.forget();
    return Error(std::move(info));
}

bool names_untransactional_table(Run& run, const Script& script) {
    const auto tables = run.connection.query(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA "
        "NOT IN "
        "('mysql', 'sys', 'information_schema', 'performance_schema') AND ENGINE IN ('MyISAM', 'Aria', "
        "'MEMORY', "
        "'CSV', 'ARCHIVE', 'MRG_MyISAM', 'FEDERATED')");
    return !tables.empty() && names_part(tables, lower(script.text()));
}

std::string warnings_of(const Script& script, std::size_t statement) {
    const auto& statements = script.statements();
    const StatementKind kind = statements[statement].kind;
    const bool may = kind == StatementKind::Dml || kind == StatementKind::Ddl || kind == StatementKind::Block;
    const bool asked = statement + 1 < statements.size() && looks_back(script.sql(statements[statement + 1]));
    return may && !asked ? "SHOW WARNINGS LIMIT 20" : "";
}

std::vector<std::string> intent_of(const Run& run, const Work& work) {
    const Step& step = *work.step;
    HistoryRow row = sql::history_row(step, run.identity);
    row.statements_total = work.total();
    row.version_after = sql::version_text(step.version_after);
    std::vector<std::string> all = run.ledger.set_version(step.version_after, true);
    for (std::string& sql : run.ledger.append_started(row))
        all.push_back(std::move(sql));
    return all;
}

std::string completion_of(const Run& run, const Work& work) {
    const HistoryState state =
        work.step->direction == Direction::Up ? HistoryState::Applied : HistoryState::RolledBack;
    return run.ledger.update({{"state", std::string(history_state_name(state))},
                              {"statements_done", static_cast<std::int64_t>(work.total())},
                              {"duration_ms", Ledger::duration_until_now()}});
}

HistoryRow finished_row(const Run& run, const Work& work) {
    HistoryRow row = sql::history_row(*work.step, run.identity);
    row.state = work.step->direction == Direction::Up ? HistoryState::Applied : HistoryState::RolledBack;
    row.statements_total = work.total();
    row.statements_done = work.skipped ? 0 : row.statements_total;
    row.version_after = sql::version_text(work.step->version_after);
    return row;
}

std::vector<std::string> set_limits(const Run& run, const Directives& directives) {
    return run.connection.set_limits(directives.timeout, directives.lock_timeout);
}

std::vector<std::string> unset_limits(const Run& run, const Directives& directives) {
    return run.connection.unset_limits(directives.timeout.has_value(), directives.lock_timeout.has_value());
}

Milliseconds timeout_of(const Run& run, const Script& script, std::size_t statement) {
    const auto& own = script.directives(script.statements()[statement]).timeout;
    return unwatched_limit(run.connection, own ? own : script.directives().timeout);
}

bool is_true(Connection& connection, const std::string& query) {
    const std::string value = connection.query_value(query);
    return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos &&
           value.find_first_not_of('0') != std::string::npos;
}

unsigned retries(const Script& script) {
    unsigned most = script.directives().retry.value_or(0);
    for (const Statement& statement : script.statements())
        most = std::max(most, script.directives(statement).retry.value_or(0));
    return most;
}

Error wrong_row_count(std::uint64_t expected, std::uint64_t found) {
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = fmt::format("{} rows were affected, and expect-rows asks for {}", found, expected);
    info.hint = "look at what the statement matches in this database";
    return Error(std::move(info));
}

}  // namespace godwit::mysql
