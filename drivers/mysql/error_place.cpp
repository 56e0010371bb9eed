#include <algorithm>
#include <array>
#include <charconv>

#include "mysql/errors.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

/// Server messages about one name that stands in the statement.
constexpr std::array<std::string_view, 15> kAboutName{"1050", "1051", "1054", "1060", "1061",
                                                      "1064", "1072", "1091", "1109", "1146",
                                                      "1176", "1193", "1215", "1305", "4161"};

struct Near {
    std::size_t begin = 0;  ///< of the quoted text, in the message
    std::size_t end = 0;
    std::size_t line = 1;
};

/// "… near 'TEXT' at line N": TEXT may hold quotes and line breaks itself.
std::optional<Near> near_part(std::string_view message) {
    constexpr std::string_view before = "near '";
    constexpr std::string_view between = "' at line ";
    const std::size_t begin = message.find(before);
    const std::size_t end = message.rfind(between);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + before.size())
        return std::nullopt;
    Near near{begin + before.size(), end, 0};
    const std::string_view digits = message.substr(end + between.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), near.line);
    if (near.line == 0) return std::nullopt;
    return near;
}

std::size_t start_of_line(std::string_view sql, std::size_t line) {
    std::size_t at = 0;
    for (std::size_t i = 1; i < line; ++i) {
        const std::size_t end = sql.find('\n', at);
        if (end == std::string_view::npos) return at;
        at = end + 1;
    }
    return at;
}

/// Whether the server's quotation begins at this place: it is cut after some characters, or runs over the
/// statement's end into what followed in the packet.
bool quotes(std::string_view quoted, std::string_view rest) {
    const std::size_t common = std::min(quoted.size(), rest.size());
    if (quoted.substr(0, common) != rest.substr(0, common)) return false;
    return quoted.size() <= rest.size() || quoted.substr(rest.size()).starts_with("\n;");
}

std::optional<std::size_t> find_quotation(std::string_view quoted, std::string_view sql, std::size_t from) {
    if (quoted.empty()) return sql.size();
    for (std::size_t at = sql.find(quoted.front(), from); at != std::string_view::npos;
         at = sql.find(quoted.front(), at + 1))
        if (quotes(quoted, sql.substr(at))) return at;
    // nothing of the statement is left before the packet goes on
    return quoted.starts_with(';') || quoted.starts_with("\n;") ? std::optional(sql.size()) : std::nullopt;
}

/// The last part of the first 'name' in the message.
std::string_view first_name(std::string_view message) {
    const std::size_t begin = message.find('\'');
    const std::size_t end = begin == std::string_view::npos ? begin : message.find('\'', begin + 1);
    if (end == std::string_view::npos) return {};
    const std::string_view name = message.substr(begin + 1, end - begin - 1);
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

/// Where `name` stands as a word of its own; nullopt unless that is exactly one place.
std::optional<std::size_t> only_place(std::string_view name, std::string_view sql) {
    std::optional<std::size_t> found;
    for (std::size_t at = sql.find(name); at != std::string_view::npos && !name.empty();
         at = sql.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if (at > 0 && is_word_character(sql[at - 1])) continue;
        if (end < sql.size() && is_word_character(sql[end])) continue;
        if (found) return std::nullopt;
        found = at;
    }
    return found;
}

}  // namespace

std::optional<std::size_t> offset_of_error(std::string& message, std::string_view native_code,
                                           std::string_view sql) {
    const auto near = near_part(message);
    if (!near) {
        if (std::ranges::find(kAboutName, native_code) == kAboutName.end()) return std::nullopt;
        return only_place(first_name(message), sql);
    }
    const std::string quoted = message.substr(near->begin, near->end - near->begin);
    const std::size_t line = start_of_line(sql, near->line);
    const auto at = find_quotation(quoted, sql, line);
    const std::size_t own = at ? std::min(quoted.size(), sql.size() - *at) : 0;
    message.replace(near->begin, near->end - near->begin, quoted.substr(0, own));
    return at.value_or(line);
}

}  // namespace godwit::mysql
