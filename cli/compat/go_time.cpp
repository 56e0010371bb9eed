#include "compat/go_time.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

namespace godwit::compat {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// A decimal fraction without trailing zeros: 1500 of 1000 is "1.5".
std::string scaled(std::uint64_t value, std::uint64_t unit) {
    std::string text = fmt::format("{}", value / unit);
    std::uint64_t rest = value % unit;
    if (rest == 0) return text;
    std::string digits;
    for (std::uint64_t place = unit / 10; place > 0 && rest > 0; place /= 10) {
        digits += static_cast<char>('0' + rest / place);
        rest %= place;
    }
    return text + "." + digits;
}

std::string offset_text(long offset, bool colon, bool minutes, bool z_for_zero) {
    if (z_for_zero && offset == 0) return "Z";
    const long absolute = std::labs(offset) / 60;
    std::string text = fmt::format("{}{:02}", offset < 0 ? '-' : '+', absolute / 60);
    if (minutes) text += fmt::format("{}{:02}", colon ? ":" : "", absolute % 60);
    return text;
}

int twelve_hour(int hour) {
    return hour % 12 == 0 ? 12 : hour % 12;
}

using Chunk = std::string (*)(const ZonedTime&);
struct LayoutWord {
    std::string_view word;
    Chunk text;
};

// Longest first where one word begins another: Go looks for the longest chunk at each place.
const std::array<LayoutWord, 34> kWords = {{
    {"January",
     [](const ZonedTime& t) { return std::string(kMonths[static_cast<std::size_t>(t.local.tm_mon)]); }},
    {"Monday",
     [](const ZonedTime& t) { return std::string(kDays[static_cast<std::size_t>(t.local.tm_wday)]); }},
    {"-07:00:00", [](const ZonedTime& t) { return offset_text(t.offset, true, true, false) + ":00"; }},
    {"Z07:00:00",
     [](const ZonedTime& t) {
         return t.offset == 0 ? "Z" : offset_text(t.offset, true, true, false) + ":00";
     }},
    {"-070000", [](const ZonedTime& t) { return offset_text(t.offset, false, true, false) + "00"; }},
    {"Z070000",
     [](const ZonedTime& t) {
         return t.offset == 0 ? "Z" : offset_text(t.offset, false, true, false) + "00";
     }},
    {"-07:00", [](const ZonedTime& t) { return offset_text(t.offset, true, true, false); }},
    {"Z07:00", [](const ZonedTime& t) { return offset_text(t.offset, true, true, true); }},
    {"-0700", [](const ZonedTime& t) { return offset_text(t.offset, false, true, false); }},
    {"Z0700", [](const ZonedTime& t) { return offset_text(t.offset, false, true, true); }},
    {"2006", [](const ZonedTime& t) { return fmt::format("{:04}", t.local.tm_year + 1900); }},
    {"_2006", [](const ZonedTime& t) { return fmt::format("_{:04}", t.local.tm_year + 1900); }},
    {"-07", [](const ZonedTime& t) { return offset_text(t.offset, false, false, false); }},
    {"Z07", [](const ZonedTime& t) { return offset_text(t.offset, false, false, true); }},
    {"Jan",
     [](const ZonedTime& t) {
         return std::string(kMonths[static_cast<std::size_t>(t.local.tm_mon)].substr(0, 3));
     }},
    {"Mon",
     [](const ZonedTime& t) {
         return std::string(kDays[static_cast<std::size_t>(t.local.tm_wday)].substr(0, 3));
     }},
    {"MST", [](const ZonedTime& t) { return t.zone; }},
    {"002", [](const ZonedTime& t) { return fmt::format("{:03}", t.local.tm_yday + 1); }},
    {"__2", [](const ZonedTime& t) { return fmt::format("{:>3}", t.local.tm_yday + 1); }},
    {"01", [](const ZonedTime& t) { return fmt::format("{:02}", t.local.tm_mon + 1); }},
    {"02", [](const ZonedTime& t) { return fmt::format("{:02}", t.local.tm_mday); }},
    {"03", [](const ZonedTime& t) { return fmt::format("{:02}", twelve_hour(t.local.tm_hour)); }},
    {"04", [](const ZonedTime& t) { return fmt::format("{:02}", t.local.tm_min); }},
    {"05", [](const ZonedTime& t) { return fmt::format("{:02}", t.local.tm_sec); }},
    {"06", [](const ZonedTime& t) { return fmt::format("{:02}", t.local.tm_year % 100); }},
    {"15", [](const ZonedTime& t) { return fmt::format("{:02}", t.local.tm_hour); }},
    {"PM", [](const ZonedTime& t) { return std::string(t.local.tm_hour >= 12 ? "PM" : "AM"); }},
    {"pm", [](const ZonedTime& t) { return std::string(t.local.tm_hour >= 12 ? "pm" : "am"); }},
    {"_2", [](const ZonedTime& t) { return fmt::format("{:>2}", t.local.tm_mday); }},
    {"1", [](const ZonedTime& t) { return fmt::format("{}", t.local.tm_mon + 1); }},
    {"2", [](const ZonedTime& t) { return fmt::format("{}", t.local.tm_mday); }},
    {"3", [](const ZonedTime& t) { return fmt::format("{}", twelve_hour(t.local.tm_hour)); }},
    {"4", [](const ZonedTime& t) { return fmt::format("{}", t.local.tm_min); }},
    {"5", [](const ZonedTime& t) { return fmt::format("{}", t.local.tm_sec); }},
}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// ".000", ",999" and the like behind the seconds: nullopt where `layout` does not begin with one.
std::optional<std::string> fraction(const ZonedTime& time, std::string_view layout, std::size_t& length) {
    if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',')) return std::nullopt;
    const char digit = layout[1];
    if (digit != '0' && digit != '9') return std::nullopt;
    std::size_t end = 1;
    while (end < layout.size() && layout[end] == digit)
        ++end;
    if (end < layout.size() && is_digit(layout[end])) return std::nullopt;
    length = end;
    std::string digits = fmt::format("{:09}", time.nanoseconds).substr(0, std::min<std::size_t>(end - 1, 9));
    if (digit == '9') {
        digits.erase(digits.find_last_not_of('0') + 1);
        if (digits.empty()) return std::string();
    }
    return layout[0] + digits;
}

