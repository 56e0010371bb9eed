#include <utility>

#include "godwit/ledger.hpp"

namespace godwit {

bool counts_as_applied(HistoryState state) noexcept {
    return state != HistoryState::RolledBack && state != HistoryState::Forced;
}

AppliedVersion applied_version(const HistoryRow& row, Version version) {
    return {.version = std::move(version),
            .name = row.name,
            .state = row.state,
            .direction = row.direction,
            .has_down_script = row.has_down_script,
            .checksum = row.checksum,
            .token_checksum = row.token_checksum,
            .applied_at = row.started_at,
            .duration_ms = row.duration_ms,
            .statements_done = row.statements_done,
            .statements_total = row.statements_total};
}

}  // namespace godwit
