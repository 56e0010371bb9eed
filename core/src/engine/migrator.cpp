#include "godwit/migrator.hpp"

#include <algorithm>
#include <utility>

#include "engine/bodies.hpp"
#include "engine/dirty.hpp"
#include "engine/force.hpp"
#include "engine/identity.hpp"
#include "engine/repair.hpp"
#include "engine/resume.hpp"
#include "engine/runner.hpp"
#include "engine/status.hpp"
#include "engine/validate.hpp"
#include "godwit/shared_files.hpp"

namespace godwit {

struct Migrator::Impl {
    Impl(Source& from, Driver& to, MigratorOptions wishes)
        : source(from), driver(to), options(std::move(wishes)) {
        options.identity = engine::completed(std::move(options.identity));
    }

    const MigrationSet& migrations() {
        if (options.shared != nullptr) {
            options.format = &options.shared->format();
            files = options.shared->files();
            return options.shared->migrations();
        }
        if (!set) {
            auto entries = source.list();
            if (options.format == nullptr) options.format = &detect_format(entries);
            files = static_cast<std::size_t>(
                std::count_if(entries.begin(), entries.end(),
                              [](const Entry& entry) { return entry.kind == EntryKind::File; }));
            set = options.format->read_listing(std::move(entries));
        }
        return *set;
    }

    /// Made at a glance, if that is enough: of what is applied nothing is to be said, and nothing is wrong.
    std::optional<Plan> plan_at_a_glance(const Goal& goal) {
        if (!std::holds_alternative<GoUp>(goal)) return std::nullopt;
        try {
            Plan plan = make_plan(migrations(), driver.glance(), goal, options.policy);
            const bool nothing_said = plan.findings.size() == migrations().findings.size();
            if (!plan.steps.empty() || nothing_said) return plan;
        } catch (const Error& error) {
            // a closer look tells what is wrong with the ledger
            if (error.code() != Errc::Dirty && error.code() != Errc::Validation) throw;
        }
        return std::nullopt;
    }

    Plan first_plan(const Goal& goal) {
        auto plan = plan_at_a_glance(goal);
        return plan ? *std::move(plan) : this->plan(driver.view(), goal);
    }

    Plan plan(const LedgerView& view, const Goal& goal) {
        try {
            return make_plan(migrations(), view, goal, options.policy);
        } catch (Error& error) {
            if (error.code() == Errc::Dirty && error.info().kept == Kept::Unknown) {
                engine::explain_kept(error.edit(), driver.dialect());
            }
            throw;
        }
    }

    std::unique_ptr<Lock> lock() {
        return driver.lock(Deadline::in(options.lock_timeout),
                           [this](std::string_view holder, Milliseconds waited) {
                               emit(LockWaited{std::string(holder), waited});
                               if (options.stop && options.stop())
                                   fail(Errc::Interrupted, "stopped while waiting for the migration lock");
                           });
    }

    /// Who may look, but not lock, is told the doubt. Not so where the lock may yet come: whoever holds it
    /// may be in the middle of what is in doubt.
    std::unique_ptr<Lock> lock_in(const std::optional<Error>& doubt) {
        try {
            return lock();
        } catch (const Error& error) {
            const Errc code = error.code();
            const bool may_yet_come =
                code == Errc::Locked || code == Errc::Connect || code == Errc::Interrupted;
            if (!doubt || may_yet_come) throw;
        }
        throw *doubt;
    }

    void emit(const Event& event) const {
        if (options.reporter != nullptr) options.reporter->on(event);
    }

    /// Everything that can be found wrong is found before the first statement runs.
    void prepare(Plan& plan, const LedgerView& view, engine::Bodies& bodies, ResumeWish wish) {
        const auto reading = engine::read_ledger(migrations(), view);
        bodies.read();
        if (reading.unfinished) {
            auto point =
                engine::resume_point({*reading.unfinished, reading, bodies.peek(0).script}, driver, wish);
            plan.steps.front().resume_at = point.statement;
            plan.steps.front().remark = std::move(point.remark);
            if (point.finding) plan.findings.push_back(*std::move(point.finding));
        }
        const auto goes = [](Direction direction) {
            return [direction](const PlannedStep& step) { return step.direction == direction; };
        };
        if (std::none_of(plan.steps.begin(), plan.steps.end(), goes(Direction::Up))) return;
        auto changes = this->changes(view, reading);
        // `redo` is how an edited migration is tried again.
        std::erase_if(changes, [&](const engine::Change& change) {
            return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const PlannedStep& step) {
                return step.direction == Direction::Down && step.version == change.migration->version;
            });
        });
        for (const engine::Change& change : changes) {
            if (change.tolerated) plan.findings.push_back(engine::change_finding(change));
        }
        std::erase_if(changes, [](const engine::Change& change) { return change.tolerated; });
        if (changes.empty()) return;
        engine::show_changes(changes, source, driver);
        throw engine::changed_error(changes);
    }

    Result execute(Plan& plan, const LedgerView& view, ResumeWish wish) {
        engine::Bodies bodies(source, driver, plan, view, options.shared);
        prepare(plan, view, bodies, wish);
        for (const Finding& finding : plan.findings)
            emit(FindingReported{finding});
        for (const Finding& finding : bodies.findings())
            emit(FindingReported{finding});
        if (const auto changes = reconciling_changes(migrations(), view, engine::now()); !changes.empty()) {
            driver.record(changes, options.identity);
        }
        emit(RunStarted{plan.steps.size()});
        return engine::Runner(driver, options, plan, bodies).run();
    }

    Result nothing_to_do(Plan plan) {
        for (Finding& finding : plan.findings)
            emit(FindingReported{std::move(finding)});
        emit(RunStarted{0});
        Result result;
        result.pending = plan.pending;
        result.current = plan.current;
        result.dirty = plan.dirty;
        return result;
    }

    Result run(const Goal& goal) {
        std::optional<Error> doubt;
        try {
            Plan plan = first_plan(goal);
            if (plan.steps.empty()) return nothing_to_do(std::move(plan));
        } catch (const Error& error) {
            // another run may be in the middle of what looks half-done
            if (error.code() != Errc::Dirty) throw;
            doubt = error;
        }
        const auto held = lock_in(doubt);
        // Whoever held the lock before may have done the work.
        const LedgerView view = driver.view();
        Plan plan = this->plan(view, goal);
        const auto* const resume = std::get_if<Resume>(&goal);
        return plan.steps.empty() ? nothing_to_do(std::move(plan))
                                  : execute(plan, view, resume ? resume->wish : ResumeWish::FindOut);
    }

    std::vector<engine::Change> changes(const LedgerView& view, const engine::LedgerReading& reading) {
        return engine::find_changes(source, migrations(), view, reading, driver.dialect(),
                                    options.policy.checksum);
    }

    Source& source;
    Driver& driver;
    MigratorOptions options;
    std::optional<MigrationSet> set;
    std::size_t files = 0;
};

