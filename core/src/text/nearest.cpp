#include "godwit/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "godwit/ascii.hpp"

namespace godwit {
namespace {

constexpr std::size_t kLongest = 64;  // nobody mistypes longer words; keeps hostile input cheap

/// Optimal string alignment: insertion, deletion, substitution, swap of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = ascii_lower(a[i - 1]) == ascii_lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && ascii_lower(a[i - 1]) == ascii_lower(b[j - 2]) &&
                                 ascii_lower(a[i - 2]) == ascii_lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.empty() || word.size() > kLongest) return std::nullopt;
    std::size_t best = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
    std::optional<std::string> found;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kLongest) continue;
        const std::size_t here = distance(word, candidate);
        // Nothing in common is no likeness, however short the two are.
        if (here >= best || here >= std::max(word.size(), candidate.size())) continue;
        best = here;
        found = std::string(candidate);
    }
    return found;
}

}  // namespace godwit
