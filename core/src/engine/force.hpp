#pragma once

#include <string>
#include <vector>

#include "engine/ledger_reading.hpp"

namespace godwit::engine {

/// The ledger changes of `force`: the "forced" row that says who and why, then what brings the history in
/// line: everything up to `version` counts as applied but for what is known to be out of order.
/// Throws Errc::Usage for a version that the version table cannot hold.
std::vector<LedgerChange> force_changes(const MigrationSet& migrations, const LedgerView& ledger,
                                        const std::optional<Version>& version, std::string why,
                                        Timestamp now);

}  // namespace godwit::engine
