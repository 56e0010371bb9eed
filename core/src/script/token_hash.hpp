#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "script/splitter.hpp"

namespace godwit::script {

/// SHA-256 over the tokens of a script, each closed by a NUL byte, statements closed by an empty token: what
/// ends a statement in the text (';', DELIMITER, the end of the file) makes no difference.
class TokenHash final : public TokenSink {
  public:
    TokenHash();
    void token(std::string_view text) override;
    void statement_end() override;
    /// Lower-case hex; ends the computation.
    std::string finish();

  private:
    struct Free {
        void operator()(void* context) const noexcept;
    };
    void flush();

    std::unique_ptr<void, Free> context_;
    std::string buffer_;
};

/// A short hash of every statement's tokens by itself.
class StatementHashes final : public TokenSink {
  public:
    static constexpr std::size_t kDigits = 8;

    void token(std::string_view text) override { buffer_.append(text).push_back('\0'); }
    void statement_end() override;
    std::vector<std::string> take() && { return std::move(hashes_); }

  private:
    std::string buffer_;
    std::vector<std::string> hashes_;
};

}  // namespace godwit::script
