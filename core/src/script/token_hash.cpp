#include "script/token_hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <span>

#include "godwit/error.hpp"

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

void TokenDigest::Free::operator()(void* context) const noexcept {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

TokenDigest::TokenDigest() : context_(EVP_MD_CTX_new()) {
    begin();
}

void TokenDigest::begin() {
    check(context_ == nullptr ? 0 : EVP_DigestInit_ex(native(context_.get()), EVP_sha256(), nullptr));
}

void TokenDigest::add(std::string_view token) {
    if (buffer_.size() + token.size() >= kBuffer) flush();
    if (token.size() >= kBuffer) {
        check(EVP_DigestUpdate(native(context_.get()), token.data(), token.size()));
        token = {};
    }
    buffer_.append(token).push_back('\0');
}

void TokenDigest::flush() {
    check(EVP_DigestUpdate(native(context_.get()), buffer_.data(), buffer_.size()));
    buffer_.clear();
}

std::string TokenDigest::finish() {
    flush();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    check(EVP_DigestFinal_ex(native(context_.get()), digest.data(), &size));
    begin();
    std::string hex;
    for (const unsigned char byte : std::span(digest).first(size)) {
        hex.push_back("0123456789abcdef"[byte >> 4U]);
        hex.push_back("0123456789abcdef"[byte & 15U]);
    }
    return hex;
}

}  // namespace godwit::script
