#include "godwit/hash.hpp"

#include <openssl/evp.h>

#include <array>

#include "godwit/error.hpp"

namespace godwit {
namespace {

constexpr std::size_t kSha256Size = 32;
using Sha256 = std::array<unsigned char, kSha256Size>;

Sha256 sha256(std::string_view bytes) {
    Sha256 digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        fail(Errc::Internal, "libcrypto cannot compute SHA-256",
             "check the OpenSSL configuration of this machine");
    }
    return digest;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
        table[i] = value;
    }
    return table;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * kSha256Size);
    for (const unsigned char byte : sha256(bytes)) {
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
    }
    return hex;
}

std::string sha256_base64(std::string_view bytes) {
    const Sha256 digest = sha256(bytes);
    std::array<unsigned char, 4 * ((kSha256Size + 2) / 3) + 1> text{};
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return {text.begin(), text.begin() + length};
}

std::uint32_t crc32_ieee(std::string_view bytes) noexcept {
    static constexpr auto kTable = make_crc_table();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes)
        crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
    return ~crc;
}

std::uint32_t golang_migrate_lock_id(std::string_view joined) noexcept {
    constexpr std::uint32_t kSalt = 1486364155;
    return crc32_ieee(joined) * kSalt;
}

}  // namespace godwit
