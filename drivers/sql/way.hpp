#pragma once

#include <algorithm>
#include <chrono>

namespace godwit::sql {

/// How long the way to the server and back is, as far as its answers tell: the quickest of them so far. A
/// value; zero before the first.
class Way {
  public:
    using Clock = std::chrono::steady_clock;

    /// The time of one answer.
    class Answer {
      public:
        explicit Answer(Way& way) : way_(way) {}
        ~Answer() { way_.took(Clock::now() - begin_); }
        Answer(const Answer&) = delete;
        Answer& operator=(const Answer&) = delete;

      private:
        Way& way_;
        Clock::time_point begin_ = Clock::now();
    };

    [[nodiscard]] std::chrono::microseconds quickest() const noexcept { return quickest_; }
    /// From here on an answer that nobody needs is not waited for.
    [[nodiscard]] bool is_far() const noexcept { return quickest_ >= std::chrono::milliseconds(1); }

  private:
    void took(Clock::duration time) noexcept {
        const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(time);
        quickest_ = quickest_.count() == 0 ? micro : std::min(quickest_, micro);
    }

    std::chrono::microseconds quickest_{0};
};

}  // namespace godwit::sql
