#pragma once

#include <memory>
#include <string>
#include <string_view>

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

}  // namespace godwit::script
