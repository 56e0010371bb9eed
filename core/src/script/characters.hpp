#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "godwit/ascii.hpp"

namespace godwit::script {

/// What a byte can begin or belong to. Bytes from 0x80 are letters, as in every server's lexer.
enum class CharClass : std::uint8_t {
    Blank,
    Letter,
    Digit,
    Quote,
    DoubleQuote,
    Backtick,
    Dollar,
    Dash,
    Slash,
    Star,
    Hash,
    Bracket,
    Semicolon,
    Other
};

constexpr CharClass classify_byte(unsigned byte) {
    const char c = static_cast<char>(byte);
    if (byte == ' ' || (byte >= 9 && byte <= 13)) return CharClass::Blank;
    if (byte >= 0x80 || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return CharClass::Letter;
    if (c >= '0' && c <= '9') return CharClass::Digit;
    constexpr std::string_view kSpecial = "'\"`$-/*#[;";
    constexpr std::array kClasses{CharClass::Quote,    CharClass::DoubleQuote, CharClass::Backtick,
                                  CharClass::Dollar,   CharClass::Dash,        CharClass::Slash,
                                  CharClass::Star,     CharClass::Hash,        CharClass::Bracket,
                                  CharClass::Semicolon};
    const std::size_t at = kSpecial.find(c);
    return at == std::string_view::npos ? CharClass::Other : kClasses.at(at);
}

inline constexpr std::array<CharClass, 256> kCharClasses = [] {
    std::array<CharClass, 256> table{};
    for (unsigned byte = 0; byte < table.size(); ++byte)
        table[byte] = classify_byte(byte);
    return table;
}();

/// What goes on in a word once it began: letters, digits and '$', in all dialects.
inline constexpr std::array<bool, 256> kWordBytes = [] {
    std::array<bool, 256> table{};
    for (unsigned byte = 0; byte < table.size(); ++byte) {
        const CharClass c = classify_byte(byte);
        table[byte] = c == CharClass::Letter || c == CharClass::Digit || c == CharClass::Dollar;
    }
    return table;
}();

/// "Not found", of every search in a text.
constexpr std::size_t kNone = std::string_view::npos;

constexpr CharClass char_class(char c) {
    return kCharClasses[static_cast<unsigned char>(c)];
}
constexpr bool is_blank(char c) {
    return char_class(c) == CharClass::Blank;
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_word_byte(char c) {
    return kWordBytes[static_cast<unsigned char>(c)];
}

/// `word` equals `lower`, which is in lower case, but for the case of ASCII letters.
constexpr bool iequals(std::string_view word, std::string_view lower) {
    if (word.size() != lower.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (ascii_lower(word[i]) != lower[i]) return false;
    return true;
}

template <class... Words>
constexpr bool is_any(std::string_view word, Words... lower) {
    return (iequals(word, lower) || ...);
}

}  // namespace godwit::script
