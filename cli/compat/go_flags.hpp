#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::compat {

/// The flag rules of Go's standard package `flag`, as golang-migrate's users know them: one or two dashes,
/// `-f v` and `-f=v`, bools only `-b` or `-b=true`; parsing stops at the first word that is no flag, and `--`
/// ends the flags. Facts: facts/golang-migrate.md 1.1.
enum class FlagKind : std::uint8_t { Bool, Int, Uint, Text };

struct FlagSpec {
    std::string name;
    FlagKind kind = FlagKind::Text;
    std::string value;  ///< the default, and after parsing the last value given
    std::string usage;  ///< for print_defaults
};

struct ParsedFlags {
    std::vector<FlagSpec> flags;
    std::vector<std::string> arguments;  ///< what is left
    std::string error;                   ///< Go's own message; "" where all is well
    bool help = false;                   ///< -h or -help where no such flag is defined

    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] bool is_set(std::string_view name) const;          ///< a bool flag
    [[nodiscard]] std::int64_t number(std::string_view name) const;  ///< an Int or Uint flag
};

ParsedFlags parse_flags(std::vector<FlagSpec> flags, std::span<const std::string> words);

/// The option table as Go's PrintDefaults lays it out, in order of names.
std::string print_defaults(std::span<const FlagSpec> flags, std::span<const FlagSpec> defaults);

/// strconv.ParseBool's words; nullopt for any other.
std::optional<bool> parse_go_bool(std::string_view word);
/// strconv.ParseUint(text, 10, 64).
std::optional<std::uint64_t> parse_go_uint(std::string_view text);
/// strconv.ParseInt(text, 10, 64).
std::optional<std::int64_t> parse_go_int(std::string_view text);
/// fmt's %q for the texts that occur in URLs and names: double quotes, with quotes, backslashes and control
/// characters escaped.
std::string go_quote(std::string_view text);

}  // namespace godwit::compat
