#include "mysql/apply.hpp"

#include <fmt/format.h>

namespace godwit::mysql {
namespace {

Error refused(Run& run, const Work& work) {
    ErrorInfo info = work.refusal->info();
    sql::place(info, *work.step, work.script(), std::nullopt, info.position);
    return nothing_kept(run, work, Error(std::move(info)));
}

/// The tables of the ledger could not be made.
Error not_begun(Run& run, const Work& work, const Error& error) {
    run.ledger.forget();
    Error told = step_error(run, work, {Part::Ours}, error.info());
    const std::string state = "nothing of this migration was run";
    if (run.connection.lost()) return state_unknown(run, work, told, state);
    told.edit().state = state;
    told.edit().kept = Kept::Nothing;
    return told;
}

void warn_of_down_script(Run& run, std::size_t step);

class Steps {
  public:
    explicit Steps(Run& run) : run_(run), works_(run.steps.size()) {}

    Outcome run() {
        run_.ledger.known();
        Outcome outcome;
        while (run_.landed < run_.steps.size() && !outcome.failure) {
            if (run_.observer.stop()) {
                outcome.stopped = true;
                break;
            }
            outcome.failure = next();
        }
        outcome.landed = run_.landed;
        return outcome;
    }

  private:
    const Work& work(std::size_t step) {
        if (!works_[step])
            works_[step] =
                analyse(run_.steps[step], run_.dialect,
                        {run_.connection.facts().max_packet, run_.connection.target().local_infile});
        return *works_[step];
    }

    std::optional<Error> next() {
        const std::size_t first = run_.landed;
        const auto shares = [this](const Step& step) {
            const auto index = static_cast<std::size_t>(&step - run_.steps.data());
            return run_.batch && index >= singly_until_ && !work(index).alone;
        };
        const std::size_t end = sql::batch_end(run_.steps, first, run_.sizer, shares);
        for (std::size_t step = first; step < end; ++step)
            warn_of_down_script(run_, step);
        const bool unlocks = work(first).unlocks;
        const auto begin = std::chrono::steady_clock::now();
        auto failure = ledger_tables(first);
        if (!failure) failure = end - first == 1 ? single(first) : batch(first, end);
        run_.sizer.done(end - first, std::chrono::duration_cast<std::chrono::microseconds>(
                                         std::chrono::steady_clock::now() - begin) -
                                         run_.connection.way());
        if (unlocks && !run_.connection.lost()) run_.connection.keep_lock();
        for (std::size_t step = first; step < run_.landed; ++step)
            works_[step].reset();
        return failure;
    }

    std::optional<Error> ledger_tables(std::size_t first) {
        try {
            run_.ledger.create();
            return std::nullopt;
        } catch (const Error& error) {
            run_.start(first);
            return not_begun(run_, work(first), error);
        }
    }

    std::optional<Error> batch(std::size_t first, std::size_t end) {
        std::vector<Work> works;
        works.reserve(end - first);
        for (std::size_t step = first; step < end; ++step) {
            work(step);
            works.push_back(std::move(*works_[step]));
            works_[step].reset();
        }
        Attempt attempt = run_packets(run_, works, first);
        if (attempt.one_by_one) singly_until_ = end;
        return attempt.failure;
    }

    std::optional<Error> single(std::size_t step) {
        const Work& current = work(step);
        if (current.refusal) {
            run_.start(step);
            return refused(run_, current);
        }
        if (current.resets) run_.settings.keep();
        std::optional<Error> failure;
        if (!current.careful) return batch(step, step + 1);
        if (const std::string idle = run_.connection.short_idle(); !idle.empty()) run_.connection.query(idle);
        if (current.way == Way::Transaction)
            failure = run_transaction(run_, current, step);
        else
            failure = run_statements(run_, current, step);
        return failure;
    }

    Run& run_;
    std::vector<std::optional<Work>> works_;
    std::size_t singly_until_ = 0;  ///< steps before this one share nothing
};

void warn_of_down_script(Run& run, std::size_t step) {
    const Step& current = run.steps[step];
    if (current.direction != Direction::Up || !current.has_down_script ||
        run.ledger.storable(current.down_script))
        return;
    run.start(step);
    run.observer.notice(
        step, Severity::Warning,
        "the down script is not stored in the history: it is not text in UTF-8, or too large for a packet");
}

}  // namespace

void Run::start(std::size_t step) {
    if (step < started) return;
    started = step + 1;
    observer.step_started(step);
}

void Run::land(std::size_t step, const StepResult& result) {
    landed = step + 1;
    ledger.remember(steps[step].version_after, false);
    observer.step_landed(step, result);
}

Notice notice_of(const Run& run, MYSQL_ROW row) {
    const auto text = [&](int column) { return std::string_view(row[column] == nullptr ? "" : row[column]); };
    return {text(0) == "Note" ? Severity::Info : Severity::Warning,
            redact(fmt::format("{} ({})", text(2), text(1)), run.connection.target().password)};
}

Outcome apply_steps(Run& run) {
    return Steps(run).run();
}

}  // namespace godwit::mysql
