#include "godwit/utf8.hpp"

#include <algorithm>

#include "text/blocks.hpp"

namespace godwit {
namespace {

/// The byte at `index` is there and between the two.
bool is_between(std::string_view text, std::size_t index, unsigned smallest, unsigned largest) noexcept {
    if (index >= text.size()) return false;
    const unsigned byte = static_cast<unsigned char>(text[index]);
    return byte >= smallest && byte <= largest;
}

bool continues(std::string_view text, std::size_t index) noexcept {
    return is_between(text, index, 0x80, 0xBF);
}

/// utf8_character() of a text that is not empty. The second byte tells overlong forms, surrogates, and what
/// is behind U+10FFFF.
std::size_t character(std::string_view text) noexcept {
    const unsigned lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    if (lead < 0xE0) return continues(text, 1) ? 2 : 0;
    const bool second = is_between(text, 1,
                                   lead == 0xE0   ? 0xA0
                                   : lead == 0xF0 ? 0x90
                                                  : 0x80,
                                   lead == 0xED   ? 0x9F
                                   : lead == 0xF4 ? 0x8F
                                                  : 0xBF);
    if (!second || !continues(text, 2)) return 0;
    if (lead < 0xF0) return 3;
    return continues(text, 3) ? 4 : 0;
}

}  // namespace

std::size_t utf8_character(std::string_view text) noexcept {
    return text.empty() ? 0 : character(text);
}

std::size_t ascii_prefix(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at + sizeof(ByteBlock) <= text.size() && is_ascii(block_at(text.data() + at)))
        at += sizeof(ByteBlock);
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80)
        ++at;
    return at;
}

/// Once through the text: it may be larger than any cache.
bool is_storable_text(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t stop = std::min(at + sizeof(ByteBlock), text.size());
        if (stop - at == sizeof(ByteBlock) && is_plain(block_at(text.data() + at))) {
            at = stop;
            continue;
        }
        while (at < stop) {
            const std::size_t length = text[at] == '\0' ? 0 : character(text.substr(at));
            if (length == 0) return false;
            at += length;
        }
    }
    return true;
}

}  // namespace godwit
