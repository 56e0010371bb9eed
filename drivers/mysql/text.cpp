#include "mysql/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/ascii.hpp"
#include "godwit/utf8.hpp"

namespace godwit::mysql {
namespace {

std::string valid(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = utf8_character(text);
        out += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace

std::string literal(std::string_view text) {
    const std::string plain = valid(text);
    std::string out;
    if (plain.find('\\') != std::string::npos || plain.find('\0') != std::string::npos) {
        out = "_utf8mb4 X'";
        for (const char c : plain)
            out += fmt::format("{:02X}", static_cast<unsigned char>(c));
    } else {
        out = "'";
        for (const char c : plain)
            out.append(c == '\'' ? 2 : 1, c);
    }
    return out + "'";
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool mentions(std::string_view text, std::string_view word) {
    const auto same = [](char a, char b) { return ascii_lower(a) == b; };
    for (auto from = text.begin();;) {
        const auto at = std::search(from, text.end(), word.begin(), word.end(), same);
        if (at == text.end()) return false;
        const auto end = at + static_cast<std::ptrdiff_t>(word.size());
        const bool begins = at == text.begin() || !is_word_character(*(at - 1));
        if (begins && (end == text.end() || !is_word_character(*end))) return true;
        from = at + 1;
    }
}

std::string word_at(std::string_view sql, std::size_t index) {
    std::string word;
    for (const char c : ascii_lower(sql.substr(0, 60))) {
        if (is_word_character(c)) {
            word += c;
        } else if (!word.empty()) {
            if (index-- == 0) return word;
            word.clear();
        }
    }
    return index == 0 ? word : "";
}

}  // namespace godwit::mysql
