#include "sqlite/url_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "godwit/ascii.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "sql/params.hpp"

namespace godwit::sqlite {
namespace {

enum class Values : std::uint8_t { Bool, Words, Number };

/// A key of the Go drivers (mattn's go-sqlite3) that sets a pragma.
struct PragmaKey {
    std::string_view name;
    std::string_view alias;
    std::string_view pragma;
    Values values;
    std::string_view words = {};
    bool stored = false;
};

constexpr std::array kPragmas{
    PragmaKey{"_auto_vacuum", "_vacuum", "auto_vacuum", Values::Words, "none full incremental 0 1 2", true},
    PragmaKey{"_cache_size", "", "cache_size", Values::Number},
    PragmaKey{"_case_sensitive_like", "_cslike", "case_sensitive_like", Values::Bool},
    PragmaKey{"_defer_foreign_keys", "_defer_fk", "defer_foreign_keys", Values::Bool},
    PragmaKey{"_foreign_keys", "_fk", "foreign_keys", Values::Bool},
    PragmaKey{"_ignore_check_constraints", "", "ignore_check_constraints", Values::Bool},
    PragmaKey{"_journal_mode", "_journal", "journal_mode", Values::Words,
              "delete truncate persist memory wal off", true},
    PragmaKey{"_locking_mode", "_locking", "locking_mode", Values::Words, "normal exclusive"},
    PragmaKey{"_query_only", "", "query_only", Values::Bool},
    PragmaKey{"_recursive_triggers", "_rt", "recursive_triggers", Values::Bool},
    PragmaKey{"_secure_delete", "", "secure_delete", Values::Words,
              "default fast 0 1 no yes false true off on"},
    PragmaKey{"_synchronous", "_sync", "synchronous", Values::Words, "off normal full extra 0 1 2 3"},
    PragmaKey{"_writable_schema", "", "writable_schema", Values::Bool},
};

/// What the Go drivers do with times, mutexes and caches of statements has no counterpart here, and no effect
/// on a migration.
constexpr std::array<std::string_view, 8> kWithoutEffect{
    "_loc",      "_mutex",     "_stmt_cache_size", "_time_format", "_time_integer_format",
    "_timezone", "_inttotime", "_texttotime"};
/// Parameters of SQLite's own URIs.
constexpr std::array<std::string_view, 5> kUri{"cache", "vfs", "immutable", "nolock", "psow"};
constexpr std::array<std::string_view, 9> kOthers{"mode",         "_busy_timeout",    "_timeout",
                                                  "_txlock",      "_pragma",          "x-migrations-table",
                                                  "x-no-tx-wrap", "x-load-extension", "_auth"};

[[noreturn]] void bad_value(std::string_view key, std::string_view value, std::string_view wanted) {
    fail(Errc::Usage, fmt::format("database URL: {}={} is not possible", key, value),
         fmt::format("{} takes {}", key, wanted));
}

bool read_bool(std::string_view key, std::string_view value) {
    const std::string word = ascii_lower(value);
    if (word == "1" || word == "yes" || word == "true" || word == "on") return true;
    if (word == "0" || word == "no" || word == "false" || word == "off") return false;
    bad_value(key, value, "1 or 0, true or false, yes or no, on or off");
}

std::int64_t read_number(std::string_view key, std::string_view value) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || stop != value.data() + value.size()) bad_value(key, value, "a whole number");
    return number;
}

bool is_word_of(std::string_view words, std::string_view word) {
    return !word.empty() && word.find(' ') == std::string_view::npos &&
           fmt::format(" {} ", words).find(fmt::format(" {} ", word)) != std::string::npos;
}

std::string pragma_value(const PragmaKey& key, std::string_view name, std::string_view value) {
    switch (key.values) {
        case Values::Bool:
            return read_bool(name, value) ? "1" : "0";
        case Values::Number:
            return std::to_string(read_number(name, value));
        case Values::Words:
            break;
    }
    if (!is_word_of(key.words, ascii_lower(value)))
        bad_value(name, value, "one of: " + std::string(key.words));
    return ascii_lower(value);
}

bool is_name(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; });
}

bool is_plain_value(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.';
    });
}

