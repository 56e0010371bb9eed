#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "mysql/session.hpp"

namespace godwit::mysql {

/// Ends statements that run longer than they may, from a thread of its own: MySQL's max_execution_time counts
/// for SELECT alone. Lives as long as a packet is worked off.
class Watchdog {
  public:
    /// `limit` 0: watches nothing and costs nothing.
    Watchdog(Connection& connection, Milliseconds limit);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// A statement has ended, the next one begins.
    void next();
    /// Whether a statement was ended.
    [[nodiscard]] bool fired() const;
    [[nodiscard]] Milliseconds limit() const noexcept { return limit_; }

  private:
    void watch(const std::stop_token& stop);

    Connection& connection_;
    Milliseconds limit_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::chrono::steady_clock::time_point until_;
    bool fired_ = false;
    std::jthread thread_;  ///< last: it uses all the others
};

/// What one statement may take on this server, as far as the server does not see to it itself; 0 = anything.
Milliseconds unwatched_limit(const Connection& connection, std::optional<Milliseconds> directive);

}  // namespace godwit::mysql
