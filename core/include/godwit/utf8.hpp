#pragma once

#include <cstddef>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

/// Bytes of the UTF-8 character (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) that `text`
/// begins with, 1 to 4; 0 where it begins with none or is empty. NUL is a character of one byte.
GODWIT_API std::size_t utf8_character(std::string_view text) noexcept;

/// Bytes of ASCII that `text` begins with: most text is passed over by it, many bytes at a time.
GODWIT_API std::size_t ascii_prefix(std::string_view text) noexcept;

/// Whether every database takes `text` into a text column: valid UTF-8 without NUL.
GODWIT_API bool is_storable_text(std::string_view text) noexcept;

}  // namespace godwit
