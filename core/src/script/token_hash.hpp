#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "script/splitter.hpp"

namespace godwit::script {

/// SHA-256 of tokens, each closed by a NUL byte. Short ones are gathered, long ones (a statement may be one
/// literal of megabytes, and COPY data is one token) are never copied.
class TokenDigest {
  public:
    TokenDigest();
    void add(std::string_view token);
    /// Lower-case hex, and begins anew.
    std::string finish();

  private:
    struct Free {
        void operator()(void* context) const noexcept;
    };
    void begin();
    void flush();

    std::unique_ptr<void, Free> context_;
    std::string buffer_;
};

/// SHA-256 over the tokens of a script, statements closed by an empty token: what ends a statement in the
/// text
/// (';', DELIMITER, the end of the file) makes no difference.
class TokenHash final : public TokenSink {
  public:
    void token(std::string_view text) override { digest_.add(text); }
    void statement_end() override { digest_.add({}); }
    /// Lower-case hex.
    std::string finish() { return digest_.finish(); }

  private:
    TokenDigest digest_;
};

/// A short hash of every statement's tokens by itself.
class StatementHashes final : public TokenSink {
  public:
    static constexpr std::size_t kDigits = 8;

    void token(std::string_view text) override { digest_.add(text); }
    void statement_end() override { hashes_.push_back(digest_.finish().substr(0, kDigits)); }
    std::vector<std::string> take() && { return std::move(hashes_); }

  private:
    TokenDigest digest_;
    std::vector<std::string> hashes_;
};

}  // namespace godwit::script
