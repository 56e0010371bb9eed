#include "godwit/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace godwit {
namespace {

struct Lead {
    std::size_t length = 0;  ///< 0: no lead byte
    std::uint32_t bits = 0;
    std::uint32_t smallest = 0;  ///< smaller code points have a shorter form
};

Lead lead_of(unsigned char byte) noexcept {
    if (byte < 0x80) return {1, byte, 0};
    if ((byte & 0xE0) == 0xC0) return {2, byte & 0x1FU, 0x80};
    if ((byte & 0xF0) == 0xE0) return {3, byte & 0x0FU, 0x800};
    if ((byte & 0xF8) == 0xF0) return {4, byte & 0x07U, 0x10000};
    return {};
}

}  // namespace

std::size_t utf8_character(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size()) return 0;
    std::uint32_t code = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80) return 0;
        code = (code << 6) | (byte & 0x3FU);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < lead.smallest || code > 0x10FFFF || surrogate ? 0 : lead.length;
}

std::size_t ascii_prefix(std::string_view text) noexcept {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    using Block = std::array<std::uint64_t, 8>;
    Block block{};
    std::size_t at = 0;
    for (; at + sizeof block <= text.size(); at += sizeof block) {
        std::memcpy(block.data(), text.data() + at, sizeof block);
        std::uint64_t all = 0;
        for (const std::uint64_t word : block)
            all |= word;
        if ((all & kHighBits) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80)
        ++at;
    return at;
}

bool is_storable_text(std::string_view text) noexcept {
    if (text.find('\0') != std::string_view::npos) return false;
    for (text.remove_prefix(ascii_prefix(text)); !text.empty(); text.remove_prefix(ascii_prefix(text))) {
        const std::size_t length = utf8_character(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace godwit