Migrator::Migrator(Source& source, Driver& driver, MigratorOptions options)
    : impl_(std::make_unique<Impl>(source, driver, std::move(options))) {}

Migrator::~Migrator() = default;

const MigrationSet& Migrator::migrations() {
    return impl_->migrations();
}

const Format& Migrator::format() {
    impl_->migrations();
    return *impl_->options.format;
}

Status Migrator::status() {
    const auto& set = impl_->migrations();
    const LedgerView view = impl_->driver.view();
    const auto reading = engine::read_ledger(set, view);
    const auto changes = impl_->changes(view, reading);
    const engine::Survey survey{set, view, reading, changes};
    Status status;
    status.database = impl_->driver.info();
    status.format = format().name();
    status.files = impl_->files;
    status.current = view.state.version;
    status.dirty = view.state.dirty;
    status.migrations = engine::status_rows(survey);
    status.findings = engine::survey_findings(survey, impl_->options.policy);
    status.pending = static_cast<std::size_t>(
        std::count_if(set.in_order.begin(), set.in_order.end(),
                      [&](const Migration& file) { return !reading.is_applied(file.version); }));
    return status;
}

Plan Migrator::plan(const Goal& goal) {
    return impl_->plan(impl_->driver.view(), goal);
}

Result Migrator::run(const Goal& goal) {
    const auto begin = std::chrono::steady_clock::now();
    Result result = impl_->run(goal);
    RunFinished finished;
    finished.done = result.done.size();
    finished.failed = result.failed ? 1 : 0;
    finished.pending = result.pending;
    finished.interrupted = result.interrupted;
    finished.took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    impl_->emit(finished);
    return result;
}

Result Migrator::up(std::optional<std::size_t> count) {
    return run(GoUp{count, std::nullopt});
}

Result Migrator::down(std::size_t count) {
    return run(GoDown{count, std::nullopt});
}

void Migrator::force(const std::optional<Version>& version, std::string why) {
    const auto& set = impl_->migrations();
    const auto held = impl_->lock();
    const auto changes =
        engine::force_changes(set, impl_->driver.view(), version, std::move(why), engine::now());
    impl_->driver.record(changes, impl_->options.identity);
}

Validation Migrator::validate(const Probe& probe) {
    const auto& set = impl_->migrations();
    const LedgerView view = impl_->driver.view();
    const auto reading = engine::read_ledger(set, view);
    auto changes = impl_->changes(view, reading);
    engine::show_changes(changes, impl_->source, impl_->driver);
    return {engine::validation_findings({set, view, reading, changes}, impl_->options.policy, probe,
                                        impl_->source, impl_->driver.dialect())};
}

LedgerWork Migrator::plan_repair(const RepairWish& wish) {
    const auto& set = impl_->migrations();
    const LedgerView view = impl_->driver.view();
    const auto reading = engine::read_ledger(set, view);
    const auto changes = impl_->changes(view, reading);
    const engine::Survey survey{set, view, reading, changes};
    return engine::Repair(survey, impl_->options.policy, impl_->source, impl_->driver).plan(wish);
}

LedgerWork Migrator::plan_baseline(const Version& version) {
    return engine::baseline_work(impl_->migrations(), impl_->driver.view(), version, engine::now());
}

void Migrator::carry_out(const LedgerWork& work) {
    if (work.actions.empty()) return;
    const auto held = impl_->lock();
    engine::require_same(work.seen, impl_->driver.state());
    impl_->driver.record(work.changes, impl_->options.identity);
}

bool Validation::ok() const {
    return std::none_of(findings.begin(), findings.end(),
                        [](const Finding& finding) { return finding.severity == Severity::Error; });
}

std::vector<HistoryRow> Migrator::history(std::size_t limit) {
    return impl_->driver.history(limit);
}

std::vector<Script> Migrator::scripts(const Plan& plan) {
    const LedgerView view = impl_->driver.view();
    engine::Bodies bodies(impl_->source, impl_->driver, plan, view, impl_->options.shared);
    bodies.read();
    std::vector<Script> scripts;
    scripts.reserve(plan.steps.size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        Script script = bodies.take(i).script;
        scripts.push_back(plan.steps[i].skip ? Script() : std::move(script));
    }
    return scripts;
}

}  // namespace godwit
