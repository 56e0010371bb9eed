#include "engine/force.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/reconcile.hpp"
#include "godwit/error.hpp"

namespace godwit::engine {
namespace {

void require_storable(const std::optional<Version>& version) {
    if (!version || version->as_bigint()) return;
    fail(Errc::Usage, fmt::format("version {} does not fit into the version table", version->text()),
         "it holds whole numbers up to 9223372036854775807");
}

/// True for a version that was never applied although newer ones were: forcing past it does not change that.
bool known_to_be_late(const LedgerReading& reading, const Version& version) {
    const bool complete = reading.trust == Trust::InSync || reading.trust == Trust::Moved;
    return complete && !reading.applied.empty() && version < reading.applied.back() &&
           !reading.is_applied(version);
}

std::vector<Version> applied_when_forced(const MigrationSet& migrations, const LedgerReading& reading,
                                         const Version& version) {
    std::vector<Version> applied;
    for (const Migration& file : migrations.in_order) {
        if (file.version < version && !known_to_be_late(reading, file.version))
            applied.push_back(file.version);
    }
    for (const Version& known : reading.applied) {
        if (known < version && !migrations.find(known)) applied.push_back(known);
    }
    applied.push_back(version);
    std::sort(applied.begin(), applied.end());
    return applied;
}

HistoryRow forced_row(const MigrationSet& migrations, const std::optional<Version>& version, std::string why,
                      Timestamp now) {
    const auto file = version ? migrations.find(*version) : std::nullopt;
    HistoryRow row;
    row.version = ledger_text(version);
    if (file) row.name = migrations.in_order[*file].name();
    row.kind = "force";
    row.state = HistoryState::Forced;
    row.started_at = now;
    row.error = std::move(why);
    row.version_after = row.version;
    return row;
}

}  // namespace

std::vector<LedgerChange> force_changes(const MigrationSet& migrations, const LedgerView& ledger,
                                        const std::optional<Version>& version, std::string why,
                                        Timestamp now) {
    require_storable(version);
    const auto reading = read_ledger(migrations, ledger);
    const auto applied =
        version ? applied_when_forced(migrations, reading, *version) : std::vector<Version>{};
    std::vector<LedgerChange> changes{{version, false, forced_row(migrations, version, std::move(why), now)}};
    auto aligning = aligning_changes(migrations, ledger, applied, version, "force", now);
    if (version) {
        // The "forced" row is the newest of its version and says nothing of it being applied; and standing
        // alone it would mean that nobody looked at the files, so that everything below counts.
        std::erase_if(aligning, [&](const LedgerChange& change) {
            return change.history->version == ledger_text(version);
        });
        HistoryRow row = *changes.front().history;
        row.state = HistoryState::Baseline;
        row.error.clear();
        aligning.push_back({version, false, std::move(row)});
    }
    changes.insert(changes.end(), std::make_move_iterator(aligning.begin()),
                   std::make_move_iterator(aligning.end()));
    return changes;
}

}  // namespace godwit::engine
