#pragma once

#include "engine/ledger_reading.hpp"
#include "godwit/dialect.hpp"
#include "godwit/error.hpp"
#include "godwit/script.hpp"

namespace godwit::engine {

/// A dirty row that another tool left: what it can mean, and the command for each case.
Error unexplained_dirt(const MigrationSet& migrations, const LedgerState& state);

/// A migration of ours that is half-done, and what was asked for does not begin with finishing it.
/// `may_go_on`: the command that goes on with it is among those to type next.
Error half_done(const HistoryRow& unfinished, const LedgerReading& reading, std::string_view why,
                bool may_go_on = true);

/// The statement that was running, or that failed in its middle: nobody but a person can tell whether it took
/// effect. Names it, both states it may be in, and the command for each.
Error in_question(const HistoryRow& unfinished, const LedgerReading& reading, const Script& script,
                  std::string_view why);

/// Statements that have run are not in the file any more as they were. `changed`: their indexes, or none
/// where it can only be told that the file is another one.
Error changed_since(const HistoryRow& unfinished, const LedgerReading& reading, const Script& script,
                    const std::vector<std::size_t>& changed);

/// Adds to the error of unexplained_dirt() what the database kept, which depends on whether it can roll back
/// schema changes.
void explain_kept(ErrorInfo& info, const Dialect& dialect);

}  // namespace godwit::engine
