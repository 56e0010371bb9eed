#include "each/run.hpp"

#include <algorithm>
#include <new>
#include <thread>
#include <utility>

#include "discretion.hpp"
#include "untouched.hpp"

namespace godwit::cli {

namespace {

using Clock = std::chrono::steady_clock;

ErrorInfo internal(std::string message) {
    ErrorInfo info;
    info.message = std::move(message);
    return info;
}

/// Hands on, and knows whether anything was begun.
class BegunReporter : public Reporter {
  public:
    explicit BegunReporter(Reporter& inner) : inner_(inner) {}
    void on(const Event& event) override {
        begun_ = begun_ || std::holds_alternative<MigrationStarted>(event);
        inner_.on(event);
    }
    [[nodiscard]] bool begun() const noexcept { return begun_; }

  private:
    Reporter& inner_;
    bool begun_ = false;
};

}  // namespace

EachRun::EachRun(EachWish wish, const std::vector<Target>& targets, OpenDriver open, SharedFiles& files,
                 Signals& signals, EachReporter& reporter)
    : wish_(std::move(wish)),
      targets_(targets),
      open_(std::move(open)),
      files_(files),
      signals_(signals),
      reporter_(reporter) {
    reports_.reserve(targets.size());
    for (const Target& target : targets)
        reports_.push_back({.name = target.name});
}

std::vector<TargetReport> EachRun::run() {
    {
        const RunGuard running(signals_);
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < std::min(wish_.jobs, targets_.size()); ++i)
            workers.emplace_back([this] { work(); });
    }
    return std::move(reports_);
}

void EachRun::work() {
    for (std::size_t i = next(); i < targets_.size(); i = next()) {
        reports_[i] = run_target(targets_[i]);
        if (reports_[i].outcome == TargetOutcome::Failed) failed_ = true;
        reporter_.done(reports_[i]);
    }
}

std::size_t EachRun::next() {
    const bool halt = signals_.stop_asked() || (wish_.fail_fast && failed_);
    return halt ? targets_.size() : next_++;
}

TargetReport EachRun::run_target(const Target& target) {
    TargetReport report{.name = target.name};
    const auto begin = Clock::now();
    const auto events = reporter_.begin(target.name);
    BegunReporter reporter(*events);
    try {
        try {
            const auto driver = open_(target);
            const Watched watched(signals_, *driver);
            connect(*driver, {wish_.connect_retry,
                              [&](const Error& error) { reporter_.waiting(target.name, error.info()); },
                              [this] { return signals_.stop_asked(); }});
            run_on(*driver, report, reporter);
        } catch (Error& error) {
            if (!reporter.begun()) say_untouched(error);
            throw;
        }
    } catch (const Error& error) {
        report.error = error.info();
    } catch (const std::bad_alloc&) {
        report.error = internal("out of memory");
    } catch (const std::exception& error) {
        report.error = internal(error.what());
    }
    if (report.error) hide_passwords(*report.error);
    report.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    judge(report);
    return report;
}

void EachRun::run_on(Driver& driver, TargetReport& report, Reporter& reporter) {
    auto options = wish_.options;
    options.reporter = &reporter;
    options.shared = &files_;
    Migrator migrator(files_.source(), driver, std::move(options));
    if (!wish_.dry_run) {
        report.result = migrator.run(wish_.goal);
        return;
    }
    const auto plan = migrator.plan(wish_.goal);
    for (const PlannedStep& step : plan.steps)
        report.planned.push_back(step.version.text());
    Result seen;
    seen.pending = plan.pending;
    seen.current = plan.current;
    seen.dirty = plan.dirty;
    report.result = std::move(seen);
}

void EachRun::judge(TargetReport& report) const {
    const Errc code = report.error                                  ? report.error->code
                      : report.result && report.result->failed      ? report.result->failed->code()
                      : report.result && report.result->interrupted ? Errc::Interrupted
                                                                    : Errc::Internal;
    const bool fine = !report.error && report.result && !report.result->failed && !report.result->interrupted;
    if (fine) {
        report.outcome = TargetOutcome::Done;
    } else if (code == Errc::Interrupted || signals_.cancelled()) {
        report.outcome = TargetOutcome::Interrupted;
        report.exit_code = exit_code(Errc::Interrupted);
    } else {
        // what the ledger waited for in vain is no fault of the migration
        const bool of_migration = report.result && code != Errc::Locked;
        report.outcome = TargetOutcome::Failed;
        report.exit_code = exit_code(of_migration ? Errc::Statement : code);
    }
}

}  // namespace godwit::cli
