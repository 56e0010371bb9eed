#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

/// The candidate that `word` was probably meant to be: smallest Damerau-Levenshtein distance, case ignored,
/// the first of equals. Nullopt where every candidate is too far (more than a third of the word, at least 1).
[[nodiscard]] GODWIT_API std::optional<std::string> nearest(std::string_view word,
                                                            std::span<const std::string_view> candidates);

}  // namespace godwit
