#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "godwit/driver.hpp"

namespace godwit::cli {

/// SIGINT, SIGTERM and SIGHUP, taken by a thread of its own. While nothing runs, the first one ends the
/// program with exit code 130: nothing was begun. While migrations run, the first one asks to stop behind the
/// running migration, the second cancels the running statement on the server, the third ends the program at
/// once. Make it before anything that starts threads: they inherit the blocked signals.
class Signals {
  public:
    /// `abandon` tells that the program ends at once; `asked` is told the number of the signal (1, 2) during
    /// a run.
    Signals(std::function<void()> abandon, std::function<void(int)> asked);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Whose statement the second signal cancels; null: nobody's. The driver must outlive that.
    void watch(Driver* driver);
    void set_running(bool running) noexcept { running_ = running; }
    /// What was to be done is done: a signal that comes now changes nothing and is not answered.
    void set_finished() noexcept { finished_ = true; }
    [[nodiscard]] bool stop_asked() const noexcept { return count_ > 0; }
    [[nodiscard]] bool cancelled() const noexcept { return count_ > 1; }

  private:
    void loop();
    void receive();

    std::function<void()> abandon_;
    std::function<void(int)> asked_;
    std::atomic<bool> running_ = false;
    std::atomic<bool> finished_ = false;
    std::atomic<int> count_ = 0;
    std::mutex driver_mutex_;
    Driver* driver_ = nullptr;
    int signal_fd_ = -1;
    int end_fd_ = -1;
    std::thread thread_;
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
