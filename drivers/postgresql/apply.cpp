#include "postgresql/apply.hpp"
#include "godwit/utf8.hpp"

namespace godwit::postgresql {
namespace {

/// Notices go to the observer as long as steps run.
class NoticeScope {
  public:
    explicit NoticeScope(Run& run) : connection_(run.connection) {
        connection_.set_notice_sink(
            [&run](Severity severity, std::string_view sqlstate, std::string_view text) {
                // two copies that start on an empty database at once: "relation … already exists, skipping"
                const bool race = sqlstate == "42P07" && !run.ledger.known().has_history_table &&
                                  text.find(run.ledger.table().table) != std::string_view::npos;
                if (!race && !is_of_flush(text)) run.observer.notice(run.current(), severity, text);
            });
    }
    ~NoticeScope() { connection_.set_notice_sink(nullptr); }
    NoticeScope(const NoticeScope&) = delete;
    NoticeScope& operator=(const NoticeScope&) = delete;

  private:
    Connection& connection_;
};

Error refused(Run& run, const Work& work) {
    ErrorInfo info = work.refusal->info();
    sql::place(info, *work.step, work.script(), std::nullopt, info.position);
    return nothing_kept(run, work, Error(std::move(info)));
}

/// A few rows, or a table: by its looks, before anything has been measured.
bool looks_quick(const Step& step) {
    constexpr std::size_t kFewBytes = 512;
    const Script& script = step.script;
    return script.text().size() <= kFewBytes &&
           std::ranges::all_of(script.statements(),
                               [&](const Statement& statement) { return is_quick(script.sql(statement)); });
}

void warn_of_down_script(Run& run, std::size_t step) {
    const Step& current = run.steps[step];
    if (current.direction != Direction::Up || !current.has_down_script ||
        is_storable_text(current.down_script))
        return;
    run.start(step);
    run.observer.notice(step, Severity::Warning,
                        "the down script is not text in UTF-8 and is not stored in the history");
}

class Steps {
  public:
    explicit Steps(Run& run) : run_(run), works_(run.steps.size()) {}

    Outcome run() {
        const NoticeScope notices(run_);
        run_.ledger.known();
        Outcome outcome;
        while (run_.landed < run_.steps.size() && !outcome.failure) {
            if (run_.observer.stop()) {
                outcome.stopped = true;
                break;
            }
            outcome.failure = next();
        }
        finish(outcome);
        return outcome;
    }

  private:
    const Work& work(std::size_t step) {
        if (!works_[step]) works_[step] = analyse(run_.steps[step], run_.dialect, run_.multi_statement);
        return *works_[step];
    }

    std::optional<Error> next() {
        const std::size_t first = run_.landed;
        const auto shares = [this](const Step& step) {
            return run_.batch && !work(static_cast<std::size_t>(&step - run_.steps.data())).alone;
        };
        const std::size_t end = sql::batch_end(run_.steps, first, run_.sizer, shares, &looks_quick);
        for (std::size_t step = first; step < end; ++step)
            warn_of_down_script(run_, step);
        const auto begin = std::chrono::steady_clock::now();
        const Attempt attempt = end - first == 1 ? single(first) : batch(first, end);
        run_.sizer.done(end - first, std::chrono::duration_cast<std::chrono::microseconds>(
                                         std::chrono::steady_clock::now() - begin) -
                                         run_.connection.way());
        if (works_[first] && works_[first]->unlocks && !run_.connection.lost()) run_.connection.keep_lock();
        for (std::size_t step = first; step < run_.landed; ++step)
            works_[step].reset();
        return attempt.failure;
    }

    Attempt batch(std::size_t first, std::size_t end) {
        std::vector<Work> works;
        works.reserve(end - first);
        for (std::size_t step = first; step < end; ++step) {
            work(step);
            works.push_back(std::move(*works_[step]));
            works_[step].reset();
        }
        Attempt attempt = run_batch(run_, works, first);
        return attempt.change_way ? statements(works[run_.landed - first], run_.landed) : attempt;
    }

    Attempt single(std::size_t step) {
        const Work& current = work(step);
        if (current.refusal) {
            run_.start(step);
            return {refused(run_, current), false};
        }
        if (current.way == Way::Statements) return statements(current, step);
        if (!current.alone) return batch(step, step + 1);
        if (current.resets || current.unlocks) run_.landing.forget();
        Attempt attempt = run_alone(run_, current, step);
        return attempt.change_way ? statements(current, step) : attempt;
    }

    Attempt statements(const Work& work, std::size_t step) {
        run_.landing.forget();
        return run_statements(run_, work, step);
    }

    void finish(Outcome& outcome) {
        outcome.landed = run_.landed;
        if (run_.unflushed && !run_.connection.lost()) run_.ledger.flush();
    }

    Run& run_;
    std::vector<std::optional<Work>> works_;
};

}  // namespace

void Run::start(std::size_t step) {
    if (step < started) return;
    started = step + 1;
    observer.step_started(step);
}

void Run::land(std::size_t step, const StepResult& result, bool relaxed) {
    landed = step + 1;
    unflushed = relaxed;
    ledger.created();
    ledger.remember(steps[step].version_after, false);
    observer.step_landed(step, result);
}

Outcome apply_steps(Run& run) {
    return Steps(run).run();
}

}  // namespace godwit::postgresql
