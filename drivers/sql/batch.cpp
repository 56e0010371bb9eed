#include "sql/batch.hpp"

#include <algorithm>

namespace godwit::sql {

void BatchSizer::done(std::size_t steps, std::chrono::microseconds took) {
    if (took > limits_.grow_below * 2)
        most_ = std::max<std::size_t>(most_ / 2, 1);
    else if (steps >= most_ && took < limits_.grow_below)
        most_ = std::min(most_ * growth(took), limits_.steps);
}

std::size_t BatchSizer::growth(std::chrono::microseconds took) const {
    const auto times = limits_.grow_below / std::max(took, std::chrono::microseconds(1));
    return std::clamp<std::size_t>(static_cast<std::size_t>(times), 2, limits_.growth);
}

std::size_t batch_end(std::span<const Step> steps, std::size_t first, const BatchSizer& sizer,
                      const Batchable& batchable) {
    if (!batchable(steps[first])) return first + 1;
    const std::size_t last = first + std::min(sizer.most(), steps.size() - first);
    std::size_t bytes = steps[first].script.text().size();
    std::size_t end = first + 1;
    while (end < last && batchable(steps[end])) {
        bytes += steps[end].script.text().size();
        if (bytes > sizer.limits().bytes) break;
        ++end;
    }
    return end;
}

}  // namespace godwit::sql
