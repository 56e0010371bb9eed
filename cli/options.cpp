#include "options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "godwit/duration.hpp"
#include "godwit/nearest.hpp"
#include "godwit/version.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

constexpr auto kGlobals = std::to_array<Option>({
    {.name = "database",
     .letter = 'd',
     .type = ValueType::Url,
     .value = "URL",
     .help = "the database",
     .env = "GODWIT_DATABASE",
     .env_fallback = "DATABASE_URL",
     .key = "database",
     .suggest = Suggest::DatabaseUrls},
    {.name = "source",
     .letter = 's',
     .type = ValueType::Url,
     .value = "URL",
     .help = "where migrations are; default ./migrations, else ./db/migrations",
     .env = "GODWIT_SOURCE",
     .key = "source",
     .suggest = Suggest::SourceUrls},
    {.name = "path",
     .letter = 'p',
     .type = ValueType::Text,
     .value = "DIR",
     .help = "short for --source with a folder",
     .suggest = Suggest::Folders},
    {.name = "format",
     .letter = 'f',
     .type = ValueType::Text,
     .value = "NAME",
     .help = "directory layout; default: detected from the listing",
     .env = "GODWIT_FORMAT",
     .key = "format",
     .suggest = Suggest::Formats},
    {.name = "config",
     .letter = 'c',
     .type = ValueType::Text,
     .value = "FILE",
     .help = "default godwit.yaml or .godwit.yaml, from here up to the repository root",
     .env = "GODWIT_CONFIG",
     .suggest = Suggest::Files},
    {.name = "env",
     .letter = 'e',
     .type = ValueType::Text,
     .value = "NAME",
     .help = "environment of the configuration file",
     .env = "GODWIT_ENV",
     .suggest = Suggest::Environments},
    {.name = "lock-timeout",
     .type = ValueType::Duration,
     .value = "DUR",
     .help = "how long to wait for the migration lock; 0 = do not wait",
     .env = "GODWIT_LOCK_TIMEOUT",
     .key = "lock_timeout",
     .fallback = "15s"},
    {.name = "statement-timeout",
     .type = ValueType::Duration,
     .value = "DUR",
     .help = "limit of each statement, on the server",
     .env = "GODWIT_STATEMENT_TIMEOUT",
     .key = "statement_timeout",
     .fallback = "0"},
    {.name = "ddl-lock-timeout",
     .type = ValueType::Duration,
     .value = "DUR",
     .help = "limit of waiting for a table's lock, on the server",
     .env = "GODWIT_DDL_LOCK_TIMEOUT",
     .key = "ddl_lock_timeout",
     .fallback = "0"},
    {.name = "retry",
     .type = ValueType::Number,
     .value = "N",
     .help = "try a migration again, at most N times, after a lock time-out or a deadlock",
     .env = "GODWIT_RETRY",
     .key = "retry"},
    {.name = "grace",
     .type = ValueType::Duration,
     .value = "DUR",
     .help = "how long a signal lets the running migration go on before it is cancelled",
     .env = "GODWIT_GRACE",
     .key = "grace",
     .fallback = "10s"},
    {.name = "connect-timeout",
     .type = ValueType::Duration,
     .value = "DUR",
     .help = "limit of one attempt to connect",
     .env = "GODWIT_CONNECT_TIMEOUT",
     .key = "connect_timeout",
     .fallback = "10s"},
    {.name = "connect-retry",
     .type = ValueType::Duration,
     .value = "DUR",
     .help = "how long to wait for a database that is still starting",
     .env = "GODWIT_CONNECT_RETRY",
     .key = "connect_retry",
     .fallback = "0"},
    {.name = "table",
     .type = ValueType::Text,
     .value = "NAME",
     .help = "the version table; may be schema.table",
     .env = "GODWIT_TABLE",
     .key = "table",
     .fallback = "schema_migrations"},
    {.name = "init-sql",
     .type = ValueType::Text,
     .value = "SQL",
     .help = "run on every new connection; repeatable",
     .key = "init_sql",
     .repeatable = true},
    {.name = "load-extension",
     .type = ValueType::Text,
     .value = "FILE",
     .help = "SQLite: load this extension; repeatable",
     .key = "load_extensions",
     .repeatable = true,
     .suggest = Suggest::Files},
    {.name = "placeholder",
     .type = ValueType::Pair,
     .value = "K=V",
     .key = "placeholders",
     .repeatable = true,
     .hidden = true},
    {.name = "plugin",
     .type = ValueType::Text,
     .value = "FILE",
     .help = "use this plugin file; repeatable",
     .key = "plugins",
     .repeatable = true,
     .suggest = Suggest::Files},
    {.name = "plugin-path",
     .type = ValueType::Text,
     .value = "DIRS",
     .help = "folders to look for plugins in, separated by ':'",
     .env = "GODWIT_PLUGIN_PATH",
     .key = "plugin_path",
     .suggest = Suggest::Folders},
    {.name = "user-plugins", .help = "look for plugins in the user's own folder, too"},
    {.name = "allow-unsafe-plugins", .help = "load plugins that others could have written to"},
    {.name = "no-batch", .help = "one migration in a round trip, never several", .key = "no_batch"},
    {.name = "json",
     .type = ValueType::Choice,
     .value = "lines",
     .help = "one JSON document on stdout; =lines: one event a line while it runs",
     .choices = "document lines",
     .bare = "document"},
    {.name = "quiet", .letter = 'q', .help = "only results and errors"},
    {.name = "verbose", .letter = 'v', .help = "-v: every statement; -vv: every step", .repeatable = true},
    {.name = "color",
     .type = ValueType::Choice,
     .value = "auto|always|never",
     .help = "colours; NO_COLOR and CLICOLOR_FORCE are understood too",
     .fallback = "auto",
     .choices = "auto always never"},
    {.name = "no-progress", .help = "no line that changes while a migration runs"},
    {.name = "yes", .letter = 'y', .help = "answer prompts with yes", .env = "GODWIT_YES"},
    {.name = "help", .letter = 'h', .help = "help, also for one command"},
    {.name = "version", .help = "the program's version"},
});

