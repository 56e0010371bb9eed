#include "postgresql/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "godwit/ascii.hpp"
#include "godwit/utf8.hpp"

namespace godwit::postgresql {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

/// Horspool's search: a script of megabytes is passed in steps of the word's length.
bool mentions(std::string_view text, std::string_view word) {
    std::array<std::uint8_t, 256> step{};  // words are shorter than that
    step.fill(static_cast<std::uint8_t>(word.size()));
    for (std::size_t i = 0; i + 1 < word.size(); ++i)
        step[static_cast<unsigned char>(word[i])] = static_cast<std::uint8_t>(word.size() - 1 - i);
    for (std::size_t at = 0; at + word.size() <= text.size();) {
        const auto there = text.substr(at, word.size());
        const char last = ascii_lower(there.back());
        if (last == word.back() && ascii_iequal(there, word)) return true;
        at += step[static_cast<unsigned char>(last)];
    }
    return false;
}

std::optional<std::string> from_hex(std::string_view digits) {
    if (digits.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

std::string literal(std::string_view text) {
    const bool escaped = text.find('\\') != std::string_view::npos;
    std::string out(escaped ? "E'" : "'");
    while (!text.empty()) {
        const std::size_t size = text.front() == '\0' ? 0 : utf8_character(text);
        if (size == 0) {
            out += "\xEF\xBF\xBD";
        } else {
            if (text.front() == '\'' || (escaped && text.front() == '\\')) out += text.front();
            out += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out + "'";
}

}  // namespace godwit::postgresql
