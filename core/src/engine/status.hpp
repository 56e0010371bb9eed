#pragma once

#include "engine/ledger_reading.hpp"
#include "engine/verify.hpp"
#include "godwit/migrator.hpp"

namespace godwit::engine {

/// Everything status() and validate() look at.
struct Survey {
    const MigrationSet& migrations;
    const LedgerView& ledger;
    const LedgerReading& reading;
    const std::vector<Change>& changes;
};

/// One row for each version that files or ledger know, in order of versions.
std::vector<MigrationStatus> status_rows(const Survey& survey);

/// Findings of files and ledger, and what only both show: changed, out of order, dirty, renamed.
std::vector<Finding> survey_findings(const Survey& survey, const Policy& policy);

}  // namespace godwit::engine
