#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

GODWIT_API std::string sha256_hex(std::string_view bytes);  ///< 64 lower-case hex digits
GODWIT_API std::string sha256_base64(
    std::string_view bytes);  ///< with padding, as atlas.sum and HTTP digests write it
GODWIT_API std::uint32_t crc32_ieee(std::string_view bytes) noexcept;

/// golang-migrate's advisory lock number (facts/golang-migrate.md 5.0): uint32(crc32(join(additional…, name,
/// NUL)) * 1486364155). Pass the joined text: names separated by '\0', the database name last.
GODWIT_API std::uint32_t golang_migrate_lock_id(std::string_view joined) noexcept;

}  // namespace godwit
