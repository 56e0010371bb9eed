#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace godwit {

using Milliseconds = std::chrono::milliseconds;

/// A point in time until which something may be tried. A value; monotonic clock.
class Deadline {
  public:
    static Deadline in(Milliseconds span) { return Deadline(std::chrono::steady_clock::now() + span); }
    static Deadline never() { return Deadline(std::nullopt); }

    [[nodiscard]] bool expired() const { return at_ && std::chrono::steady_clock::now() >= *at_; }
    [[nodiscard]] bool is_never() const noexcept { return !at_; }
    /// Time left, never negative; `most` where there is more or no end.
    [[nodiscard]] Milliseconds remaining(Milliseconds most = Milliseconds(3'600'000)) const {
        if (!at_) return most;
        const auto left = std::chrono::duration_cast<Milliseconds>(*at_ - std::chrono::steady_clock::now());
        return std::clamp(left, Milliseconds(0), most);
    }

  private:
    explicit Deadline(std::optional<std::chrono::steady_clock::time_point> at) : at_(at) {}
    std::optional<std::chrono::steady_clock::time_point> at_;
};

}  // namespace godwit
