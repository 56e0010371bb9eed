#include "engine/planner.hpp"

#include <algorithm>
#include <iterator>

#include "engine/dirty.hpp"
#include "engine/plan_errors.hpp"

namespace godwit::engine {
namespace {

/// Of all files, in one pass over two lists in order of versions.
std::vector<bool> applied_files(const MigrationSet& migrations, const LedgerReading& reading) {
    std::vector<bool> applied;
    applied.reserve(migrations.in_order.size());
    auto row = reading.applied.begin();
    for (const Migration& file : migrations.in_order) {
        while (row != reading.applied.end() && *row < file.version)
            ++row;
        applied.push_back(row != reading.applied.end() && *row == file.version);
    }
    return applied;
}

}  // namespace

Planner::Planner(const MigrationSet& migrations, const LedgerView& ledger, const Policy& policy)
    : migrations_(migrations),
      ledger_(ledger),
      policy_(policy),
      reading_(read_ledger(migrations, ledger)),
      applied_files_(applied_files(migrations, reading_)) {
    left_ = reading_.applied.size();
    reached_ = newest();
}

Plan Planner::plan(const Goal& goal) {
    migrations_.require_sound();
    if (reading_.dirt == Dirt::Unexplained) throw unexplained_dirt(migrations_, ledger_.state);
    require_skips_known();
    plan_.current = ledger_.state.version;
    plan_.dirty = ledger_.state.dirty;
    plan_.pending = static_cast<std::size_t>(std::count(applied_files_.begin(), applied_files_.end(), false));
    plan_.findings = migrations_.findings;
    plan_.findings.insert(plan_.findings.end(), reading_.findings.begin(), reading_.findings.end());
    std::visit([this](const auto& wish) { go(wish); }, goal);
    judge_unfinished();
    judge_missing_downs();
    plan_.target = plan_.steps.empty() ? plan_.current : reached_;
    return std::move(plan_);
}

void Planner::go(const GoUp& goal) {
    if (goal.to) require_known(*goal.to);
    auto files = pending_up_to(goal.to);
    judge_order(files);
    put_unfinished_first(files);
    if (goal.count && *goal.count < files.size()) files.resize(*goal.count);
    apply(files);
}

void Planner::go(const GoDown& goal) {
    if (goal.to) require_applied(*goal.to);
    auto versions = applied_above(goal.to);
    if (goal.count && *goal.count < versions.size()) {
        versions.erase(versions.begin() + static_cast<std::ptrdiff_t>(*goal.count), versions.end());
    }
    roll_back(versions);
}

void Planner::go(const GoTo& goal) {
    require_known(goal.version);
    roll_back(applied_above(goal.version));
    auto files = pending_up_to(goal.version);
    judge_order(files);
    put_unfinished_first(files);
    apply(files);
}

void Planner::go(const Redo& goal) {
    auto versions = applied_above(std::nullopt);
    const auto count = std::min(goal.count, versions.size());
    versions.erase(versions.begin() + static_cast<std::ptrdiff_t>(count), versions.end());
    std::vector<std::size_t> files;
    for (const Version& version : versions) {
        const auto file = migrations_.find(version);
        if (!file) throw cannot_redo(version);
        files.push_back(*file);
    }
    roll_back(versions);
    std::reverse(files.begin(), files.end());
    apply(files);
}

void Planner::go(const Resume& goal) {
    if (!reading_.unfinished) {
        if (goal.wish != ResumeWish::FindOut) throw nothing_in_question();
        return;
    }
    const HistoryRow& unfinished = *reading_.unfinished;
    const auto version = Version::parse(unfinished.version);
    if (unfinished.direction == Direction::Down) {
        if (const auto top = newest(); top && top == version) roll_back({*top});
        return;
    }
    const auto file = version ? migrations_.find(*version) : std::nullopt;
    if (!file) throw half_done(unfinished, reading_, "its file is gone", false);
    apply({*file});
}

void Planner::roll_back(const std::vector<Version>& newest_first) {
    for (const Version& version : newest_first)
        plan_.steps.push_back(down_step(version));
}

void Planner::apply(const std::vector<std::size_t>& files) {
    for (const auto file : files)
        plan_.steps.push_back(up_step(migrations_.in_order[file]));
}

std::vector<std::size_t> Planner::pending_up_to(const std::optional<Version>& last) const {
    std::vector<std::size_t> pending;
    for (std::size_t i = 0; i < migrations_.in_order.size(); ++i) {
        if (last && migrations_.in_order[i].version > *last) break;
        if (!applied_files_[i]) pending.push_back(i);
    }
    return pending;
}

std::vector<Version> Planner::applied_above(const std::optional<Version>& stays) const {
    std::vector<Version> versions;
    for (auto it = reading_.applied.rbegin(); it != reading_.applied.rend(); ++it) {
        if (stays && *it <= *stays) break;
        versions.push_back(*it);
    }
    return versions;
}

bool Planner::is_unfinished(const Version& version, Direction direction) const {
    return reading_.unfinished && reading_.unfinished->direction == direction &&
           reading_.unfinished->version == version.canonical();
}

void Planner::put_unfinished_first(std::vector<std::size_t>& files) const {
    std::stable_partition(files.begin(), files.end(), [this](std::size_t file) {
        return is_unfinished(migrations_.in_order[file].version, Direction::Up);
    });
}

void Planner::judge_order(const std::vector<std::size_t>& files) {
    std::vector<const Migration*> late;
    for (const auto index : files) {
        const Migration& file = migrations_.in_order[index];
        const bool begun = is_unfinished(file.version, Direction::Up);
        if (reached_ && file.version < *reached_ && !begun) late.push_back(&file);
    }
    if (late.empty()) return;
    if (policy_.out_of_order == OutOfOrder::Fail) throw out_of_order(late, *reached_);
    if (policy_.out_of_order == OutOfOrder::Run) return;
    for (const Migration* file : late)
        plan_.findings.push_back(out_of_order_finding(*file, *reached_));
}

void Planner::judge_missing_downs() {
    std::vector<const PlannedStep*> missing;
    for (const PlannedStep& step : plan_.steps) {
        if (step.direction == Direction::Down && step.empty) missing.push_back(&step);
    }
    if (missing.empty()) return;
    if (!policy_.allow_missing_down) throw missing_downs(missing);
    for (const PlannedStep* step : missing)
        plan_.findings.push_back(missing_down_finding(*step));
}

/// What is half-done is finished first, or nothing runs.
void Planner::judge_unfinished() const {
    if (!reading_.unfinished) return;
    const auto& steps = plan_.steps;
    if (steps.empty()) throw half_done(*reading_.unfinished, reading_, "it has to be finished first");
    if (is_unfinished(steps.front().version, steps.front().direction)) return;
    throw half_done(*reading_.unfinished, reading_, "it has to be finished before anything else runs");
}

void Planner::require_known(const Version& version) const {
    if (!migrations_.find(version) && !reading_.is_applied(version)) throw unknown_goal(version, migrations_);
}

void Planner::require_applied(const Version& version) const {
    require_known(version);
    if (!reading_.is_applied(version)) throw not_applied(version, ledger_.state.version);
}

void Planner::require_skips_known() const {
    for (const Version& version : policy_.skip) {
        if (!migrations_.find(version)) throw unknown_goal(version, migrations_);
    }
}

PlannedStep Planner::up_step(const Migration& migration) {
    PlannedStep step{.version = migration.version, .name = std::string(migration.name())};
    step.skip = std::find(policy_.skip.begin(), policy_.skip.end(), migration.version) != policy_.skip.end();
    step.empty = !migration.up;
    if (migration.up) step.entry = migration.up->entry;
    if (migration.down) step.down_entry = migration.down->entry;
    if (!reached_ || *reached_ < migration.version) reached_ = migration.version;
    step.version_after = reached_;
    resume(step);
    return step;
}

PlannedStep Planner::down_step(const Version& version) {
    const auto file = migrations_.find(version);
    const auto* const row = find_applied(ledger_, version);
    PlannedStep step{.version = file ? migrations_.in_order[*file].version : version,
                     .name = row != nullptr ? std::string(row->name) : std::string{},
                     .direction = Direction::Down};
    if (file) {
        step.name = migrations_.in_order[*file].name();
        if (const auto& up = migrations_.in_order[*file].up) step.up_entry = up->entry;
    }
    if (file && migrations_.in_order[*file].down) {
        step.entry = migrations_.in_order[*file].down->entry;
    } else {
        // The row of a down that failed does not repeat whether the applied one stored a script.
        const bool may_be_stored =
            row != nullptr && (row->has_down_script || row->direction == Direction::Down);
        step.stored_down = may_be_stored;
        step.empty = !may_be_stored;
    }
    --left_;
    reached_ = newest();
    step.version_after = reached_;
    resume(step);
    return step;
}

void Planner::resume(PlannedStep& step) const {
    if (!is_unfinished(step.version, step.direction)) return;
    step.resume_at = reading_.unfinished->statements_done;
    step.expected_checksum = reading_.unfinished->checksum;
}

std::optional<Version> Planner::newest() const {
    if (left_ == 0) return std::nullopt;
    return reading_.applied[left_ - 1];
}

}  // namespace godwit::engine

namespace godwit {

Plan make_plan(const MigrationSet& migrations, const LedgerView& ledger, const Goal& goal,
               const Policy& policy) {
    return engine::Planner(migrations, ledger, policy).plan(goal);
}

}  // namespace godwit
