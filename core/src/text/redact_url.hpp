#pragma once

#include <string>
#include <string_view>

namespace godwit {

/// `scheme:rest` without password, token user and secret query values. Works on malformed text as well:
/// where it cannot be told what is a password, more is hidden rather than less.
std::string redact_url(std::string_view scheme, std::string_view rest);

}  // namespace godwit
