#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "godwit/plan.hpp"

namespace godwit::engine {

/// How far the history can be believed.
enum class Trust : std::uint8_t {
    NoHistory,  ///< there is none: the version table's one number is all that is known
    InSync,     ///< godwit wrote last: the history is complete
    Moved,      ///< another tool moved the version since: the history holds up to where godwit left it
    TableOnly,  ///< a person set the version: everything up to it counts as applied
};

enum class Dirt : std::uint8_t {
    None,
    Explained,    ///< the newest history row is the migration that failed or was cut off
    Unexplained,  ///< another tool left it: nothing tells what failed
};

/// What files and ledger say together. Pure; for plan, status, validate and force alike.
struct LedgerReading {
    Trust trust = Trust::NoHistory;
    Dirt dirt = Dirt::None;
    std::vector<Version> applied;          ///< what counts as applied, ascending
    std::optional<HistoryRow> unfinished;  ///< begun, and part of it may have stayed
    std::vector<Finding> findings;

    [[nodiscard]] bool is_applied(const Version& version) const;
};

LedgerReading read_ledger(const MigrationSet& migrations, const LedgerView& ledger);

/// The history's row of a version, by binary search; null where there is none.
const AppliedVersion* find_applied(const LedgerView& ledger, const Version& version);

/// Canonical text, "" for nothing applied: as the ledger's `version_after` has it.
std::string ledger_text(const std::optional<Version>& version);
/// For messages: "20240903084155", or "no version" where nothing is applied.
std::string shown(const std::optional<Version>& version);

}  // namespace godwit::engine
