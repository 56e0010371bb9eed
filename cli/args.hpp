#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"

namespace godwit::cli {

/// A command line, taken apart and checked against the tables.
struct Arguments {
    const Command* command = nullptr;                                      ///< null: none was named
    std::map<std::string, std::vector<std::string>, std::less<>> options;  ///< by long name, in order
    std::vector<std::string> positionals;
    std::string note;  ///< what to tell about an alias; "" = nothing

    [[nodiscard]] bool has(std::string_view name) const { return options.find(name) != options.end(); }
    [[nodiscard]] std::size_t count(std::string_view name) const;
    /// The value given last; nullopt where the option was not given.
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
};

/// Throws Errc::Usage for everything that is not exactly right, with the nearest name.
/// `words` are those behind the program's name.
Arguments parse_arguments(std::span<const std::string> words);

/// Whether machine output was asked for, on a command line that may be wrong elsewhere: "", "document" or
/// "lines".
std::string json_wish(std::span<const std::string> words);

}  // namespace godwit::cli
