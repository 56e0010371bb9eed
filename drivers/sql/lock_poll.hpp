#pragma once

#include <functional>
#include <string>

#include "godwit/deadline.hpp"
#include "godwit/driver.hpp"

namespace godwit::sql {

struct LockPoll {
    std::function<bool()> try_lock;        ///< one try that never waits; true = held now
    std::function<std::string()> holder;   ///< who holds it, as LockWaiting words it; "" where unknown
    std::function<bool()> stop = nullptr;  ///< may be null; true ends the waiting with Errc::Interrupted
};

/// Tries until it is held: at once, then after 5 ms, doubling up to 40 ms, after two seconds up to 250 ms.
/// Calls `waiting` (may be null) about once a second, first after one second. A deadline that has passed
/// already still gives one try. Throws Errc::Locked, naming the holder, when the deadline passes; and
/// whatever the functions throw.
void poll_lock(const LockPoll& poll, const Deadline& deadline, const LockWaiting& waiting);

}  // namespace godwit::sql
