#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "godwit/ascii.hpp"
#include "godwit/url.hpp"
#include "http/errors.hpp"
#include "http/listing.hpp"

namespace godwit::http {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
    const auto found =
        std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
                    word.begin(), word.end(), [](char a, char b) { return ascii_lower(a) == b; });
    return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xc0 | (code >> 6));
    } else {
        if (code < 0x10000) {
            byte(0xe0 | (code >> 12));
        } else {
            byte(0xf0 | (code >> 18));
            byte(0x80 | ((code >> 12) & 0x3f));
        }
        byte(0x80 | ((code >> 6) & 0x3f));
    }
    byte(0x80 | (code & 0x3f));
}

/// The character of `&name;`, `&#1;` or `&#x1;` without its '&' and ';'.
std::optional<std::uint32_t> entity(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char>, 5> kNames{
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [word, character] : kNames) {
        if (name == word) return static_cast<std::uint32_t>(character);
    }
    if (name.size() < 2 || name.front() != '#') return std::nullopt;
    name.remove_prefix(1);
    const int base = ascii_lower(name.front()) == 'x' ? 16 : 10;
    if (base == 16) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
    if (error != std::errc{} || stop != name.data() + name.size() || code == 0 || code > 0x10ffff)
        return std::nullopt;
    return code;
}

