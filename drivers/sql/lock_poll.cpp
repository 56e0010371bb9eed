#include "sql/lock_poll.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "godwit/duration.hpp"
#include "godwit/error.hpp"

namespace godwit::sql {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Milliseconds kFirstPause{5};
/// Programs that start together mostly have nothing to do when the first is done: they should not sleep long.
constexpr Milliseconds kLongestAtFirst{40};
constexpr Milliseconds kAtFirst{2000};
constexpr Milliseconds kLongestPause{250};
constexpr Milliseconds kTellEvery{1000};

[[noreturn]] void not_free(const std::string& holder, Milliseconds waited) {
    const std::string time =
        waited < Milliseconds(1) ? "now (not waited for)" : "within " + format_duration(waited);
    ErrorInfo info;
    info.code = Errc::Locked;
    info.message = fmt::format("the migration lock was not free {}: held by {}", time,
                               holder.empty() ? "an unknown session" : holder);
    info.hint = "another migration is running; wait longer with --lock-timeout, or look at the holder";
    info.state = "nothing was changed";
    info.transient = true;
    throw Error(std::move(info));
}

}  // namespace

void poll_lock(const LockPoll& poll, const Deadline& deadline, const LockWaiting& waiting) {
    const auto start = Clock::now();
    const auto waited = [&] { return std::chrono::duration_cast<Milliseconds>(Clock::now() - start); };
    Milliseconds pause = kFirstPause;
    Milliseconds told{0};
    while (true) {
        if (waiting && waited() - told >= kTellEvery) {
            told = waited();
            waiting(poll.holder(), told);
        }
        // behind it: what a session that waits is seen to run is its try to take the lock
        if (poll.try_lock()) return;
        const bool slept = pause != kFirstPause;
        if (deadline.expired()) not_free(poll.holder(), slept ? waited() : Milliseconds(0));
        if (poll.stop && poll.stop()) fail(Errc::Interrupted, "stopped while waiting for the migration lock");
        // never less than a millisecond: the clock's rounding must not make the last stretch a busy loop
        std::this_thread::sleep_for(std::clamp(deadline.remaining(pause), Milliseconds(1), pause));
        pause = std::min(pause * 2, waited() < kAtFirst ? kLongestAtFirst : kLongestPause);
    }
}

}  // namespace godwit::sql
