#include "script/token_hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <span>

#include "godwit/error.hpp"
#include "godwit/hash.hpp"

namespace godwit::script {
namespace {

constexpr std::size_t kBuffer = 65536;

void check(int answer) {
    if (answer != 1) fail(Errc::Internal, "libcrypto cannot compute SHA-256");
}

EVP_MD_CTX* native(void* context) {
    return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void TokenHash::Free::operator()(void* context) const noexcept {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

TokenHash::TokenHash() : context_(EVP_MD_CTX_new()) {
    check(context_ == nullptr ? 0 : EVP_DigestInit_ex(native(context_.get()), EVP_sha256(), nullptr));
}

void TokenHash::token(std::string_view text) {
    buffer_.append(text).push_back('\0');
    if (buffer_.size() >= kBuffer) flush();
}

void TokenHash::statement_end() {
    token({});
}

void TokenHash::flush() {
    check(EVP_DigestUpdate(native(context_.get()), buffer_.data(), buffer_.size()));
    buffer_.clear();
}

std::string TokenHash::finish() {
    flush();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    check(EVP_DigestFinal_ex(native(context_.get()), digest.data(), &size));
    std::string hex;
    for (const unsigned char byte : std::span(digest).first(size)) {
        hex.push_back("0123456789abcdef"[byte >> 4U]);
        hex.push_back("0123456789abcdef"[byte & 15U]);
    }
    return hex;
}

void StatementHashes::statement_end() {
    hashes_.push_back(sha256_hex(buffer_).substr(0, kDigits));
    buffer_.clear();
}

}  // namespace godwit::script
