#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "godwit/api.hpp"

namespace godwit {

/// A value that must not be shown: password, token, URL with a password in it. It has no stream
/// operator and no conversion to text; who needs the content says `reveal()`, which is easy to grep.
class GODWIT_API Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
    /// "***", or "" where there is no secret.
    [[nodiscard]] std::string_view shown() const noexcept { return value_.empty() ? "" : "***"; }

  private:
    std::string value_;
};

/// `text` with every occurrence of each secret replaced by "***". For text that a library made from
/// our input (error messages of servers and clients). Secrets shorter than 3 characters are left
/// alone: replacing them would garble the text and hide nothing.
GODWIT_API std::string redact(std::string text, const Secret& secret);

}  // namespace godwit
