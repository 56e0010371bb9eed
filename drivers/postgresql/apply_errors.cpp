#include <fmt/format.h>

#include "postgresql/apply.hpp"
#include "postgresql/lease.hpp"

namespace godwit::postgresql {
namespace {

/// Line of the COPY data in the file.
std::size_t data_line(const Script& script, const Statement& statement, std::size_t line) {
    return script.position_of(statement.copy_data_begin).line + line - 1;
}

void save_failure(Run& run, const Work& work, ErrorInfo& info) {
    const Step& step = *work.step;
    const HistoryRow row = sql::failed_row(step, run.identity, work.script(), 0, info.message);
    try {
        std::vector<std::string> all = run.ledger.creation();
        for (std::string& sql : run.ledger.set_version(step.version_after, true))
            all.push_back(std::move(sql));
        all.push_back(run.ledger.append(row, StartedAt::Now));
        run.connection.query(run.connection.in_transaction(all));
        run.ledger.created();
        run.ledger.remember(step.version_after, true);
        run.unflushed = false;
    } catch (const Error& error) {
        run.ledger.forget();
        info.state += "; that it failed could not be written down: " + error.info().message;
    }
}

/// "" where the script is at fault.
std::string next_after(const ErrorInfo& info, const std::string& user, const std::string& again) {
    if (info.transient) return "try again: " + again;
    if (info.code == Errc::Interrupted) return again;
    if (is_the_servers(info.sqlstate)) return "remove the cause, then run: " + again;
    if (info.sqlstate == "42501")
        return fmt::format("give {} the right, or fix the file, then run: {}", user, again);
    return {};
}

}  // namespace

Error step_error(const Run& run, const Work& work, std::size_t step, const QueryText& query,
                 const ServerFailure& failure) {
    ErrorInfo info = failure.info;
    const Script& script = work.script();
    const Piece& piece = query.pieces()[failure.piece];
    std::optional<std::size_t> statement;
    std::optional<std::size_t> position;
    if (piece.part == Part::Script && piece.step == step) {
        statement = piece.statement;
        const Statement& found = script.statements()[piece.statement];
        if (failure.offset) position = found.begin + (*failure.offset - piece.begin);
        if (position && *position > found.end) position = found.end;
    } else if (failure.rejected && work.bad_byte) {
        position = work.bad_byte;
        info.hint = "save the file as UTF-8";
    } else if (run.connection.fenced() && piece.part == Part::Ours && info.sqlstate == kDivisionByZero) {
        info = lost_lease().info();
    } else if (piece.part == Part::Ours && info.sqlstate == kLockNotAvailable) {
        info.code = Errc::Locked;
    } else if (piece.part == Part::Commit) {
        info.message = "at COMMIT: " + info.message;
    } else if (!failure.lost && info.code != Errc::Interrupted) {
        info.message =
            fmt::format("the ledger {} cannot be written: {}", run.ledger.table().shown(), info.message);
        run.ledger.explain_refusal(info);
    }
    sql::place(info, *work.step, script, statement, position);
    if (statement && failure.copy_line) {
        info.where.line = data_line(script, script.statements()[*statement], *failure.copy_line);
        info.where.column = 1;
    }
    return Error(std::move(info));
}

Error nothing_kept(Run& run, const Work& work, const Error& error) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    info.kept = Kept::Nothing;
    info.statements_done = 0;
    if (info.code == Errc::Locked && info.sqlstate == kLockNotAvailable) run.ledger.explain_lock(info);
    const bool mark = step.dirty_policy == DirtyPolicy::Always;
    const LedgerState& known = run.ledger.known();
    info.state =
        fmt::format("nothing of this migration was kept; the database is at {}",
                    mark ? sql::shown(step.version_after, true) : sql::shown(known.version, known.dirty));
    info.next = next_after(info, run.connection.facts().user, sql::command_of(step));
    if (mark) save_failure(run, work, info);
    return Error(std::move(info));
}

Error state_unknown(const Run& run, std::size_t step, const Error& error, bool committing) {
    ErrorInfo info = error.info();
    info.code = Errc::Connect;
    info.kept = Kept::Unknown;
    info.position.reset();
    const std::string version = run.steps[step].version.text();
    info.state =
        committing
            ? fmt::format(
                  "whether {} was committed is not known: the connection broke before the server "
                  "said so; the ledger has been written in the same transaction and tells",
                  version)
            : fmt::format("the server rolls back what {} had begun; migrations before it are kept", version);
    if (run.unflushed)
        info.state +=
            "; if it was the server that crashed, the migrations of its last second may be gone as well";
    info.next = "when the server answers again: godwit status";
    info.transient = true;
    return Error(std::move(info));
}

Limits limits_of(const Directives& directives) {
    return {directives.timeout, directives.lock_timeout};
}

std::vector<std::string> set_limits(const Limits& limits, bool local) {
    const std::string_view set = local ? "SET LOCAL" : "SET";
    std::vector<std::string> all;
    if (limits.timeout) all.push_back(fmt::format("{} statement_timeout = {}", set, limits.timeout->count()));
    if (limits.lock_timeout)
        all.push_back(fmt::format("{} lock_timeout = {}", set, limits.lock_timeout->count()));
    return all;
}

std::vector<std::string> unset_limits(const Connection& connection, const Limits& limits, bool local) {
    const std::string_view set = local ? "SET LOCAL" : "SET";
    std::vector<std::string> all;
    for (const auto& [setting, given] : {std::pair{"statement_timeout", limits.timeout.has_value()},
                                         std::pair{"lock_timeout", limits.lock_timeout.has_value()}})
        if (given) all.push_back(fmt::format("{} {} = {}", set, setting, connection.base_timeout(setting)));
    return all;
}

bool is_true(Connection& connection, const std::string& query) {
    const std::string value = connection.query_value(query);
    return value == "t" || value == "true" || sql::is_nonzero(value);
}

}  // namespace godwit::postgresql
