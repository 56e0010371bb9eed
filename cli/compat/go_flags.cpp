#include "compat/go_flags.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace godwit::compat {

namespace {

const FlagSpec* find(std::span<const FlagSpec> flags, std::string_view name) {
    const auto it = std::ranges::find(flags, name, &FlagSpec::name);
    return it == flags.end() ? nullptr : &*it;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
    if (text.starts_with('+')) text.remove_prefix(1);
    Number value{};
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, value, base);
    if (text.empty() || code != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// Base 0 of Go's parsers: 0x, 0o, 0b, a leading 0, and underscores between digits.
std::optional<std::uint64_t> number_of_any_base(std::string_view text) {
    std::string digits;
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        const char mark = static_cast<char>(text[1] | 0x20);
        base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
    }
    if (text.starts_with('+') || text.starts_with('_') || text.ends_with('_')) return std::nullopt;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '_'; });
    return whole_number<std::uint64_t>(digits, base);
}

std::string check_value(const FlagSpec& flag, std::string& value) {
    if (flag.kind == FlagKind::Bool) {
        const auto parsed = parse_go_bool(value);
        if (!parsed)
            return fmt::format("invalid boolean value {} for -{}: parse error", go_quote(value), flag.name);
        value = *parsed ? "true" : "false";
    } else if (flag.kind != FlagKind::Text) {
        const bool negative = flag.kind == FlagKind::Int && value.starts_with('-');
        const auto parsed = number_of_any_base(std::string_view(value).substr(negative ? 1 : 0));
        if (!parsed)
            return fmt::format("invalid value {} for flag -{}: parse error", go_quote(value), flag.name);
        value = fmt::format("{}{}", negative ? "-" : "", *parsed);
    }
    return {};
}

struct Word {
    std::string name;
    std::optional<std::string> value;
};

Word split_flag(std::string_view word) {
    word.remove_prefix(word.starts_with("--") ? 2 : 1);
    const auto equals = word.find('=', 1);
    if (equals == std::string_view::npos) return {std::string(word), std::nullopt};
    return {std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))};
}

/// Takes one flag at `at`; returns how many words it took, 0 after an error or a request for help.
std::size_t take_flag(ParsedFlags& parsed, std::span<const std::string> words, std::size_t at) {
    Word word = split_flag(words[at]);
    if (word.name.empty() || word.name[0] == '-' || word.name[0] == '=') {
        parsed.error = "bad flag syntax: " + words[at];
        return 0;
    }
    const auto it = std::ranges::find(parsed.flags, word.name, &FlagSpec::name);
    if (it == parsed.flags.end()) {
        parsed.help = word.name == "help" || word.name == "h";
        if (!parsed.help) parsed.error = "flag provided but not defined: -" + word.name;
        return 0;
    }
    std::size_t taken = 1;
    if (!word.value && it->kind == FlagKind::Bool) word.value = "true";
    if (!word.value && at + 1 < words.size()) {
        word.value = words[at + 1];
        taken = 2;
    }
    if (!word.value) {
        parsed.error = "flag needs an argument: -" + word.name;
        return 0;
    }
    parsed.error = check_value(*it, *word.value);
    it->value = *word.value;
    return parsed.error.empty() ? taken : 0;
}

bool is_zero(const FlagSpec& flag) {
    return flag.value.empty() || flag.value == "false" || (flag.kind != FlagKind::Text && flag.value == "0");
}

std::string_view type_word(FlagKind kind) {
    switch (kind) {
        case FlagKind::Bool:
            return "";
        case FlagKind::Int:
            return " int";
        case FlagKind::Uint:
            return " uint";
        case FlagKind::Text:
            return " string";
    }
    return "";
}

}  // namespace

const std::string& ParsedFlags::text(std::string_view name) const {
    static const std::string none;
    const FlagSpec* flag = find(flags, name);
    return flag ? flag->value : none;
}

bool ParsedFlags::is_set(std::string_view name) const {
    return text(name) == "true";
}

std::int64_t ParsedFlags::number(std::string_view name) const {
    const auto value = whole_number<std::int64_t>(text(name));
    return value.value_or(std::numeric_limits<std::int64_t>::max());
}

ParsedFlags parse_flags(std::vector<FlagSpec> flags, std::span<const std::string> words) {
    ParsedFlags parsed;
    parsed.flags = std::move(flags);
    std::size_t at = 0;
    while (at < words.size()) {
        const std::string& word = words[at];
        if (word.size() < 2 || word[0] != '-') break;
        if (word == "--") {
            ++at;
            break;
        }
        const std::size_t taken = take_flag(parsed, words, at);
        if (taken == 0) return parsed;
        at += taken;
    }
    parsed.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    return parsed;
}

std::string print_defaults(std::span<const FlagSpec> flags, std::span<const FlagSpec> defaults) {
    std::vector<const FlagSpec*> sorted;
    for (const FlagSpec& flag : flags)
        sorted.push_back(&flag);
    std::ranges::sort(sorted, {}, &FlagSpec::name);
    std::string out;
    for (const FlagSpec* flag : sorted) {
        const FlagSpec* original = find(defaults, flag->name);
        const bool short_bool = flag->kind == FlagKind::Bool && flag->name.size() == 1;
        out += fmt::format("  -{}{}{}{}", flag->name, type_word(flag->kind), short_bool ? "\t" : "\n    \t",
                           flag->usage);
        if (original != nullptr && !is_zero(*original)) {
            out += fmt::format(" (default {})", original->kind == FlagKind::Text ? go_quote(original->value)
                                                                                 : original->value);
        }
        out += '\n';
    }
    return out;
}

std::optional<bool> parse_go_bool(std::string_view word) {
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
        if (word == yes) return true;
    }
    for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
        if (word == no) return false;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_go_uint(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) return std::nullopt;
    return whole_number<std::uint64_t>(text);
}

std::optional<std::int64_t> parse_go_int(std::string_view text) {
    if (text.starts_with("+-")) return std::nullopt;
    return whole_number<std::int64_t>(text);
}

std::string go_quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
                } else {
                    out += c;
                }
        }
    }
    return out + "\"";
}

}  // namespace godwit::compat
