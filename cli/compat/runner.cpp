#include "compat/runner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "compat/go_time.hpp"
#include "godwit/plan.hpp"

namespace godwit::compat {

namespace {

std::optional<Version> to_version(std::int64_t number) {
    if (number < 0) return std::nullopt;
    return Version::of(static_cast<std::uint64_t>(number));
}

std::int64_t to_number(const std::optional<Version>& version) {
    return version ? version->as_bigint().value_or(kNilVersion) : kNilVersion;
}

/// Writes golang-migrate's lines while a driver works.
class LogObserver final : public StepObserver {
  public:
    LogObserver(std::span<const Item> items, std::span<const std::chrono::nanoseconds> read_times,
                const Log& log, const RunnerOptions& options)
        : items_(items), read_times_(read_times), log_(log), options_(options) {}

    void step_started(std::size_t step) override {
        announce(step + options_.prefetch);
        if (items_[step].half()) log_.verbose_line("Read and execute " + items_[step].log_text());
    }

    void statement_done(std::size_t, std::size_t, std::chrono::microseconds) override {}
    void notice(std::size_t, Severity, std::string_view) override {}

    void step_landed(std::size_t step, const StepResult& result) override {
        announce(step + options_.prefetch);
        const auto read = read_times_[step];
        const auto ran = std::chrono::duration_cast<std::chrono::nanoseconds>(result.duration);
        const std::string text = items_[step].log_text();
        if (log_.verbose()) {
            log_.line(
                fmt::format("Finished {} (read {}, ran {})", text, go_duration(read), go_duration(ran)));
        } else {
            log_.line(fmt::format("{} ({})", text, go_duration(read + ran)));
        }
    }

    bool stop() override { return options_.stop && options_.stop(); }

  private:
    /// The reader runs ahead of the execution by `prefetch` migrations; its lines do, too.
    void announce(std::size_t upto) {
        for (; announced_ <= upto && announced_ < items_.size(); ++announced_) {
            const bool buffers = options_.prefetch > 0 && items_[announced_].half() != nullptr;
            log_.verbose_line((buffers ? "Start buffering " : "Scheduled ") + items_[announced_].log_text());
        }
    }

    std::span<const Item> items_;
    std::span<const std::chrono::nanoseconds> read_times_;
    const Log& log_;
    const RunnerOptions& options_;
    std::size_t announced_ = 0;
};

/// A script that our splitter refuses goes to the server as it is: golang-migrate sends every file unread,
/// and the server's own message is what its users know.
Script parse_leniently(std::string text, const Dialect& dialect, const std::string& file) {
    try {
        return Script::parse(text, dialect, file);
    } catch (const Error&) {
        return Script::whole(std::move(text), dialect, file);
    }
}

}  // namespace

Runner::Runner(Source& source, Driver& driver, const MigrationSet& migrations, const Log& log,
               RunnerOptions options)
    : source_(source),
      driver_(driver),
      migrations_(migrations),
      files_(migrations),
      log_(log),
      options_(std::move(options)) {}

std::string Runner::up(std::int64_t limit) {
    if (limit == 0) return kNoChange;
    return migrate([&](std::int64_t current) { return files_.up(current, limit); });
}

std::string Runner::down(std::int64_t limit) {
    if (limit == 0) return kNoChange;
    return migrate([&](std::int64_t current) { return files_.down(current, limit); });
}

std::string Runner::go(std::int64_t version) {
    return migrate([&](std::int64_t current) { return files_.go(current, version); });
}

std::string Runner::under_lock(const std::function<std::string()>& work) {
    std::unique_ptr<Lock> lock;
    try {
        lock = driver_.lock(Deadline::in(options_.lock_timeout),
                            [](std::string_view, std::chrono::milliseconds) {});
    } catch (const Error& error) {
        if (error.code() != Errc::Locked) throw;
        return "timeout: can't acquire database lock";
    }
    return work();
}

std::string Runner::migrate(const Read& read) {
    return under_lock([&]() -> std::string {
        const LedgerState state = driver_.state();
        const std::int64_t current = to_number(state.version);
        if (state.dirty) return fmt::format("Dirty database version {}. Fix and force version.", current);
        const Reading reading = read(current);
        if (reading.missing_version) log_.core_error(reading.error);
        if (!reading.items.empty()) reconcile(state);
        const std::string failure = run_items(reading.items);
        return failure.empty() ? reading.error : failure;
    });
}

/// golang-migrate knows no history: where it moved the version since we last wrote, the history is brought in
/// line before anything is added to it.
void Runner::reconcile(LedgerState state) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const LedgerView view{std::move(state), driver_.applied()};
    const auto changes = reconciling_changes(migrations_, view, now);
    if (!changes.empty()) driver_.record(changes, options_.identity);
}

std::string Runner::run_items(std::span<const Item> items) {
    if (items.empty()) return {};
    std::vector<Body> bodies = read_bodies(source_, items);
    std::vector<std::chrono::nanoseconds> read_times;
    std::vector<Step> steps;
    for (std::size_t i = 0; i < items.size(); ++i) {
        read_times.push_back(bodies[i].took);
        steps.push_back(step_for(items[i], std::move(bodies[i])));
    }
    LogObserver observer(items, read_times, log_, options_);
    const Outcome outcome = driver_.apply(steps, options_.identity, observer);
    if (!outcome.failure) return {};
    return failure_text(steps[outcome.landed], *outcome.failure);
}

Step Runner::step_for(const Item& item, Body body) const {
    Step step{Version::of(static_cast<std::uint64_t>(item.version))};
    step.name = item.half() ? item.half()->name() : item.migration->name();
    step.direction = item.direction();
    step.version_after = to_version(item.target);
    step.dirty_policy = DirtyPolicy::Always;
    if (item.half())
        step.script = parse_leniently(std::move(body.text), driver_.dialect(), item.half()->entry.path);
    if (options_.multi_statement) step.transaction = false;
    step.has_down_script = body.down_script.has_value();
    step.down_script = std::move(body.down_script).value_or("");
    return step;
}

std::string Runner::failure_text(const Step& step, const Error& error) const {
    if (error.code() != Errc::Statement) return error.what();
    ErrorInfo info = error.info();
    std::string_view body = step.script.text();
    const std::size_t number = info.where.statement;
    if (options_.multi_statement && number >= 1 && number <= step.script.statements().size()) {
        const Statement& statement = step.script.statements()[number - 1];
        body = body.substr(statement.piece_begin, statement.piece_end - statement.piece_begin);
        if (info.position) info.position = *info.position - statement.piece_begin;
    }
    return migration_failure(options_.family, info, body);
}

std::string Runner::force(std::int64_t version) {
    return under_lock([&]() -> std::string {
        HistoryRow row;
        row.version = to_version(version) ? to_version(version)->canonical() : "";
        row.kind = "force";
        row.state = HistoryState::Forced;
        row.started_at = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
        row.version_after = row.version;
        const LedgerChange change{to_version(version), false, std::move(row)};
        driver_.record({&change, 1}, options_.identity);
        return {};
    });
}

std::string Runner::drop() {
    return under_lock([&]() -> std::string {
        driver_.drop_everything({});
        return {};
    });
}

std::string Runner::version() {
    const LedgerState state = driver_.state();
    if (!state.version) return "no migration";
    log_.line(fmt::format("{}{}", to_number(state.version), state.dirty ? " (dirty)" : ""));
    return {};
}

}  // namespace godwit::compat
