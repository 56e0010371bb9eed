#include "script/position.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "script/characters.hpp"

namespace godwit {
namespace {

constexpr std::size_t kWidest = 120;  // characters of an excerpt's line

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::size_t back(std::string_view text, std::size_t at, std::size_t floor, std::size_t characters) {
    while (at > floor && characters > 0)
        if (begins_character(text[--at])) --characters;
    return at;
}

std::size_t forth(std::string_view text, std::size_t at, std::size_t ceiling, std::size_t characters) {
    for (; at < ceiling; ++at) {
        if (!begins_character(text[at])) continue;
        if (characters-- == 0) break;
    }
    return at;
}

struct Window {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool cut_left = false;
    bool cut_right = false;
};

/// The part of the line at `offset` that is shown. Looks no further than it shows.
Window window_around(std::string_view text, std::size_t offset) {
    const std::size_t left = back(text, offset, 0, kWidest);
    const std::size_t right = forth(text, offset, text.size(), kWidest);
    const std::size_t line_break = text.substr(left, offset - left).rfind('\n');
    const bool begin_seen = line_break != std::string_view::npos || left == 0;
    Window window;
    window.begin = line_break == std::string_view::npos ? left : left + line_break + 1;
    window.end = std::min(text.find('\n', offset), right);
    const bool end_seen = window.end < right || right == text.size();
    const std::size_t before = script::count_characters(text.substr(window.begin, offset - window.begin));
    const std::size_t behind = script::count_characters(text.substr(offset, window.end - offset));
    if (begin_seen && end_seen && before + behind <= kWidest) return window;

    const std::size_t keep_left = std::max(kWidest / 2, kWidest - std::min(kWidest, behind)) - 1;
    if (before > keep_left) {
        window.begin = back(text, offset, window.begin, keep_left);
        window.cut_left = true;
    }
    const std::size_t shown = script::count_characters(text.substr(window.begin, offset - window.begin));
    const std::size_t end = forth(text, offset, window.end, kWidest - 2 - shown);
    window.cut_right = end < window.end || !end_seen;
    window.end = end;
    return window;
}

/// How many carets: the word at `offset`, else one.
std::size_t caret_width(std::string_view text, std::size_t offset, std::size_t end) {
    std::size_t at = offset;
    while (at < end && script::is_word_byte(text[at]))
        ++at;
    return std::max<std::size_t>(1, script::count_characters(text.substr(offset, at - offset)));
}

/// Bytes of the well-formed UTF-8 sequence that `text` begins with; 0 where it begins with none.
std::size_t sequence_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 0 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (begins_character(text[i])) return 0;
    const unsigned second = length > 2 ? static_cast<unsigned char>(text[1]) : 0xA0U;
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
    return overlong || beyond ? 0 : length;
}

/// White space and control characters as blanks, so that a caret below stays below; what is no UTF-8 as
/// replacement characters, so that the line can go into any output.
std::string printable(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const bool second_set =
            length == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
        const bool control =
            static_cast<unsigned char>(text.front()) < ' ' || text.front() == '\x7F' || second_set;
        if (length == 0)
            line += "\uFFFD";
        else if (control)
            line += ' ';
        else
            line += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return line;
}

}  // namespace

namespace script {

std::size_t count_characters(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

Position PositionCounter::advance_to(std::size_t offset) noexcept {
    const std::string_view passed = text_.substr(at_, offset - at_);
    const auto breaks = static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    if (breaks > 0) {
        position_.line += breaks;
        position_.column = 1 + count_characters(passed.substr(passed.rfind('\n') + 1));
    } else {
        position_.column += count_characters(passed);
    }
    // The mark at the file's start is no character of the first line.
    if (at_ == 0 && breaks == 0 && passed.starts_with("\xEF\xBB\xBF")) --position_.column;
    at_ = offset;
    return position_;
}

std::string excerpt(std::string_view text, std::size_t offset) {
    offset = std::min(offset, text.size());
    while (offset > 0 && offset < text.size() && !begins_character(text[offset]))
        --offset;
    const std::size_t line = PositionCounter(text).advance_to(offset).line;
    Window window = window_around(text, offset);
    if (window.begin == 0 && text.starts_with("\xEF\xBB\xBF") && offset >= 3) window.begin = 3;
    const std::string prefix = fmt::format("{:>4} | {}", line, window.cut_left ? "…" : "");
    std::string shown = printable(text.substr(window.begin, window.end - window.begin));
    shown.erase(shown.find_last_not_of(' ') + 1);
    const std::size_t indent =
        count_characters(prefix) + count_characters(text.substr(window.begin, offset - window.begin));
    const std::string carets(caret_width(text, offset, window.end), '^');
    return fmt::format("{}{}{}\n{:{}}{}", prefix, shown, window.cut_right ? "…" : "", "", indent, carets);
}

}  // namespace script

std::size_t byte_offset_of_character(std::string_view text, std::size_t characters) noexcept {
    return forth(text, 0, text.size(), characters);
}

}  // namespace godwit
