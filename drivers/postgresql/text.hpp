#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace godwit::postgresql {

/// Bytes from pairs of hex digits; nullopt for anything else.
std::optional<std::string> from_hex(std::string_view digits);

/// Whether `word`, in lower case, stands anywhere in `text`, in any case.
bool mentions(std::string_view text, std::string_view word);

/// 'text' or E'text' for any setting of standard_conforming_strings; NUL and what is not UTF-8 become U+FFFD.
std::string literal(std::string_view text);

}  // namespace godwit::postgresql
