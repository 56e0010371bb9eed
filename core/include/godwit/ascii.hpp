#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace godwit {

/// `c` in lower case where it is a letter of ASCII, whatever the locale; every other byte as it is.
[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// `text` with its ASCII letters in lower case; bytes of other characters stay.
[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = ascii_lower(c);
    return lower;
}

/// `a` and `b` are the same but for the case of ASCII letters.
[[nodiscard]] constexpr bool ascii_iequal(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
    return true;
}

}  // namespace godwit
