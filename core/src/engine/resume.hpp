#pragma once

#include "engine/ledger_reading.hpp"
#include "godwit/script.hpp"

namespace godwit::engine {

/// The statement at which a half-done script goes on: behind those that are done, or its beginning where they
/// changed the session only, which is gone. Throws Errc::Dirty with the choices unless it is certain that
/// going on there repeats nothing and leaves nothing out. A file of its own because the rules grow with what
/// is known of the one statement that was running when a run was cut off.
std::size_t resume_point(const HistoryRow& unfinished, const LedgerReading& reading, const Script& script,
                         const Dialect& dialect);

}  // namespace godwit::engine
