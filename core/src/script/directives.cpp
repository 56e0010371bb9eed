#include "script/directives.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "godwit/ascii.hpp"
#include "godwit/duration.hpp"
#include "godwit/nearest.hpp"
#include "script/characters.hpp"

namespace godwit {
namespace script {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// One directive while it is read.
struct Line {
    const Origin& origin;
    std::size_t offset = 0;
    const Dialect& dialect;
    const DirectiveTargets& targets;
    std::string_view key;
    std::string_view value;

    [[nodiscard]] std::size_t offset_of(std::string_view part) const {
        return part.empty() ? offset : static_cast<std::size_t>(part.data() - origin.text.data());
    }
    [[noreturn]] void refuse_value(std::string_view expected) const {
        const std::string given = value.empty() ? "has no value" : fmt::format("has the value '{}'", value);
        refuse(origin, offset_of(value), fmt::format("directive '{}' {}", key, given),
               fmt::format("it takes {}", expected));
    }
    /// The directives it belongs to unless its key says otherwise.
    [[nodiscard]] Directives& target() const {
        return targets.above_first ? targets.file : targets.statement;
    }
    template <class Value>
    void assign(std::optional<Value>& field, Value given) const {
        if (field)
            refuse(origin, offset, fmt::format("directive '{}' repeats or contradicts one above", key),
                   "keep one of the two lines");
        field = std::move(given);
    }
};

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
    if (const auto near = nearest(word, known)) return fmt::format("did you mean '{}'?", *near);
    return fmt::format("known: {}", fmt::join(known, ", "));
}

template <class Number>
Number number(const Line& line) {
    Number value{};
    const char* const end = line.value.data() + line.value.size();
    const auto [stop, error] = std::from_chars(line.value.data(), end, value);
    if (error != std::errc{} || stop != end || line.value.empty())
        line.refuse_value("a whole number, such as 3");
    return value;
}

Milliseconds duration(const Line& line) {
    const auto span = parse_duration(line.value);
    if (!span) line.refuse_value("a duration, such as 500ms, 15s, 2m or 1h");
    return *span;
}

void no_value(const Line& line) {
    if (!line.value.empty()) line.refuse_value("no value");
}

/// Words separated by blanks, ',' or '|'.
std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find_first_of(" \t,|"), text.size());
        if (size > 0) found.push_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return found;
}

void read_transaction(const Line& line) {
    no_value(line);
    line.assign(line.target().transaction, true);
}

void read_no_transaction(const Line& line) {
    no_value(line);
    line.assign(line.target().transaction, false);
}

void read_timeout(const Line& line) {
    line.assign(line.target().timeout, duration(line));
}

void read_lock_timeout(const Line& line) {
    line.assign(line.target().lock_timeout, duration(line));
}

void read_retry(const Line& line) {
    line.assign(line.target().retry, number<unsigned>(line));
}

/// One statement without a way back leaves the whole migration without one.
void read_irreversible(const Line& line) {
    line.assign(line.targets.file.irreversible, std::string(line.value));
}

void read_skip_if(const Line& line) {
    if (line.value.empty()) line.refuse_value("a query, such as SELECT EXISTS (…)");
    line.assign(line.target().skip_if, std::string(line.value));
}

/// The Dialect name of a database as people write it.
std::string database_name(const Line& line, std::string_view word) {
    constexpr std::array<std::string_view, 5> kKnown{"postgres", "postgresql", "mysql", "mariadb", "sqlite"};
    std::string name = ascii_lower(word);
    const bool own = name == line.dialect.name || name == line.dialect.product;
    if (!own && std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
        refuse(line.origin, line.offset_of(word),
               fmt::format("directive 'only' names an unknown database '{}'", word),
               suggestion(word, kKnown));
    return name == "postgres" ? "postgresql" : name;
}

void read_only(const Line& line) {
    const auto names = words(line.value);
    if (names.empty()) line.refuse_value("databases, such as postgres or mysql|mariadb");
    for (const std::string_view word : names)
        line.target().only.push_back(database_name(line, word));
}

void read_allow(const Line& line) {
    const auto rules = words(line.value);
    if (rules.empty()) line.refuse_value("names of lint rules");
    line.target().allow.insert(line.target().allow.end(), rules.begin(), rules.end());
}

/// How many rows is said of one statement, even above the first.
void read_expect_rows(const Line& line) {
    line.assign(line.targets.statement.expect_rows, number<std::uint64_t>(line));
}

void read_phase(const Line& line) {
    if (!line.targets.above_first)
        refuse(line.origin, line.offset, "directive 'phase' is for the whole script",
               "put it before the first statement");
    if (line.value != "expand" && line.value != "contract") line.refuse_value("expand or contract");
    line.assign(line.targets.file.phase, std::string(line.value));
}

struct Key {
    std::string_view name;
    void (*read)(const Line&);
};

constexpr std::array kKeys{
    Key{"no-transaction", read_no_transaction},
    Key{"transaction", read_transaction},
    Key{"timeout", read_timeout},
    Key{"lock-timeout", read_lock_timeout},
    Key{"retry", read_retry},
    Key{"irreversible", read_irreversible},
    Key{"skip-if", read_skip_if},
    Key{"only", read_only},
    Key{"allow", read_allow},
    Key{"expect-rows", read_expect_rows},
    Key{"phase", read_phase},
};

[[noreturn]] void refuse_key(const Line& line) {
    std::array<std::string_view, kKeys.size()> known{};
    std::transform(kKeys.begin(), kKeys.end(), known.begin(), [](const Key& key) { return key.name; });
    if (line.key.empty())
        refuse(line.origin, line.offset, "a godwit directive without a key",
               fmt::format("known: {}", fmt::join(known, ", ")));
    refuse(line.origin, line.offset_of(line.key), fmt::format("unknown directive '{}'", line.key),
           suggestion(line.key, known));
}

bool begins_line(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t last = before.find_last_not_of(" \t");
    if (last == std::string_view::npos || before[last] == '\n' || before[last] == '\r') return true;
    return last == 2 && before.starts_with("\xEF\xBB\xBF");
}

/// The comment at `offset` behind "godwit:", to the end of its line.
std::string_view content(std::string_view text, std::size_t offset) {
    const std::size_t begin = text.find(':', offset) + 1;
    return trim(text.substr(begin, std::min(text.find_first_of("\r\n", begin), text.size()) - begin));
}

}  // namespace

void read_directive(const Origin& origin, std::size_t offset, const Dialect& dialect,
                    const DirectiveTargets& targets) {
    if (!begins_line(origin.text, offset))
        refuse(origin, offset, "a godwit directive must begin its line",
               "put it on a line of its own, above the statement");
    const std::string_view text = content(origin.text, offset);
    const std::size_t size = std::min(text.find_first_of(kBlanks), text.size());
    const Line line{origin, offset, dialect, targets, text.substr(0, size), trim(text.substr(size))};
    for (const Key& key : kKeys)
        if (key.name == line.key) return key.read(line);
    refuse_key(line);
}

}  // namespace script

bool applies_to(const Directives& directives, const Dialect& dialect) {
    if (directives.only.empty()) return true;
    return std::any_of(directives.only.begin(), directives.only.end(), [&](const std::string& name) {
        return name == dialect.name || name == dialect.product;
    });
}

}  // namespace godwit
