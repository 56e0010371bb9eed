#include "engine/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/dirty.hpp"
#include "engine/identity.hpp"
#include "engine/plan_errors.hpp"
#include "engine/reconcile.hpp"
#include "godwit/utf8.hpp"

namespace godwit::engine {
namespace {

std::optional<Version> newest_of(const std::vector<Version>& versions) {
    return versions.empty() ? std::nullopt : std::optional(versions.back());
}

void require_clean(const MigrationSet& migrations, const LedgerView& ledger, const LedgerReading& reading) {
    if (reading.dirt == Dirt::Unexplained) throw unexplained_dirt(migrations, ledger.state);
    if (reading.unfinished) throw half_done(*reading.unfinished, reading, "only you can say what it is now");
}

Error cannot_accept(const Version& version, std::string_view why, std::string next) {
    ErrorInfo info;
    info.code = Errc::Usage;
    info.message = fmt::format("version {} cannot be accepted: {}", version.text(), why);
    info.where.version = version.text();
    info.state = "nothing was changed";
    info.next = std::move(next);
    return Error(std::move(info));
}

HistoryRow repair_row(const Version& version, const std::optional<Version>& after, Timestamp now) {
    HistoryRow row;
    row.version = version.canonical();
    row.kind = "repair";
    row.started_at = now;
    row.version_after = ledger_text(after);
    return row;
}

/// What aligning_changes() made, as a person reads it.
LedgerAction action_of(const LedgerChange& change, std::string_view what, std::string_view why) {
    const HistoryRow& row = *change.history;
    return {std::string(what), row.version, row.name,
            fmt::format("counts as {}: {}", row.state == HistoryState::Baseline ? "applied" : "rolled back",
                        why)};
}

std::string why_aligned(const LedgerReading& reading) {
    if (reading.dirt == Dirt::Explained) return "its last try failed, and nothing of it was kept";
    if (reading.trust == Trust::NoHistory) return "the version table is all that tells of it";
    return "another tool, or a person, moved the version table";
}

constexpr std::array<std::string_view, 4> kLeftCodes{"checksum-changed", "missing-file", "out-of-order",
                                                     "unknown-version"};

}  // namespace

Repair::Repair(const Survey& survey, const Policy& policy, Source& source, Driver& driver)
    : survey_(survey),
      policy_(policy),
      source_(source),
      driver_(driver),
      now_(now()),
      applied_(survey.reading.applied) {}

LedgerWork Repair::plan(const RepairWish& wish) {
    survey_.migrations.require_sound();
    require_clean(survey_.migrations, survey_.ledger, survey_.reading);
    work_.seen = survey_.ledger.state;
    work_.before = survey_.ledger.state.version;
    work_.dirty = survey_.ledger.state.dirty;
    for (const Version& version : wish.forget) {
        if (!survey_.reading.is_applied(version)) throw not_among_applied(version, work_.before);
        std::erase(applied_, version);
    }
    work_.after = newest_of(applied_);
    align();
    for (const Version& version : wish.accept)
        accept(version);
    for (const Version& version : wish.forget)
        forget(version);
    add_left();
    return std::move(work_);
}

/// The rows that `up` would write before anything else, and what a failed try left in the version table.
void Repair::align() {
    const LedgerReading& reading = survey_.reading;
    if (reading.trust == Trust::InSync && reading.dirt == Dirt::None) return;
    auto changes =
        aligning_changes(survey_.migrations, survey_.ledger, reading.applied, work_.after, "reconcile", now_);
    const bool dirty = reading.dirt == Dirt::Explained;
    const std::string_view what = dirty                               ? "clear-dirty"
                                  : reading.trust == Trust::NoHistory ? "baseline"
                                                                      : "reconcile";
    for (LedgerChange& change : changes) {
        if (dirty) keep_down_script(*change.history);
        work_.actions.push_back(action_of(change, what, why_aligned(reading)));
        work_.changes.push_back(std::move(change));
    }
}

/// A down that failed whole leaves its version applied, and what was stored for it in place.
void Repair::keep_down_script(HistoryRow& row) {
    if (row.state != HistoryState::Baseline) return;
    auto stored = driver_.stored_down_script(*Version::parse(row.version));
    if (!stored) return;
    row.down_script = *std::move(stored);
    row.has_down_script = true;
}

void Repair::forget(const Version& version) {
    if (std::find(handled_.begin(), handled_.end(), version) != handled_.end()) return;
    handled_.push_back(version);
    HistoryRow row = repair_row(version, work_.after, now_);
    const auto* const known = find_applied(survey_.ledger, version);
    const auto file = survey_.migrations.find(version);
    row.name = known != nullptr ? std::string(known->name)
               : file           ? std::string(survey_.migrations.in_order[*file].name())
                                : "";
    row.direction = Direction::Down;
    row.state = HistoryState::RolledBack;
    row.error = "forgotten with repair --forget: nothing was run";
    add({"forget", version.text(), row.name,
         file ? "counts as not applied: its file is pending again" : "counts as not applied"},
        std::move(row));
}

const Migration& Repair::file_to_accept(const Version& version) const {
    if (!survey_.reading.is_applied(version)) {
        throw cannot_accept(
            version, "it is not applied",
            fmt::format("godwit up applies it; if what it makes is there already: godwit baseline {}",
                        version.text()));
    }
    const auto index = survey_.migrations.find(version);
    if (!index || !survey_.migrations.in_order[*index].up) {
        throw cannot_accept(
            version, "it has no up file",
            fmt::format("bring the file back, or: godwit repair --forget {}", version.text()));
    }
    if (!std::binary_search(applied_.begin(), applied_.end(), version)) {
        throw cannot_accept(version, "it is to be forgotten as well", "name it once");
    }
    return survey_.migrations.in_order[*index];
}

void Repair::accept(const Version& version) {
    if (std::find(handled_.begin(), handled_.end(), version) != handled_.end()) return;
    const Migration& file = file_to_accept(version);
    handled_.push_back(version);
    std::string what;
    HistoryRow row = accepted_row(file, &what);
    if (what.empty()) return;
    add({"accept", file.version.text(), std::string(file.name()), std::move(what)}, std::move(row));
}

/// The row that makes the files of today what was applied; `what` tells the difference, "" for none.
HistoryRow Repair::accepted_row(const Migration& file, std::string* what) const {
    const Script script = Script::parse(source_.read(file.up->entry), driver_.dialect(), file.up->entry.path);
    const auto* const known = find_applied(survey_.ledger, file.version);
    HistoryRow row = repair_row(file.version, work_.after, now_);
    row.name = file.name();
    row.state = HistoryState::Applied;
    row.checksum = script.sha256();
    row.token_checksum = script.token_sha256();
    row.statements_done = row.statements_total = script.statements().size();
    row.up_script = kept_up_script(script.text());
    row.error = "accepted with repair --accept: nothing was run";
    const auto stored = driver_.stored_down_script(file.version);
    auto down = file.down ? std::optional(source_.read(file.down->entry)) : stored;
    if (down && !is_storable_text(*down)) down = stored;
    row.has_down_script = down.has_value();
    row.down_script = down.value_or("");
    const auto say = [what](std::string text) { *what += (what->empty() ? "" : "; ") + std::move(text); };
    if (known == nullptr || known->checksum != row.checksum) {
        const std::string before = known == nullptr ? "" : std::string(known->checksum.view().substr(0, 12));
        say(fmt::format("{} counts as what was applied, SHA-256 {} instead of {}", file.up->entry.path,
                        row.checksum.substr(0, 12), before.empty() ? "none" : before));
    }
    if (known != nullptr && !known->name.empty() && known->name != row.name)
        say(fmt::format("it is called '{}' instead of '{}'", row.name, known->name.view()));
    if (down != stored) say(fmt::format("{} is the down script to be used", file.down->entry.path));
    return row;
}

void Repair::add(LedgerAction action, HistoryRow row) {
    work_.actions.push_back(std::move(action));
    work_.changes.push_back({work_.after, false, std::move(row)});
}

bool Repair::is_handled(const Finding& finding) const {
    return std::any_of(handled_.begin(), handled_.end(),
                       [&](const Version& version) { return version == Version::parse(finding.version); });
}

void Repair::add_left() {
    for (Finding& finding : survey_findings(survey_, policy_)) {
        const bool ours = std::find(kLeftCodes.begin(), kLeftCodes.end(), finding.code) != kLeftCodes.end();
        if (!ours || finding.severity == Severity::Info || is_handled(finding)) continue;
        if (finding.code == "missing-file" || finding.code == "unknown-version")
            finding.hint =
                fmt::format("bring the files back, or: godwit repair --forget {}", finding.version);
        work_.left.push_back(std::move(finding));
    }
}

LedgerWork baseline_work(const MigrationSet& migrations, const LedgerView& ledger, const Version& version,
                         Timestamp now) {
    migrations.require_sound();
    if (!migrations.find(version)) throw unknown_goal(version, migrations);
    const auto reading = read_ledger(migrations, ledger);
    require_clean(migrations, ledger, reading);
    std::vector<Version> applied;
    for (const Migration& file : migrations.in_order) {
        if (file.version <= version && !reading.is_applied(file.version)) applied.push_back(file.version);
    }
    LedgerWork work;
    work.seen = ledger.state;
    work.before = ledger.state.version;
    work.dirty = ledger.state.dirty;
    if (applied.empty() && reading.trust == Trust::InSync && !work.dirty) {
        work.after = work.before;
        return work;
    }
    applied.insert(applied.end(), reading.applied.begin(), reading.applied.end());
    std::sort(applied.begin(), applied.end());
    work.after = newest_of(applied);
    work.changes = aligning_changes(migrations, ledger, applied, work.after, "baseline", now);
    for (const LedgerChange& change : work.changes)
        work.actions.push_back(action_of(change, "baseline", "nothing is run for it"));
    return work;
}

void require_same(const LedgerState& seen, const LedgerState& now) {
    const auto head = [](const LedgerState& state) { return state.head ? state.head->id : 0; };
    const auto head_state = [](const LedgerState& state) {
        return state.head ? state.head->state : HistoryState::Applied;
    };
    if (seen.version == now.version && seen.dirty == now.dirty && head(seen) == head(now) &&
        head_state(seen) == head_state(now))
        return;
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format("the ledger has changed since it was looked at: it was at {}, and is at {}",
                               shown(seen.version), shown(now.version));
    info.state = "nothing was changed";
    info.next = "look again: godwit status";
    throw Error(std::move(info));
}

}  // namespace godwit::engine
