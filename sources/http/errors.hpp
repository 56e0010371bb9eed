#pragma once

#include <string>
#include <string_view>

#include "http/settings.hpp"
#include "http/transfer.hpp"

namespace godwit::http {

/// Throws Errc::Source. `file` is the entry it is about, or "".
[[noreturn]] void refuse(std::string message, std::string hint = {}, std::string file = {});

/// For an answer that is not 200.
[[noreturn]] void refuse_status(const Settings& settings, const Response& response, std::string file = {});

/// For a request that brought no answer.
[[noreturn]] void refuse_attempt(const Settings& settings, const Address& address, const Attempt& attempt,
                                 int attempts);

[[nodiscard]] bool has_control_character(std::string_view text) noexcept;

/// A name from outside, fit for a message: shortened, control characters as %XX.
[[nodiscard]] std::string printable(std::string_view name);

/// "404 Not Found"
[[nodiscard]] std::string status_text(long status);

}  // namespace godwit::http
