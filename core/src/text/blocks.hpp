#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace godwit {

/// So many bytes are looked at together where text may be large: in a form that compilers turn into the
/// processor's own instructions for many bytes.
using ByteBlock = std::array<std::uint64_t, 8>;

inline constexpr std::uint64_t kOnes = 0x0101010101010101U;
inline constexpr std::uint64_t kHighBits = 0x80 * kOnes;

inline ByteBlock block_at(const char* bytes) noexcept {
    ByteBlock block;
    std::memcpy(block.data(), bytes, sizeof block);
    return block;
}

inline bool is_ascii(const ByteBlock& block) noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t word : block)
        all |= word;
    return (all & kHighBits) == 0;
}

/// ASCII without NUL: taking one from each byte sets the high bit of none but zeros.
inline bool is_plain(const ByteBlock& block) noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t word : block)
        all |= word | (word - kOnes);
    return (all & kHighBits) == 0;
}

/// `first` stands somewhere in the block at `bytes`, and `second` right behind it. Reads one byte more.
inline bool holds_pair(const char* bytes, char first, char second) noexcept {
    const ByteBlock left = block_at(bytes);
    const ByteBlock right = block_at(bytes + 1);
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const std::uint64_t differences = (left[i] ^ (kOnes * static_cast<unsigned char>(first))) |
                                          (right[i] ^ (kOnes * static_cast<unsigned char>(second)));
        any |= (differences - kOnes) & ~differences;  // the high bit of a byte that is zero
    }
    return (any & kHighBits) != 0;
}

}  // namespace godwit