std::string decode_entities(std::string_view text) {
    constexpr std::size_t kLongest = 10;
    std::string out;
    while (!text.empty()) {
        const auto end = text.front() == '&' ? text.substr(0, kLongest).find(';') : std::string_view::npos;
        const auto code = end == std::string_view::npos ? std::nullopt : entity(text.substr(1, end - 1));
        if (code) {
            append_utf8(out, *code);
            text.remove_prefix(end + 1);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

/// Reads the attributes of one tag.
class Attributes {
  public:
    explicit Attributes(std::string_view tag) : rest_(tag) {}

    /// The value of the first attribute of that name.
    std::optional<std::string> find(std::string_view wanted) {
        for (;;) {
            skip([](char c) { return is_space(c) || c == '/'; });
            if (rest_.empty()) return std::nullopt;
            const auto name = take([](char c) { return c == '=' || is_space(c) || c == '/'; });
            if (name.empty()) {
                rest_.remove_prefix(1);
                continue;
            }
            const auto value = read_value();
            if (ascii_iequal(name, wanted)) return decode_entities(value);
        }
    }

  private:
    template <class Predicate>
    void skip(Predicate predicate) {
        rest_.remove_prefix(
            static_cast<std::size_t>(std::ranges::find_if_not(rest_, predicate) - rest_.begin()));
    }
    template <class Predicate>
    std::string_view take(Predicate end) {
        const auto length = static_cast<std::size_t>(std::ranges::find_if(rest_, end) - rest_.begin());
        const auto part = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return part;
    }
    std::string_view read_value() {
        const auto before = rest_;
        skip(is_space);
        if (rest_.empty() || rest_.front() != '=') {
            rest_ = before;
            return {};
        }
        rest_.remove_prefix(1);
        skip(is_space);
        if (rest_.empty()) return {};
        const char quote = rest_.front();
        if (quote != '"' && quote != '\'') return take(is_space);
        rest_.remove_prefix(1);
        const auto value = take([quote](char c) { return c == quote; });
        if (!rest_.empty()) rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
};

/// The end of the tag that begins at `begin`: a '>' in a quoted value is none.
std::size_t end_of_tag(std::string_view html, std::size_t begin) {
    char quote = '\0';
    for (std::size_t at = begin; at < html.size(); ++at) {
        const char c = html[at];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '>') {
            return at;
        } else if ((c == '"' || c == '\'') && html[at - 1] == '=') {
            quote = c;
        }
    }
    return html.size();
}

/// Where to go on behind what a browser does not show: comments, scripts, styles.
std::size_t behind_hidden(std::string_view html, std::size_t tag) {
    const auto rest = html.substr(tag);
    const auto behind = [&](std::string_view opening, std::string_view closing) -> std::size_t {
        if (find_word(rest.substr(0, opening.size()), opening) != 0) return 0;
        const auto end = find_word(html, closing, tag + opening.size());
        return end == std::string_view::npos ? html.size() : end + closing.size();
    };
    for (const auto& [opening, closing] :
         {std::pair("<!--", "-->"), std::pair("<script", "</script"), std::pair("<style", "</style")}) {
        if (const std::size_t at = behind(opening, closing); at != 0) return at;
    }
    return 0;
}

/// "mailto:…", but not "7_a:b.up.sql": no scheme begins with a digit or has a '_'.
bool has_scheme(std::string_view link) {
    const auto word = link.substr(0, link.find_first_of(":/"));
    const auto is_letter = [](char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; };
    return word.size() < link.size() && link[word.size()] == ':' && !word.empty() &&
           is_letter(word.front()) && std::ranges::all_of(word, [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
           });
}

/// The path a link leads to, percent-encoded, if it stays on this server and does not climb.
std::optional<std::string> path_of(std::string_view link, const Address& folder) {
    link = link.substr(0, link.find_first_of("?#"));
    const std::string origin = folder.origin();
    if (link.starts_with("//")) {
        const auto host = std::string_view(origin).substr(origin.find("//"));
        if (!link.starts_with(host)) return std::nullopt;
        link.remove_prefix(host.size());
    } else if (ascii_iequal(link.substr(0, origin.size()), origin)) {
        link.remove_prefix(origin.size());
    }
    if (link.starts_with('/')) return std::string(link);
    if (has_scheme(link)) return std::nullopt;
    while (link.starts_with("./"))
        link.remove_prefix(2);
    if (link.empty()) return std::nullopt;
    return folder.path + std::string(link);
}

std::optional<Entry> child_of(std::string_view link, const Address& folder) {
    const auto encoded = path_of(link, folder);
    const auto path = encoded ? percent_decode(*encoded) : std::nullopt;
    const auto base = percent_decode(folder.path);
    if (!path || !base || !path->starts_with(*base)) return std::nullopt;
    Entry entry{.path = path->substr(base->size())};
    if (entry.path.ends_with('/')) {
        entry.path.pop_back();
        entry.kind = EntryKind::Directory;
    }
    if (entry.path.empty() || entry.path == "." || entry.path == ".." ||
        entry.path.find('/') != std::string::npos)
        return std::nullopt;
    if (!is_file_name(entry.path)) {
        refuse(fmt::format("{} lists '{}': a control character in the name", folder.shown(),
                           printable(entry.path)),
               "rename that file");
    }
    return entry;
}

/// Whether a page says of itself that it lists a folder: a site's front page has links, too.
bool says_it_is_a_listing(std::string_view html, const std::vector<std::string>& links) {
    constexpr std::array<std::string_view, 3> kWords{"index of", "directory listing", "folder listing"};
    return std::ranges::any_of(kWords,
                               [&](auto word) { return find_word(html, word) != std::string_view::npos; }) ||
           std::ranges::any_of(links, [](const auto& link) { return link == "../" || link == "./../"; });
}

}  // namespace

std::vector<std::string> links_in(std::string_view html) {
    std::vector<std::string> links;
    for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
        if (const std::size_t behind = behind_hidden(html, at); behind != 0) {
            at = behind;
            continue;
        }
        const std::size_t end = end_of_tag(html, at + 1);
        const auto tag = html.substr(at + 1, end - at - 1);
        at = end;
        if (tag.size() < 2 || ascii_lower(tag.front()) != 'a' || !is_space(tag[1])) continue;
        if (auto href = Attributes(tag.substr(2)).find("href")) links.push_back(*std::move(href));
    }
    return links;
}

std::vector<Entry> parse_html_listing(std::string_view text, const Address& folder) {
    const auto links = links_in(text);
    std::vector<Entry> entries;
    std::unordered_set<std::string> seen;
    for (const std::string& link : links) {
        auto entry = child_of(link, folder);
        if (entry && seen.insert(entry->path).second) entries.push_back(*std::move(entry));
    }
    const bool has_script =
        std::ranges::any_of(entries, [](const Entry& entry) { return entry.path.ends_with(".sql"); });
    if (!has_script && !says_it_is_a_listing(text, links)) {
        refuse(fmt::format("{} is a page, but lists no folder", folder.shown()),
               "put a migrations.json beside the files: godwit index DIR");
    }
    return entries;
}

}  // namespace godwit::http
