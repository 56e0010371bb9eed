#pragma once

#include "engine/ledger_reading.hpp"
#include "godwit/dialect.hpp"
#include "godwit/error.hpp"

namespace godwit::engine {

/// A dirty row that another tool left: what it can mean, and the command for each case.
Error unexplained_dirt(const MigrationSet& migrations, const LedgerState& state);

/// A migration of ours that is half-done, and what was asked for does not begin with finishing it.
/// `may_go_on`: the command that goes on with it is among those to type next.
Error half_done(const HistoryRow& unfinished, const LedgerReading& reading, std::string_view why,
                bool may_go_on = true);

/// Adds to the error of unexplained_dirt() what the database kept, which depends on whether it can roll back
/// schema changes.
void explain_kept(ErrorInfo& info, const Dialect& dialect);

}  // namespace godwit::engine
