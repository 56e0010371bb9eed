#include "engine/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

std::vector<Change> find_changes(Source& source, const MigrationSet& migrations, const LedgerView& ledger,
                                 const LedgerReading& reading, const Dialect& dialect) {
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
        changes.push_back({check.migration, same_tokens(std::move(content), check, dialect)});
    });
    std::sort(changes.begin(), changes.end(),
              [](const Change& a, const Change& b) { return a.migration->version < b.migration->version; });
    return changes;
}

Finding change_finding(const Change& change) {
    const Migration& migration = *change.migration;
    return {"checksum-changed",
            Severity::Error,
            migration.version.text(),
            migration.up->entry.path,
            fmt::format("{} was edited after it had been applied: {}", migration.up->entry.path,
                        what_changed(change)),
            "restore the file as it was applied, and put the change into a new migration"};
}

Error changed_error(const std::vector<Change>& changes) {
    std::string files;
    for (const Change& change : changes) {
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
    info.hint = "restore the file as it was applied, and put the change into a new migration";
    info.state = "nothing was run";
    info.next = "godwit validate";
    return Error(std::move(info));
}

}  // namespace godwit::engine