std::string number_problem(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range) return fmt::format("'{}' is too large", text);
    if (error != std::errc() || end != text.data() + text.size() || number == 0)
        return fmt::format("'{}' is not a whole number from 1", text);
    return {};
}

std::string choice_problem(const Option& option, std::string_view text) {
    const auto words = split_words(option.choices);
    if (std::ranges::find(words, text) != words.end()) return {};
    const auto close = nearest(text, words);
    return fmt::format("'{}' is not one of {}{}", text, fmt::join(words, ", "),
                       close ? fmt::format("; did you mean {}?", *close) : "");
}

}  // namespace

const Option kOutOfOrder{.name = "out-of-order",
                         .type = ValueType::Choice,
                         .value = "run|warn|fail",
                         .help = "what to do with pending migrations below the current version",
                         .key = "out_of_order",
                         .fallback = "fail",
                         .choices = "run warn fail"};

const Option kChecksum{.name = "checksum",
                       .type = ValueType::Choice,
                       .value = "bytes|tokens",
                       .help = "tokens: comments and white space of an applied migration may change",
                       .key = "checksum",
                       .fallback = "bytes",
                       .choices = "bytes tokens"};

const Option kReport{.name = "report",
                     .type = ValueType::Text,
                     .value = "FORMAT[=FILE]",
                     .help = "write a report: markdown, github, gitlab, junit or sarif; repeatable",
                     .choices = "markdown github gitlab junit sarif",
                     .repeatable = true};

std::span<const Option> global_options() {
    return kGlobals;
}

std::span<const Option* const> setting_options() {
    static const std::vector<const Option*> settings = [] {
        std::vector<const Option*> found;
        for (const auto& option : kGlobals)
            if (!option.env.empty() || !option.key.empty()) found.push_back(&option);
        found.push_back(&kOutOfOrder);
        found.push_back(&kChecksum);
        return found;
    }();
    return settings;
}

const Option* find_key(std::string_view key) {
    for (const auto* option : setting_options())
        if (option->key == key) return option;
    return nullptr;
}

const Option& setting(std::string_view name) {
    for (const auto* option : setting_options())
        if (option->name == name) return *option;
    throw std::logic_error(fmt::format("no setting '{}'", name));
}

std::string value_problem(const Option& option, std::string_view text) {
    if (option.type == ValueType::Flag) return {};
    if (text.empty()) return "the value is empty";
    switch (option.type) {
        case ValueType::Duration:
            if (parse_duration(text)) return {};
            return fmt::format("'{}' is not a duration: 500ms, 15s, 2m, or a number of seconds", text);
        case ValueType::Number:
            return number_problem(text);
        case ValueType::Version:
            if (Version::parse(text)) return {};
            return fmt::format("'{}' is not a version: digits, in parts separated by dots", text);
        case ValueType::Choice:
            return choice_problem(option, text);
        case ValueType::Pair:
            return text.find('=') != std::string_view::npos && text.front() != '=' ? ""
                                                                                   : "it must be KEY=VALUE";
        default:
            return {};
    }
}

}  // namespace godwit::cli
