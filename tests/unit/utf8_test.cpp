#include "godwit/utf8.hpp"

#include <string>

#include "catch.hpp"

using namespace godwit;

namespace {

/// RFC 3629, section 4, as it stands there.
bool is_character(const std::string& bytes) {
    const auto in = [&](std::size_t index, unsigned first, unsigned last) {
        const unsigned byte = static_cast<unsigned char>(bytes[index]);
        return byte >= first && byte <= last;
    };
    const auto tail = [&](std::size_t index) { return in(index, 0x80, 0xBF); };
    switch (bytes.size()) {
        case 1:
            return in(0, 0, 0x7F);
        case 2:
            return in(0, 0xC2, 0xDF) && tail(1);
        case 3:
            return ((in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF)) || (in(0, 0xE1, 0xEC) && tail(1)) ||
                    (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F)) || (in(0, 0xEE, 0xEF) && tail(1))) &&
                   tail(2);
        case 4:
            return ((in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF)) || (in(0, 0xF1, 0xF3) && tail(1)) ||
                    (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F))) &&
                   tail(2) && tail(3);
        default:
            return false;
    }
}

/// The length that utf8_character() must give.
std::size_t length_of(const std::string& bytes) {
    for (std::size_t length = 1; length <= bytes.size(); ++length)
        if (is_character(bytes.substr(0, length))) return length;
    return 0;
}

/// How many of these beginnings of four bytes get another length.
std::size_t wrong_lengths(const std::string& bytes) {
    std::size_t wrong = 0;
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        const std::string text = bytes.substr(0, size);
        if (utf8_character(text) != length_of(text)) ++wrong;
    }
    return wrong;
}

}  // namespace

TEST_CASE("a character is what RFC 3629 says", "[text]") {
    CHECK(utf8_character("") == 0);
    const std::string others("\x00\x41\x7F\x80\xBF\xC0\xFF", 7);
    std::size_t wrong = 0;
    for (unsigned two = 0; two < 0x10000U; ++two) {
        const std::string begin{static_cast<char>(two >> 8U), static_cast<char>(two & 0xFFU)};
        for (const char third : others)
            for (const char fourth : others)
                wrong += wrong_lengths(begin + third + fourth);
    }
    CHECK(wrong == 0);
}

TEST_CASE("text that can be stored, wherever in it the odd byte stands", "[text]") {
    CHECK(is_storable_text(""));
    for (std::size_t before = 0; before < 140; ++before) {
        for (const std::size_t behind : {0U, 1U, 63U, 64U, 65U, 200U}) {
            const auto around = [&](const std::string& middle) {
                return is_storable_text(std::string(before, 'a') + middle + std::string(behind, '\x7F'));
            };
            CAPTURE(before, behind);
            REQUIRE(around("\xC3\xA9"));
            REQUIRE(around("\xE2\x82\xAC"));
            REQUIRE(around("\xF0\x9F\x90\xA6"));
            REQUIRE_FALSE(around(std::string(1, '\0')));
            REQUIRE_FALSE(around("\x80"));
            REQUIRE_FALSE(around("\xC3"));
            REQUIRE_FALSE(around("\xE2\x82"));
            REQUIRE_FALSE(around("\xF0\x9F\x90"));
            REQUIRE_FALSE(around("\xED\xA0\x80"));
            REQUIRE(ascii_prefix(std::string(before, 'a') + "\xC3") == before);
        }
    }
}
