#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "godwit/api.hpp"
#include "godwit/deadline.hpp"

namespace godwit {

/// `500ms`, `15s`, `2m`, `1h`, their sums from large to small (`1m30s`), decimal fractions (`1.5s`), a bare
/// number = seconds. Nullopt for anything else: empty, blanks, a sign, more than 292 years.
[[nodiscard]] GODWIT_API std::optional<Milliseconds> parse_duration(std::string_view text);

/// For people: "0.4 ms", "38 ms", "1.2 s", "2m 05s", "3h 07m". Negative spans count as zero.
[[nodiscard]] GODWIT_API std::string format_duration(std::chrono::microseconds span);

}  // namespace godwit
