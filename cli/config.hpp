#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::cli {

/// A value of the configuration file as written, with its place. Nothing is expanded or run yet.
struct ConfigValue {
    enum class Kind : std::uint8_t {
        Text,
        File,     ///< `!file PATH`: the content of a file
        Command,  ///< `!command [PROGRAM, ARG…]`: what a program prints
        List,
        Map,
    };
    Kind kind = Kind::Text;
    std::string text;                ///< of a Text or File; of a Command given as one shell line
    std::vector<ConfigValue> items;  ///< of a List, a Map, or a Command's words
    std::vector<std::string> keys;   ///< of a Map, beside items
    std::size_t line = 0;            ///< 1-based
    std::size_t column = 0;          ///< 1-based
};

/// The keys of the file's top level, or of one environment.
struct ConfigSection {
    std::string name;  ///< "" at the top level
    std::map<std::string, ConfigValue, std::less<>> values;
    bool is_protected = false;
};

struct Config {
    std::filesystem::path file;  ///< absolute
    std::string shown;           ///< the file as messages name it
    ConfigSection top;
    std::vector<ConfigSection> environments;

    /// Throws Errc::Config with the nearest name where there is none of that name.
    [[nodiscard]] const ConfigSection& environment(std::string_view name) const;
    /// "godwit.yaml:3:11".
    [[nodiscard]] std::string place(const ConfigValue& value) const;
};

/// Nobody's configuration or secret is longer, and a device file never ends.
inline constexpr std::size_t kMostBytes = std::size_t{1} << 20;
/// The file's content, at most one byte more than kMostBytes of it; nullopt where it cannot be read.
std::optional<std::string> read_limited(const std::filesystem::path& file);

/// godwit.yaml or .godwit.yaml in `folder` or above it up to the repository root; outside of a repository
/// only in `folder`. Throws Errc::Config where both lie in one folder.
std::optional<std::filesystem::path> find_config(const std::filesystem::path& folder);

/// Reads and checks the whole file: one document of UTF-8, up to 1 MiB. Throws Errc::Config with
/// file:line:column for YAML that cannot be read, merge keys, unknown keys (with the nearest), wrong types,
/// duplicate keys, and values that no expansion could make right.
Config load_config(const std::filesystem::path& file, const std::filesystem::path& working_directory);

/// The value as text: ${NAME}, ${NAME:-default} and ${NAME:?message} replaced, the file read, the program
/// run. Throws Errc::Config with the place. The text may be a secret.
std::string evaluate(const Config& config, const ConfigValue& value);
/// The same for each of a list; a single value is a list of one.
std::vector<std::string> evaluate_list(const Config& config, const ConfigValue& value);
/// Whether the value comes from where secrets are kept: !file, !command, or a list with one of them.
bool is_opaque(const ConfigValue& value);
/// Whether an environment variable's content gets into it.
bool has_variable(const ConfigValue& value);

}  // namespace godwit::cli
