#include "engine/reconcile.hpp"

#include <algorithm>

namespace godwit::engine {
namespace {

HistoryRow ledger_row(const Version& version, std::string name, HistoryState state, std::string_view kind,
                      const std::optional<Version>& table_version, Timestamp now) {
    HistoryRow row;
    row.version = version.canonical();
    row.name = std::move(name);
    row.direction = state == HistoryState::RolledBack ? Direction::Down : Direction::Up;
    row.kind = kind;
    row.state = state;
    row.started_at = now;
    row.version_after = ledger_text(table_version);
    return row;
}

bool says_applied(const AppliedVersion* row) {
    return row != nullptr && (row->state == HistoryState::Applied || row->state == HistoryState::Baseline);
}

std::string name_of(const MigrationSet& migrations, const Version& version) {
    const auto index = migrations.find(version);
    return index ? std::string(migrations.in_order[*index].name()) : std::string{};
}

}  // namespace

std::vector<LedgerChange> aligning_changes(const MigrationSet& migrations, const LedgerView& ledger,
                                           const std::vector<Version>& applied,
                                           const std::optional<Version>& version, std::string_view kind,
                                           Timestamp now) {
    std::vector<LedgerChange> changes;
    const auto add = [&](const Version& row_version, std::string name, HistoryState state) {
        changes.push_back(
            {version, false, ledger_row(row_version, std::move(name), state, kind, version, now)});
    };
    for (const AppliedVersion& row : ledger.applied) {
        if (std::binary_search(applied.begin(), applied.end(), row.version)) continue;
        add(row.version, std::string(row.name), HistoryState::RolledBack);
    }
    for (const Version& wanted : applied) {
        if (says_applied(find_applied(ledger, wanted))) continue;
        add(wanted, name_of(migrations, wanted), HistoryState::Baseline);
    }
    return changes;
}

}  // namespace godwit::engine

namespace godwit {

std::vector<LedgerChange> reconciling_changes(const MigrationSet& migrations, const LedgerView& ledger,
                                              Timestamp now) {
    const auto reading = engine::read_ledger(migrations, ledger);
    if (reading.trust == engine::Trust::InSync) return {};
    return engine::aligning_changes(migrations, ledger, reading.applied, ledger.state.version, "reconcile",
                                    now);
}

}  // namespace godwit
