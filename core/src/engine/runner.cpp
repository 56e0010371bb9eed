#include "engine/runner.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/failure.hpp"
#include "engine/identity.hpp"
#include "engine/ledger_reading.hpp"

namespace godwit::engine {
namespace {

constexpr std::size_t kMostSteps = 256;
constexpr std::size_t kMostBytes = std::size_t{8} << 20;

}  // namespace

/// Turns what the driver tells of a chunk into events, and keeps the results until they are durable.
class Runner::Observer final : public StepObserver {
  public:
    Observer(const Runner& runner, const Chunk& chunk)
        : runner_(runner), chunk_(chunk), reports_(chunk.reports) {}

    void step_started(std::size_t step) override {
        const DoneStep& report = reports_[step];
        runner_.emit(MigrationStarted{report.version, report.name, report.direction, report.file,
                                      chunk_.steps[step].script.statements().size()});
    }

    void statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds took) override {
        if (runner_.options_.reporter == nullptr) return;
        const Script& script = chunk_.steps[step].script;
        if (statement >= script.statements().size()) return;
        runner_.emit(StatementDone{reports_[step].version, statement + 1, script.statements().size(), took,
                                   std::string(script.sql(script.statements()[statement]))});
    }

    void notice(std::size_t step, Severity severity, std::string_view text) override {
        runner_.emit(ServerNotice{step < reports_.size() ? reports_[step].version : std::string{}, severity,
                                  std::string(text)});
    }

    void step_landed(std::size_t step, const StepResult& result) override {
        DoneStep& report = reports_[step];
        report.statements = result.statements;
        report.took = result.duration;
        report.skipped = result.skipped;
        runner_.emit(MigrationDone{report.version, report.name, report.direction, report.file,
                                   report.statements, report.took, report.empty, report.skipped,
                                   report.stored});
    }

    bool stop() override { return runner_.stop_wanted(); }

    [[nodiscard]] const DoneStep& report(std::size_t step) const { return reports_[step]; }

  private:
    const Runner& runner_;
    const Chunk& chunk_;
    std::vector<DoneStep> reports_;
};

Runner::Runner(Driver& driver, const MigratorOptions& options, const Plan& plan, Bodies& bodies)
    : driver_(driver), options_(options), plan_(plan), bodies_(bodies) {
    result_.pending = plan.pending;
    result_.current = plan.current;
    result_.dirty = plan.dirty;
}

Result Runner::run() {
    while (next_ < plan_.steps.size() && !result_.failed && !result_.interrupted) {
        if (stop_wanted()) {
            result_.interrupted = true;
        } else if (plan_.steps[next_].skip) {
            record_skip();
        } else {
            apply(next_chunk());
        }
    }
    return std::move(result_);
}

Runner::Chunk Runner::next_chunk() {
    Chunk chunk;
    std::size_t bytes = 0;
    for (std::size_t i = next_; i < plan_.steps.size() && !plan_.steps[i].skip; ++i) {
        if (chunk.steps.size() == kMostSteps || bytes >= kMostBytes) break;
        Body body = bodies_.take(i);
        bytes += body.script.text().size() + body.down_script.size();
        chunk.reports.push_back(report_for(plan_.steps[i], body));
        chunk.steps.push_back(step_for(plan_.steps[i], std::move(body)));
    }
    return chunk;
}

void Runner::apply(const Chunk& chunk) {
    Observer observer(*this, chunk);
    for (const Step& step : chunk.steps)
        step.script.begin_checksums();
    Outcome outcome = driver_.apply(chunk.steps, options_.identity, observer);
    const std::size_t first = next_;
    for (std::size_t i = 0; i < outcome.landed && i < chunk.steps.size(); ++i) {
        note_done(plan_.steps[first + i], observer.report(i));
    }
    result_.interrupted = outcome.stopped;
    if (outcome.failure) {
        note_failure(chunk, outcome.landed, *std::move(outcome.failure));
    } else if (outcome.landed < chunk.steps.size() && !outcome.stopped) {
        fail(Errc::Internal, fmt::format("the driver ended after {} of {} migrations without a reason",
                                         outcome.landed, chunk.steps.size()));
    }
}

/// A version that is recorded as applied without being run: no statement done of those the file has.
void Runner::record_skip() {
    const PlannedStep& planned = plan_.steps[next_];
    const Body body = bodies_.take(next_);
    HistoryRow row;
    row.version = planned.version.canonical();
    row.name = planned.name;
    row.state = HistoryState::Applied;
    row.checksum = planned.entry ? body.script.sha256() : "";
    row.token_checksum = planned.entry ? body.script.token_sha256() : "";
    row.statements_total = body.script.statements().size();
    row.started_at = now();
    row.error = "left out with --skip";
    row.down_script = body.down_script;
    row.has_down_script = body.has_down_script;
    if (planned.entry) row.up_script = kept_up_script(body.script.text());
    row.version_after = ledger_text(planned.version_after);
    const LedgerChange change{planned.version_after, false, std::move(row)};
    driver_.record({&change, 1}, options_.identity);
    DoneStep done = report_for(planned, body);
    done.skipped = true;
    emit(MigrationDone{done.version, done.name, done.direction, done.file, 0, done.took, done.empty, true,
                       false});
    note_done(planned, std::move(done));
}

void Runner::note_done(const PlannedStep& step, DoneStep done) {
    result_.done.push_back(std::move(done));
    result_.current = step.version_after;
    result_.dirty = false;
    if (step.direction == Direction::Down) {
        // One that only the ledger knows of has no file that could be applied again.
        if (step.entry || step.up_entry) ++result_.pending;
    } else if (result_.pending > 0) {
        --result_.pending;
    }
    ++next_;
}

void Runner::note_failure(const Chunk& chunk, std::size_t index, Error failure) {
    if (index >= chunk.steps.size()) throw failure;
    const Step& step = chunk.steps[index];
    const DoneStep& report = chunk.reports[index];
    if (report.stored && failure.info().kept == Kept::Nothing) {
        failure.edit().next =
            fmt::format("undo version {} by hand, then run: godwit force {}", report.version,
                        step.version_after ? step.version_after->text() : "none");
    }
    complete_failure(failure.edit(), step, report.file, result_.current);
    const TableAfter table = table_after_failure(failure.info(), step, result_.current);
    result_.current = table.version;
    result_.dirty = table.dirty;
    emit(MigrationFailed{report.version, report.name, report.direction, report.file, failure.info()});
    result_.failed = std::move(failure);
}

void Runner::emit(const Event& event) const {
    if (options_.reporter != nullptr) options_.reporter->on(event);
}

bool Runner::stop_wanted() const {
    return options_.stop && options_.stop();
}

Step Runner::step_for(const PlannedStep& planned, Body body) const {
    Step step{.version = planned.version, .name = planned.name, .direction = planned.direction};
    step.script =
        options_.retry ? std::move(body.script).with_default_retry(*options_.retry) : std::move(body.script);
    step.version_after = planned.version_after;
    step.dirty_policy = options_.dirty_policy;
    step.resume_at = planned.resume_at;
    step.remark = planned.remark;
    step.down_script = std::move(body.down_script);
    step.has_down_script = body.has_down_script;
    return step;
}

DoneStep Runner::report_for(const PlannedStep& planned, const Body& body) {
    DoneStep done;
    done.version = planned.version.text();
    done.name = planned.name;
    done.direction = planned.direction;
    done.file = body.file;
    done.empty = planned.empty;
    done.stored = body.stored;
    return done;
}

}  // namespace godwit::engine
