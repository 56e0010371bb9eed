#pragma once

#include <vector>

#include "engine/ledger_reading.hpp"

namespace godwit::engine {

/// Rows that bring the history in line with `applied`, all of `kind`, showing `version` in the version table:
/// "baseline" for what counts as applied and has no such row, "rolled-back" for the reverse.
std::vector<LedgerChange> aligning_changes(const MigrationSet& migrations, const LedgerView& ledger,
                                           const std::vector<Version>& applied,
                                           const std::optional<Version>& version, std::string_view kind,
                                           Timestamp now);

}  // namespace godwit::engine
