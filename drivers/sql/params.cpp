#include "sql/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "godwit/error.hpp"

namespace godwit::sql {
namespace {

constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "TRUE", "true", "True"};
constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "FALSE", "false", "False"};

[[noreturn]] void bad_param(std::string_view name, std::string_view function, std::string_view text,
                            std::string_view why, std::string_view hint) {
    fail(Errc::Usage,
         fmt::format(R"(unable to parse option {}: strconv.{}: parsing "{}": {})", name, function, text, why),
         std::string(hint));
}

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
    if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
    if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
    return std::nullopt;
}

bool bool_param(std::string_view name, std::string_view text, bool fallback) {
    if (text.empty()) return fallback;
    if (const auto value = parse_bool(text)) return *value;
    bad_param(name, "ParseBool", text, "invalid syntax", "write true or false");
}

std::int64_t integer_param(std::string_view name, std::string_view text, std::int64_t fallback) {
    if (text.empty()) return fallback;
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = stop == digits.data() + digits.size() && !digits.empty() && !text.starts_with("+-");
    if (error == std::errc::result_out_of_range && whole)
        bad_param(name, "Atoi", text, "value out of range", "write a whole number");
    if (error != std::errc() || !whole)
        bad_param(name, "Atoi", text, "invalid syntax", "write a whole number, without a unit");
    return value;
}

}  // namespace godwit::sql
