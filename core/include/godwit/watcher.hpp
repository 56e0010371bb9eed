#pragma once

#include <optional>
#include <string>

#include "godwit/api.hpp"

namespace godwit {

/// What the server says of the statement that a session runs just now.
struct StatementProgress {
    std::string phase;  ///< in the server's words ("building index: scanning table"); "" = it says nothing
    std::optional<double> percent;  ///< 0 to 100 of this phase, not of the statement; nullopt = not known
    std::string
        blocked_by;  ///< who holds what the statement waits for ("pid 4711, user app, …"); "" = nobody
};

/// Looks at a driver's session from a connection of its own, so that a long statement can be told about while
/// Driver::apply() runs in another thread. Used by one thread at a time, any thread. May outlive its driver,
/// but not the plugin.
class GODWIT_API Watcher {
  public:
    Watcher() = default;
    virtual ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    /// Opens the connection on the first call, reads and returns within a few seconds; writes nothing and
    /// takes no lock. nullopt: no statement runs. Throws godwit::Error where the connection or the right to
    /// look is not to be had: who asks again may get the same.
    virtual std::optional<StatementProgress> look() = 0;
};

}  // namespace godwit
