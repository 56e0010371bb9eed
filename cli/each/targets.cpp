#include "each/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "godwit/ascii.hpp"
#include "godwit/error.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

constexpr std::string_view kLineBlanks = " \t\r\f\v";
constexpr std::string_view kForms =
    "a line is a database's URL, the name of a schema, or /NAME for another database of the same server";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(kLineBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kLineBlanks) + 1 - begin);
}

/// A '#' inside of a word is a URL's or a name's.
std::string_view without_comment(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool begins = i == 0 || kLineBlanks.find(line[i - 1]) != std::string_view::npos;
        if (line[i] == '#' && begins) return line.substr(0, i);
    }
    return line;
}

bool has_control_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

/// A mistyped URL may hold a password.
std::string shown(std::string_view text) {
    return text.find('@') == std::string_view::npos ? fmt::format("'{}'", text) : "the line";
}

Target named(std::string_view text, std::string place) {
    const bool database = text.starts_with('/');
    const auto name = text.substr(database ? 1 : 0);
    if (name.empty() || name.find_first_of(":/") != std::string_view::npos || has_control_character(name))
        fail(Errc::Usage, fmt::format("{}: {} is neither a URL nor a name", place, shown(text)),
             std::string(kForms));
    Target target;
    target.name = text;
    (database ? target.database : target.schema) = name;
    target.place = std::move(place);
    return target;
}

Target target_of(std::string_view text, std::string place) {
    const bool is_url = text.find("://") != std::string_view::npos || text.starts_with("sqlite:") ||
                        text.starts_with("sqlite3:");
    if (!is_url) return named(text, std::move(place));
    auto url = Url::parse(text, place);
    Target target;
    target.name = url.redacted();
    target.url = std::move(url);
    target.place = std::move(place);
    return target;
}

/// Two runs at once in one database would wait for each other, and its name stand twice in the summary.
class Unique {
  public:
    void add(Target target) {
        const auto& key = target.url ? target.url->raw().reveal() : target.name;
        const auto [first, fresh] = places_.try_emplace(key, target.place);
        if (!fresh)
            fail(Errc::Usage,
                 fmt::format("{}: '{}' is listed already: {}", target.place, target.name, first->second),
                 "leave one of them out");
        targets_.push_back(std::move(target));
    }
    std::vector<Target> take() { return std::move(targets_); }

  private:
    std::map<std::string, std::string> places_;
    std::vector<Target> targets_;
};

}  // namespace

std::vector<Target> parse_targets(std::string_view text, const std::string& from) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Unique targets;
    std::size_t number = 0;
    for (const auto whole : split_words(text, '\n')) {
        ++number;
        const auto line = trimmed(without_comment(whole));
        if (!line.empty()) targets.add(target_of(line, fmt::format("{}:{}", from, number)));
    }
    return targets.take();
}

std::vector<Target> targets_of_rows(const std::vector<std::vector<std::optional<std::string>>>& rows) {
    Unique targets;
    std::size_t number = 0;
    for (const auto& row : rows) {
        auto place = fmt::format("--each, row {}", ++number);
        if (row.size() != 1)
            fail(Errc::Usage, fmt::format("the query of --each gives {} columns", row.size()),
                 "select one: " + std::string(kForms));
        if (!row.front() || trimmed(*row.front()).empty())
            fail(Errc::Usage, fmt::format("{}: it is {}", place, row.front() ? "empty" : "NULL"),
                 "leave such rows out of the query");
        targets.add(target_of(trimmed(*row.front()), std::move(place)));
    }
    return targets.take();
}

bool is_query(std::string_view text) {
    constexpr auto kBegins = std::to_array<std::string_view>({"select", "with", "values", "table", "show"});
    text = text.substr(std::min(text.find_first_not_of(" \t\r\n("), text.size()));
    const auto word = ascii_lower(text.substr(0, text.find_first_of(" \t\r\n(")));
    const bool more = word.size() < text.size();
    return more && std::ranges::find(kBegins, word) != kBegins.end();
}

}  // namespace godwit::cli
