#include <fmt/format.h>

#include "sqlite/apply.hpp"
#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

std::string next_after(const ErrorInfo& info, const std::string& again) {
    if (info.transient) return "try again: " + again;
    if (info.code == Errc::Interrupted) return again;
    return (is_the_files(info) ? "remove the cause, then run: " : "fix the file, then run: ") + again;
}

/// golang-migrate's dirty row, and why.
void save_failure(Run& run, const Work& work, ErrorInfo& info) {
    const Step& step = *work.step;
    const HistoryRow row = sql::failed_row(step, run.identity, work.script(), 0, info.message);
    try {
        run.connection.begin();
        run.ledger.require_unmoved();
        run.ledger.create();
        run.ledger.set_version(step.version_after, true);
        run.ledger.append(row);
        run.connection.commit();
        LedgerState state = run.ledger.known();
        state.has_version_table = state.has_history_table = true;
        state.version = step.version_after;
        state.dirty = true;
        run.ledger.remember(std::move(state));
    } catch (const Error& error) {
        run.connection.rollback();
        run.ledger.forget();
        info.state += "; that it failed could not be written down: " + error.info().message;
    }
}

}  // namespace

Error ledger_error(const Run& run, const Work& work, const ErrorInfo& info) {
    ErrorInfo out = info;
    out.message =
        fmt::format("the ledger {} cannot be written: {}", run.ledger.table().shown(), info.message);
    sql::place(out, *work.step, work.script(), std::nullopt, std::nullopt);
    return Error(std::move(out));
}

Error nothing_kept(Run& run, const Work& work, const Error& error) {
    const Sheltered sheltered(run.connection);
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    info.kept = Kept::Nothing;
    info.statements_done = 0;
    const bool mark = step.dirty_policy == DirtyPolicy::Always;
    const LedgerState before = run.ledger.known();
    info.state =
        fmt::format("nothing of this migration was kept; the database is at {}",
                    mark ? sql::shown(step.version_after, true) : sql::shown(before.version, before.dirty));
    if (info.next.empty()) info.next = next_after(info, sql::command_of(step));
    if (mark) save_failure(run, work, info);
    return Error(std::move(info));
}

}  // namespace godwit::sqlite
