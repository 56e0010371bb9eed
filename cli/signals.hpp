#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "godwit/deadline.hpp"
#include "godwit/driver.hpp"

namespace godwit::cli {

/// What happens now to a run that is to end.
enum class Stopping : std::uint8_t {
    Behind,      ///< first signal: the running migration is finished, none is begun
    Cancelling,  ///< second signal: the running statement is cancelled on the server
    GraceOver,   ///< the running migration took too long after the first one: cancelled as well
};

/// SIGINT, SIGTERM and SIGHUP, taken by a thread of its own. While nothing runs, the first one ends the
/// program with exit code 130: nothing was begun. While migrations run, the first one asks to stop behind the
/// running migration; the second, or the end of the grace, cancels the running statement on the server; one
/// more ends the program at once. Make it before anything that starts threads: they inherit the blocked
/// signals.
class Signals {
  public:
    /// `abandon` tells that the program ends at once, `asked` what happens to a run. Both on the thread.
    Signals(std::function<void()> abandon, std::function<void(Stopping)> asked);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// How long the running migration may go on behind the first signal; without a call: as long as it takes.
    void set_grace(Milliseconds grace) noexcept { grace_ = grace.count(); }
    /// Whose statements are cancelled: any number of drivers, each from watch() to unwatch(), which waits for
    /// a cancel() that runs. Thread-safe.
    void watch(Driver& driver);
    void unwatch(Driver& driver);
    void set_running(bool running) noexcept { running_ = running; }
    /// What was to be done is done: a signal that comes now changes nothing and is not answered.
    void set_finished() noexcept { finished_ = true; }
    [[nodiscard]] bool stop_asked() const noexcept { return count_ > 0; }
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

  private:
    void loop();
    void receive();
    void cancel(Stopping why);
    [[nodiscard]] int patience() const;

    std::function<void()> abandon_;
    std::function<void(Stopping)> asked_;
    std::atomic<std::int64_t> grace_ = -1;  ///< milliseconds; -1: no end
    std::optional<Deadline> grace_end_;     ///< of the thread; none: nothing is to be cancelled
    std::atomic<bool> cancelled_ = false;
    std::atomic<bool> running_ = false;
    std::atomic<bool> finished_ = false;
    std::atomic<int> count_ = 0;
    std::mutex driver_mutex_;
    std::vector<Driver*> drivers_;
    int signal_fd_ = -1;
    int end_fd_ = -1;
    std::thread thread_;
};

/// The time in which a driver's statements are cancelled by a signal. The driver must outlive it.
class Watched {
  public:
    Watched(Signals& signals, Driver& driver) : signals_(signals), driver_(driver) {
        signals_.watch(driver_);
    }
    ~Watched() { signals_.unwatch(driver_); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

  private:
    Signals& signals_;
    Driver& driver_;
};

/// Marks the time in which a signal must not end the program at once; behind it nothing is left to be
/// stopped.
class RunGuard {
  public:
    explicit RunGuard(Signals& signals) : signals_(signals) { signals_.set_running(true); }
    ~RunGuard() { signals_.set_finished(); }
    RunGuard(const RunGuard&) = delete;
    RunGuard& operator=(const RunGuard&) = delete;

  private:
    Signals& signals_;
};

}  // namespace godwit::cli
