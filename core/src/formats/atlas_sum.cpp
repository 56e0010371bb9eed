#include "godwit/atlas_sum.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <new>

namespace godwit {

namespace {

constexpr std::string_view kIgnore = "-- atlas:sum ignore";

std::string base64(std::span<const unsigned char> bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

/// A hash that can be read at any point and then goes on.
class RunningSha256 {
  public:
    RunningSha256() : context_(fresh()) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

    [[nodiscard]] std::string base64_now() const {
        const Context copy = fresh();
        EVP_MD_CTX_copy_ex(copy.get(), context_.get());
        std::array<unsigned char, 32> digest{};
        EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr);
        return base64(digest);
    }

  private:
    using Context = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;
    static Context fresh() {
        Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        if (!context) throw std::bad_alloc();
        return context;
    }
    Context context_;
};

bool ignored(std::string_view content) {
    if (!content.starts_with(kIgnore)) return false;
    return content.size() == kIgnore.size() || content[kIgnore.size()] == '\n' ||
           content[kIgnore.size()] == '\r';
}

}  // namespace

std::string atlas_sum(std::span<const SumFile> files) {
    RunningSha256 chain;
    RunningSha256 whole;
    std::string lines;
    for (const SumFile& file : files) {
        chain.add(file.name);
        if (ignored(file.content)) continue;
        chain.add(file.content);
        const std::string hash = chain.base64_now();
        whole.add(file.name);
        whole.add(hash);
        lines += std::string(file.name) + " h1:" + hash + "\n";
    }
    return "h1:" + whole.base64_now() + "\n" + lines;
}

}  // namespace godwit