/// modernc's `_pragma=name(value)` or `_pragma=name=value`.
void read_pragma(Target& target, std::string_view text) {
    const std::size_t at = text.find_first_of("(=");
    std::string_view value = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    const bool closed = at == std::string_view::npos || text[at] == '=' || value.ends_with(')');
    if (value.ends_with(')')) value.remove_suffix(1);
    const std::string name = ascii_lower(text.substr(0, at));
    if (!is_name(name) || !is_plain_value(value) || !closed) bad_value("_pragma", text, "name(value)");
    if (name == "busy_timeout") {
        target.busy_timeout = Milliseconds(read_number("_pragma", value));
        return;
    }
    const bool stored = name == "journal_mode" || name == "auto_vacuum" || name == "page_size" ||
                        name == "encoding" || name == "user_version" || name == "application_id";
    (stored ? target.stored : target.session).push_back({name, std::string(value)});
}

void read_mode(Target& target, std::string_view value) {
    if (value == "ro")
        target.access = Access::ReadOnly;
    else if (value == "rw")
        target.access = Access::Existing;
    else if (value == "rwc")
        target.access = Access::Create;
    else if (value != "memory")
        bad_value("mode", value, "ro, rw, rwc or memory");
}

void read_transaction_lock(Target& target, std::string_view value) {
    const std::string word = ascii_lower(value);
    if (word != "deferred" && word != "immediate" && word != "exclusive")
        bad_value("_txlock", value, "deferred, immediate or exclusive");
    // deferred would find out in mid-script that another process writes
    target.exclusive = word == "exclusive";
}

[[noreturn]] void unknown(std::string_view key) {
    if (key.starts_with("_auth"))
        fail(Errc::Usage, fmt::format("database URL: {}: SQLite's user authentication is not there", key),
             "SQLite itself has removed it; protect the file with its permissions");
    std::vector<std::string_view> known(kOthers.begin(), kOthers.end());
    known.insert(known.end(), kUri.begin(), kUri.end());
    for (const PragmaKey& pragma : kPragmas)
        known.push_back(pragma.name);
    const auto meant = nearest(key, known);
    fail(Errc::Usage, fmt::format("database URL: unknown parameter '{}'", key),
         meant ? fmt::format("did you mean '{}'?", *meant) : "docs/databases/sqlite.md lists the parameters");
}

bool read_table_of_pragmas(Target& target, std::string_view key, std::string_view value) {
    const auto found = std::ranges::find_if(kPragmas, [&](const PragmaKey& pragma) {
        return key == pragma.name || (!pragma.alias.empty() && key == pragma.alias);
    });
    if (found == kPragmas.end()) return false;
    const std::string checked = pragma_value(*found, key, value);
    if (checked == "default") return true;
    (found->stored ? target.stored : target.session).push_back({std::string(found->pragma), checked});
    return true;
}

}  // namespace

void read_key(Target& target, std::string_view key, std::string_view value, bool golang_migrate) {
    if (std::ranges::find(kWithoutEffect, key) != kWithoutEffect.end()) return;
    if (read_table_of_pragmas(target, key, value)) return;
    if (std::ranges::find(kUri, key) != kUri.end()) {
        target.uri.emplace_back(key, value);
    } else if (key == "mode") {
        read_mode(target, value);
    } else if (key == "_busy_timeout" || key == "_timeout") {
        target.busy_timeout = Milliseconds(std::max<std::int64_t>(read_number(key, value), 0));
    } else if (key == "_txlock") {
        read_transaction_lock(target, value);
    } else if (key == "_pragma") {
        read_pragma(target, value);
    } else if (key == "x-migrations-table") {
        if (!value.empty()) target.table = {"", std::string(value)};
    } else if (key == "x-no-tx-wrap") {
        target.no_tx_wrap = sql::bool_param("x-no-tx-wrap", value);
    } else if (key == "x-load-extension") {
        if (value.empty()) bad_value(key, value, "the file of an extension");
        target.extensions.emplace_back(value);
    } else if (!golang_migrate || !key.starts_with("x-")) {
        unknown(key);
    }
}

}  // namespace godwit::sqlite
