#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// The x- parameters of golang-migrate's URLs, with the words and error texts its users know.
namespace godwit::sql {

/// Go's strconv.ParseBool: 1 t T TRUE true True, 0 f F FALSE false False; nullopt for anything else.
std::optional<bool> parse_bool(std::string_view text);

/// A boolean parameter; "" = `fallback`. Throws Errc::Usage:
/// `unable to parse option x-no-lock: strconv.ParseBool: parsing "maybe": invalid syntax`.
bool bool_param(std::string_view name, std::string_view text, bool fallback = false);

/// A whole number, as Go's strconv.Atoi takes it (sign allowed); "" = `fallback`. Throws Errc::Usage:
/// `unable to parse option x-statement-timeout: strconv.Atoi: parsing "1s": invalid syntax`.
std::int64_t integer_param(std::string_view name, std::string_view text, std::int64_t fallback = 0);

}  // namespace godwit::sql
