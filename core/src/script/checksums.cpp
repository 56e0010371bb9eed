#include "script/checksums.hpp"

#include <system_error>
#include <utility>

#include "godwit/error.hpp"
#include "godwit/hash.hpp"
#include "script/splitter.hpp"
#include "script/token_hash.hpp"

namespace godwit::script {
namespace {

std::optional<std::string> tokens_of(const std::string& text, const std::string& file,
                                     const Dialect& dialect) {
    try {
        return token_sha256(text, file, dialect);
    } catch (const Error&) {
        return std::nullopt;  // told to whoever asks for it
    }
}

}  // namespace

void Checksums::begin(std::shared_ptr<const std::string> text, std::string file, const Dialect& dialect) {
    const std::lock_guard guard(mutex_);
    if (values_.valid()) return;
    try {
        values_ = std::async(std::launch::async, [text = std::move(text), file = std::move(file), &dialect] {
            return ChecksumValues{sha256_hex(*text), tokens_of(*text, file, dialect)};
        });
    } catch (const std::system_error&) {
        return;  // a limit on threads: they are computed when they are asked for
    }
}

std::optional<ChecksumValues> Checksums::wait() const {
    std::shared_future<ChecksumValues> values;
    {
        const std::lock_guard guard(mutex_);
        values = values_;
    }
    if (!values.valid()) return std::nullopt;
    return values.get();
}

std::string token_sha256(const std::string& text, const std::string& file, const Dialect& dialect) {
    TokenHash hash;
    Splitter({text, file}, dialect, &hash).run();
    return hash.finish();
}

}  // namespace godwit::script
