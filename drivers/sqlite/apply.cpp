#include "sqlite/apply.hpp"

#include <algorithm>

#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

constexpr std::int64_t kLargeFile = std::int64_t{64} << 20;

Error holds_nul(const Work& work) {
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = "the script holds a NUL byte, which SQLite would take for its end";
    info.hint = "is it a text file in UTF-8?";
    sql::place(info, *work.step, work.script(), std::nullopt, work.nul);
    return Error(std::move(info));
}

std::int64_t file_size(Connection& connection) {
    Prepared& size =
        connection.prepared("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    const std::int64_t bytes = size.next() ? size.integer(0) : 0;
    size.reset();
    return bytes;
}

class Steps {
  public:
    explicit Steps(Run& run) : run_(run), works_(run.steps.size()) {}

    Outcome run() {
        run_.large_file = file_size(run_.connection) > kLargeFile;
        Outcome outcome;
        while (run_.landed < run_.steps.size() && !outcome.failure) {
            if (run_.teller.stop()) {
                outcome.stopped = true;
                break;
            }
            const std::size_t first = run_.landed;
            outcome.failure = next();
            for (std::size_t step = first; step < run_.landed; ++step)
                works_[step].reset();
        }
        outcome.landed = run_.landed;
        return outcome;
    }

  private:
    std::optional<Error> next() {
        const Work& work = work_at(run_, works_, run_.landed);
        if (work.nul) {
            run_.teller.started(run_.landed);
            return nothing_kept(run_, work, holds_nul(work));
        }
        if (!work.resets) return attempt(work);
        const Step& step = *work.step;
        std::optional<Error> failure = attempt(work);
        try {
            run_.connection.reset();
        } catch (const Error& error) {
            if (failure) return failure;
            ErrorInfo info = error.info();
            info.state = "migration " + step.version.text() + " is done; those behind it were not begun";
            throw Error(std::move(info));
        }
        return failure;
    }

    std::optional<Error> attempt(const Work& work) {
        const std::size_t step = run_.landed;
        unsigned tries = work.alone ? sql::retries(work.script()) : 0;
        if (work.way == Way::Statements) return run_statements(run_, work, step).failure;
        for (;; --tries) {
            Attempt attempt = run_transaction(run_, works_);
            if (!attempt.failure) return std::nullopt;
            if (tries > 0 && is_busy(attempt.failure->info())) continue;
            return nothing_kept(run_, work_at(run_, works_, run_.landed), *attempt.failure);
        }
    }

    Run& run_;
    std::vector<std::optional<Work>> works_;
};

}  // namespace

void Teller::started(std::size_t step) {
    if (step < started_) return;
    started_ = step + 1;
    statements_ = 0;
    observer_.step_started(step);
}

void Teller::statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds took) {
    if (step + 1 != started_ || statement < statements_) return;
    statements_ = statement + 1;
    observer_.statement_done(step, statement, took);
}

void Run::land(std::size_t step, const StepResult& result) {
    landed = step + 1;
    LedgerState state = ledger.known();
    state.has_version_table = state.has_history_table = true;
    state.version = steps[step].version_after;
    state.dirty = false;
    ledger.remember(std::move(state));
    teller.landed(step, result);
}

const Work& work_at(const Run& run, std::vector<std::optional<Work>>& works, std::size_t step) {
    if (!works[step]) works[step] = analyse(run.steps[step], run.dialect, run.rules);
    return *works[step];
}

HistoryRow finished_row(const Run& run, const Work& work, const StepResult& result, Timestamp started) {
    HistoryRow row = sql::finished_row(*work.step, run.identity, work.total(), result.skipped);
    row.started_at = started;
    row.duration_ms = static_cast<double>(result.duration.count()) / 1000.0;
    return row;
}

Outcome apply_steps(Run& run) {
    return Steps(run).run();
}

}  // namespace godwit::sqlite
