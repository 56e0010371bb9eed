#pragma once

#include <vector>

#include "engine/ledger_reading.hpp"
#include "godwit/dialect.hpp"
#include "godwit/driver.hpp"
#include "godwit/error.hpp"
#include "godwit/source.hpp"

namespace godwit::engine {

/// An applied migration whose up file is not what was applied.
struct Change {
    const Migration* migration = nullptr;
    bool only_layout = false;  ///< comments and white space: the tokens are the same
    bool tolerated = false;    ///< the checksum rule does not mind
    std::string diff{};        ///< against what was applied; see show_changes()
};

/// Reads the up files of what is applied and has a checksum, and compares. Keeps none of the texts.
std::vector<Change> find_changes(Source& source, const MigrationSet& migrations, const LedgerView& ledger,
                                 const LedgerReading& reading, const Dialect& dialect, ChecksumRule rule);
/// Fills in the diffs of the first changes that are not tolerated, from the files and what is stored.
void show_changes(std::vector<Change>& changes, Source& source, Driver& driver);

Finding change_finding(const Change& change);
/// Precondition: `changes` is not empty.
Error changed_error(const std::vector<Change>& changes);

}  // namespace godwit::engine
