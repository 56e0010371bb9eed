#pragma once

#include <vector>

#include "engine/ledger_reading.hpp"
#include "godwit/dialect.hpp"
#include "godwit/error.hpp"
#include "godwit/source.hpp"

namespace godwit::engine {

/// An applied migration whose up file is not what was applied.
struct Change {
    const Migration* migration = nullptr;
    bool only_layout = false;  ///< comments and white space: the tokens are the same
};

/// Reads the up files of what is applied and has a checksum, and compares. Keeps none of the texts.
std::vector<Change> find_changes(Source& source, const MigrationSet& migrations, const LedgerView& ledger,
                                 const LedgerReading& reading, const Dialect& dialect);

Finding change_finding(const Change& change);
/// Precondition: `changes` is not empty.
Error changed_error(const std::vector<Change>& changes);

}  // namespace godwit::engine
