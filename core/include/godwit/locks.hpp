#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/ledger.hpp"

namespace godwit {

enum class LockRole : std::uint8_t {
    Holder,   ///< has the migration lock
    Waiter,   ///< wants it
    Blocker,  ///< holds what the holder's running statement waits for
};
GODWIT_API std::string_view lock_role_name(LockRole role) noexcept;  ///< "holder" …

/// One session that has to do with the migration lock. What is not known is empty.
struct LockSession {
    LockRole role = LockRole::Holder;
    std::string id;  ///< the server's number of the session, or of the process
    std::string user;
    std::string host;
    std::string application;
    std::optional<Timestamp> since;  ///< when the session began
    std::string state;               ///< the server's own word: "active", "idle in transaction", "Sleep"
    std::string statement;           ///< what it runs, or ran last; cut to 200 characters
    std::string blocks;              ///< Blocker: id of the session that waits for it
    std::string object;              ///< Blocker: what is waited for ("table public.users")
    bool certain = true;             ///< false: the server does not tell who; this one may be it
};

struct LockReport {
    std::string
        lock;  ///< what the lock is on this database ("advisory lock 4711", "file app.db-godwit-lock")
    std::vector<LockSession> sessions;
};

}  // namespace godwit
