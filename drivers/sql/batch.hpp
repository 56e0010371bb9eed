#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>

#include "godwit/driver.hpp"

/// Several steps in one round trip: which ones, and how many. How a batch is made and read back is the
/// driver's.
namespace godwit::sql {

struct BatchLimits {
    std::size_t steps = 256;
    std::size_t bytes = 1U << 20U;  ///< of script text; a step above it goes alone
    std::size_t growth = 16;        ///< at most so many times as many steps as in the batch before
    std::chrono::microseconds grow_below{100'000};
};

/// How many steps the next batch may have. Starts with one, or with more of which it can be seen that they
/// are quick, and grows to as many as should take `grow_below` after what the full batch before took, and to
/// twice as many at least where that took less, so that stopping stays prompt and a failure is seen early;
/// halves where one took more than twice as long.
class BatchSizer {
  public:
    explicit BatchSizer(BatchLimits limits = {}) : limits_(limits) {}

    [[nodiscard]] std::size_t most() const noexcept { return most_; }
    /// Nothing is known yet of how long steps take here.
    [[nodiscard]] bool untried() const noexcept { return untried_; }
    [[nodiscard]] const BatchLimits& limits() const noexcept { return limits_; }
    /// `took` is the database's work, without the way there and back: far servers are not to be asked more
    /// often.
    void done(std::size_t steps, std::chrono::microseconds took);

  private:
    [[nodiscard]] std::size_t growth(std::chrono::microseconds took) const;

    BatchLimits limits_;
    std::size_t most_ = 1;
    bool untried_ = true;
};

/// Whether a step may share a round trip. Steps before and behind one that may not are in different batches.
/// Or whether it can be seen that it is quick.
using Batchable = std::function<bool(const Step&)>;

/// End of the batch that begins at `first`: first + 1 where steps[first] is not batchable; otherwise the run
/// of batchable steps, cut at sizer.most() and at the limit of bytes; as long as the sizer is untried, rather
/// at `growth` steps of which all are `quick`, where that is not null. `first` < steps.size().
std::size_t batch_end(std::span<const Step> steps, std::size_t first, const BatchSizer& sizer,
                      const Batchable& batchable, const Batchable& quick = nullptr);

}  // namespace godwit::sql