const LayoutWord* word_at(std::string_view layout) {
    for (const LayoutWord& entry : kWords) {
        if (!layout.starts_with(entry.word)) continue;
        // "Jan" in "January" came first; "Janet" is no month, as in Go.
        if (entry.word == "Jan" || entry.word == "Mon") {
            const bool lower = layout.size() > 3 && layout[3] >= 'a' && layout[3] <= 'z';
            if (lower) continue;
        }
        return &entry;
    }
    return nullptr;
}

bool zone_exists(const std::string& zone) {
    if (zone.empty() || zone == "UTC" || zone == "Local") return true;
    if (zone.find("..") != std::string::npos || zone.front() == '/' || zone.front() == '\\') return false;
    return std::filesystem::is_regular_file(std::filesystem::path("/usr/share/zoneinfo") / zone);
}

}  // namespace

std::string go_duration(std::chrono::nanoseconds span) {
    const bool negative = span.count() < 0;
    const auto value = static_cast<std::uint64_t>(negative ? -span.count() : span.count());
    const std::string sign = negative ? "-" : "";
    if (value == 0) return "0s";
    if (value < 1'000) return fmt::format("{}{}ns", sign, value);
    if (value < 1'000'000) return sign + scaled(value, 1'000) + "µs";
    if (value < 1'000'000'000) return sign + scaled(value, 1'000'000) + "ms";
    const std::uint64_t minutes = value / 60'000'000'000;
    std::string text = sign;
    if (minutes >= 60) text += fmt::format("{}h", minutes / 60);
    if (minutes > 0) text += fmt::format("{}m", minutes % 60);
    return text + scaled(value % 60'000'000'000, 1'000'000'000) + "s";
}

std::optional<ZonedTime> in_zone(std::chrono::system_clock::time_point moment, const std::string& zone) {
    if (!zone_exists(zone)) return std::nullopt;
    if (zone != "Local") {
        setenv("TZ", zone.empty() ? "UTC" : zone.c_str(), 1);
        tzset();
    }
    const auto since = moment.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    ZonedTime time;
    time.unix = seconds.count();
    time.nanoseconds =
        static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count());
    localtime_r(&time.unix, &time.local);
    time.offset = time.local.tm_gmtoff;
    time.zone = time.local.tm_zone;
    return time;
}

std::string go_format(const ZonedTime& time, std::string_view layout) {
    std::string out;
    while (!layout.empty()) {
        std::size_t length = 0;
        const bool after_seconds = !out.empty() && is_digit(out.back());
        if (const auto text = after_seconds ? fraction(time, layout, length) : std::nullopt) {
            out += *text;
            layout.remove_prefix(length);
        } else if (const LayoutWord* word = word_at(layout)) {
            out += word->text(time);
            layout.remove_prefix(word->word.size());
        } else {
            out += layout.front();
            layout.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace godwit::compat
