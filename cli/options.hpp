#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace godwit::cli {

/// What an option's value must look like. Checked wherever the value comes from.
enum class ValueType : std::uint8_t {
    Flag,      ///< takes no value; in a configuration file true or false
    Text,      ///< anything but nothing
    Url,       ///< shown only redacted
    Duration,  ///< 500ms, 15s, 2m, a bare number = seconds
    Number,    ///< a whole number from 1
    Version,   ///< digits with dots
    Choice,    ///< one of Option::choices
    Pair,      ///< KEY=VALUE; in a configuration file a map
};

/// What a shell offers for a value or an argument, where its type alone does not tell.
enum class Suggest : std::uint8_t {
    Nothing,
    Files,
    Folders,
    Environments,  ///< of the configuration file
    Formats,
    DatabaseUrls,  ///< the schemes of the drivers
    SourceUrls,    ///< the schemes of the sources
    GitRefs,
    Versions,  ///< of the migrations
    Commands,
    Pages,  ///< of the manual
};

/// One option: the one row that feeds help, parsing, environment names and configuration keys.
struct Option {
    std::string_view name;  ///< long name without dashes
    char letter = 0;        ///< short name; 0 = none
    ValueType type = ValueType::Flag;
    std::string_view value = {};  ///< the value's name in help
    std::string_view help = {};
    std::string_view env = {};           ///< environment variable; "" = none
    std::string_view env_fallback = {};  ///< another one, asked when the first is not set
    std::string_view key = {};           ///< key of the configuration file; "" = none
    std::string_view fallback = {};      ///< default, as text
    std::string_view choices = {};       ///< words separated by single spaces
    std::string_view bare = {};          ///< the value where the option is given without one ("--json")
    bool repeatable = false;
    bool hidden = false;  ///< understood, but not listed in help
    Suggest suggest = Suggest::Nothing;
};

/// Options that every command takes, before or after the command word.
std::span<const Option> global_options();
/// Command options that also have a configuration key.
extern const Option kOutOfOrder;
extern const Option kChecksum;
/// What plan, up, check and validate write beside their result; kReport.choices are the formats.
extern const Option kReport;
/// Every option that `godwit config` shows: those with an environment variable or a key.
std::span<const Option* const> setting_options();
/// The setting with this configuration key; null where there is none.
const Option* find_key(std::string_view key);
/// The setting option of this name. There must be one.
const Option& setting(std::string_view name);

/// "" where `text` is a legal value, else what is wrong with it ("'5x' is not a duration: …").
std::string value_problem(const Option& option, std::string_view text);

}  // namespace godwit::cli
