#include "sql/batch.hpp"

#include <algorithm>

namespace godwit::sql {

void BatchSizer::done(std::size_t steps, std::chrono::microseconds took) {
    untried_ = false;
    if (took < limits_.grow_below) most_ = std::max(most_, steps);
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
                      const Batchable& batchable, const Batchable& quick) {
    if (!batchable(steps[first])) return first + 1;
    std::size_t most = sizer.most();
    if (quick && sizer.untried()) {
        const auto from = steps.subspan(first, std::min(sizer.limits().growth, steps.size() - first));
        const auto slow = std::ranges::find_if_not(from, quick);
        most = std::max(most, static_cast<std::size_t>(slow - from.begin()));
    }
    const std::size_t last = first + std::min(most, steps.size() - first);
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
