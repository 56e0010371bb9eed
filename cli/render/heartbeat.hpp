#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "godwit/event.hpp"
#include "godwit/watcher.hpp"

namespace godwit::cli {

/// Where a run is, as far as its events tell. A value.
struct RunPosition {
    using Time = std::chrono::steady_clock::time_point;

    bool running = false;  ///< a migration is at work
    std::size_t steps = 0;
    std::size_t done = 0;
    std::string version;
    std::string name;
    std::string file;
    std::size_t statements = 0;
    std::size_t statements_done = 0;  ///< 0 also where the driver sends a script whole
    Time migration_began;
    Time statement_began;

    void note(const Event& event, Time now);
};

/// What is told of a migration that takes its time.
struct Beat {
    RunPosition position;
    std::chrono::milliseconds elapsed{0};       ///< of the migration
    std::optional<StatementProgress> progress;  ///< nullopt: the server was not asked, or says nothing
};

/// When something is told and asked.
struct Pace {
    std::chrono::milliseconds tick;        ///< how often the thread looks up
    std::chrono::milliseconds tell_every;  ///< since a migration began, and since the last time
    std::chrono::milliseconds look_after;  ///< a statement that is quicker does not bother the server
    std::chrono::milliseconds look_every;

    static Pace terminal();
    static Pace pipe();
};

/// Decides from events and the time what is told; has no clock and no thread. Thread-safe. What `tell` and
/// `trouble` do must not call it.
class Heartbeat {
  public:
    using Time = RunPosition::Time;
    using Tell = std::function<void(const Beat&)>;
    using Trouble = std::function<void(const std::string& why)>;

    /// `trouble` hears once why the server cannot be asked.
    Heartbeat(Pace pace, Tell tell, Trouble trouble);

    /// Whom to ask; may be null.
    void watch(std::unique_ptr<Watcher> watcher);
    void on(const Event& event, Time now);
    /// Time goes by. Asks the watcher where that is due, which may take seconds; from one thread only.
    void beat(Time now);

  private:
    [[nodiscard]] bool due(Time now) const;
    [[nodiscard]] bool look_due(Time now) const;
    void look();

    Pace pace_;
    Tell tell_;
    Trouble trouble_;
    std::mutex mutex_;  ///< guards all below but watcher_, which is the beating thread's
    RunPosition position_;
    std::optional<StatementProgress> progress_;
    Time told_;
    Time looked_;
    std::size_t statement_ = 0;  ///< counts them, so that an answer for an earlier one is known
    bool troubled_ = false;
    std::unique_ptr<Watcher> watcher_;
};

/// Hands events on, and tells in between from a thread of its own, which begins with the first migration.
class BeatingReporter : public Reporter {
  public:
    /// `tell` null: only hands on.
    BeatingReporter(Reporter& inner, Pace pace, Heartbeat::Tell tell, Heartbeat::Trouble trouble);
    ~BeatingReporter() override;
    /// Before the run.
    void watch(std::unique_ptr<Watcher> watcher) { heart_.watch(std::move(watcher)); }
    void on(const Event& event) override;

  private:
    void run(const std::stop_token& stop);

    Reporter& inner_;
    Pace pace_;
    bool beats_;
    Heartbeat heart_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::jthread thread_;  ///< last: it uses all the others
};

/// The line that changes: bar, count, file, statement, time, and what the server says; at most `width`
/// characters.
std::string bar_line(const Beat& beat, std::size_t width);
/// A line of its own, for pipes.
std::string plain_line(const Beat& beat);

}  // namespace godwit::cli
