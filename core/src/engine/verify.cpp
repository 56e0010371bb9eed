#include "engine/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/diff.hpp"
#include "godwit/hash.hpp"
#include "godwit/script.hpp"

namespace godwit::engine {
namespace {

struct Check {
    const Migration* migration;
    const AppliedVersion* row;
};

std::vector<Check> checks_of(const MigrationSet& migrations, const LedgerView& ledger,
                             const LedgerReading& reading) {
    std::vector<Check> checks;
    for (const AppliedVersion& row : ledger.applied) {
        const bool ran_up = row.state == HistoryState::Applied && row.direction == Direction::Up;
        if (!ran_up || row.checksum.empty() || !reading.is_applied(row.version)) continue;
        const auto file = migrations.find(row.version);
        if (file && migrations.in_order[*file].up) checks.push_back({&migrations.in_order[*file], &row});
    }
    return checks;
}

bool same_tokens(std::string content, const Check& check, const Dialect& dialect) {
    if (check.row->token_checksum.empty()) return false;
    try {
        return Script::parse(std::move(content), dialect).token_sha256() == check.row->token_checksum;
    } catch (const Error&) {
        return false;  // what cannot be split now was another script when it ran
    }
}

const char* what_changed(const Change& change) {
    return change.only_layout ? "only comments or white space changed" : "its statements changed";
}

constexpr std::size_t kMostShown = 20;

std::string diff_of(const Change& change, Source& source, Driver& driver) {
    const Entry& entry = change.migration->up->entry;
    const auto applied = driver.stored_up_script(change.migration->version);
    if (!applied) return fmt::format("{}: the script as it was applied is not kept\n", entry.path);
    return unified_diff(*applied, source.read(entry), fmt::format("{} (as applied)", entry.path),
                        fmt::format("{} (now)", entry.path));
}

std::string ways_out(const Change& change) {
    return fmt::format(
        "restore the file as it was applied, and put the change into a new migration; or, if the file is "
        "right as it is: godwit repair --accept {}",
        change.migration->version.text());
}

}  // namespace

std::vector<Change> find_changes(Source& source, const MigrationSet& migrations, const LedgerView& ledger,
                                 const LedgerReading& reading, const Dialect& dialect, ChecksumRule rule) {
    const auto checks = checks_of(migrations, ledger, reading);
    std::vector<Entry> entries;
    entries.reserve(checks.size());
    for (const Check& check : checks)
        entries.push_back(check.migration->up->entry);
    std::vector<Change> changes;
    if (entries.empty()) return changes;
    source.read_many(entries, [&](std::size_t index, std::string content) {
        const Check& check = checks[index];
        if (sha256_hex(content) == check.row->checksum) return;
        const bool only_layout = same_tokens(std::move(content), check, dialect);
        changes.push_back({check.migration, only_layout, only_layout && rule == ChecksumRule::Tokens});
    });
    std::sort(changes.begin(), changes.end(),
              [](const Change& a, const Change& b) { return a.migration->version < b.migration->version; });
    return changes;
}

void show_changes(std::vector<Change>& changes, Source& source, Driver& driver) {
    std::size_t shown = 0;
    for (Change& change : changes) {
        if (change.tolerated || shown == kMostShown) continue;
        change.diff = diff_of(change, source, driver);
        ++shown;
    }
}

Finding change_finding(const Change& change) {
    const Migration& migration = *change.migration;
    return {"checksum-changed",
            change.tolerated ? Severity::Info : Severity::Error,
            migration.version.text(),
            migration.up->entry.path,
            fmt::format("{} was edited after it had been applied: {}", migration.up->entry.path,
                        what_changed(change)),
            change.tolerated ? std::string{} : ways_out(change),
            change.diff};
}

Error changed_error(const std::vector<Change>& changes) {
    std::string files;
    std::string diffs;
    for (const Change& change : changes) {
        diffs += change.diff;
        files += fmt::format("{}{} ({})", files.empty() ? "" : ", ", change.migration->up->entry.path,
                             what_changed(change));
    }
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format(
        "{} edited after being applied: {}",
        changes.size() == 1 ? "a migration was" : fmt::format("{} migrations were", changes.size()), files);
    info.where.file = changes.front().migration->up->entry.path;
    info.where.version = changes.front().migration->version.text();
    info.hint = ways_out(changes.front());
    info.excerpt = std::move(diffs);
    info.state = "nothing was run";
    info.next = "godwit validate";
    return Error(std::move(info));
}

}  // namespace godwit::engine
