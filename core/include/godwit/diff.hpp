#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

/// The unified diff of two texts with three lines of context: "--- old", "+++ new", then hunks; each line
/// ends with '\n'. A last line without a line end is told as `diff -u` does; carriage returns and tabs stay.
/// "" for equal texts. At most `most_lines` lines, then one that says how many were left out. Time is
/// bounded: where two large texts have little in common, the whole of one is shown replaced by the whole of
/// the other.
GODWIT_API std::string unified_diff(std::string_view old_text, std::string_view new_text,
                                    std::string_view old_name, std::string_view new_name,
                                    std::size_t most_lines = 200);

}  // namespace godwit
