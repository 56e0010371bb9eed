#pragma once

#include "engine/ledger_reading.hpp"
#include "godwit/driver.hpp"
#include "godwit/script.hpp"

namespace godwit::engine {

struct HalfDone {
    const HistoryRow& row;
    const LedgerReading& reading;
    const Script& script;  ///< as it is now
};

struct ResumePoint {
    std::size_t statement = 0;
    std::string remark;  ///< for the history: how it came to this; "" where nothing was in question
    std::optional<Finding> finding;  ///< the same for who looks on
};

/// The statement at which a half-done script goes on: behind those that are done, or its beginning where they
/// changed the session only, which is gone. Asks the driver what became of a statement that was running when
/// the run was cut off; `wish` answers for it. Throws Errc::Dirty with the choices unless it is certain that
/// going on there repeats nothing and leaves nothing out, and Errc::Usage for a wish where nothing is in
/// question.
ResumePoint resume_point(const HalfDone& half, Driver& driver, ResumeWish wish);

/// Which of the first `count` statements are not those that were run, by index; nullopt where the history
/// does not tell.
std::optional<std::vector<std::size_t>> changed_statements(const HistoryRow& row, const Script& script,
                                                           std::size_t count);

}  // namespace godwit::engine
