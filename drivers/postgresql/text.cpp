#include "postgresql/text.hpp"

#include <algorithm>

namespace godwit::postgresql {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Overlong forms, surrogates and what lies above U+10FFFF show in the first two bytes.
bool legal_start(unsigned char first, unsigned char second) {
    if (first == 0xE0) return second >= 0xA0;
    if (first == 0xED) return second <= 0x9F;
    if (first == 0xF0) return second >= 0x90;
    if (first == 0xF4) return second <= 0x8F;
    return true;
}

}  // namespace

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

std::size_t utf8_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first == 0) return 0;
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                             : (first & 0xF0U) == 0xE0U       ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
    if (size == 0 || text.size() < size) return 0;
    if (!std::ranges::all_of(text.substr(1, size - 1), continues)) return 0;
    return legal_start(first, static_cast<unsigned char>(text[1])) ? size : 0;
}

bool is_storable(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = utf8_character(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string literal(std::string_view text) {
    const bool escaped = text.find('\\') != std::string_view::npos;
    std::string out(escaped ? "E'" : "'");
    while (!text.empty()) {
        const std::size_t size = utf8_character(text);
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
