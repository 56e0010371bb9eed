#include "sql/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace godwit::sql {
namespace {

using std::chrono::microseconds;

struct Moment {
    std::chrono::year_month_day day;
    std::chrono::hh_mm_ss<microseconds> time;
};

Moment split(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<microseconds>(time - day)};
}

std::string write(Timestamp time, char between, std::string_view end) {
    const Moment at = split(time);
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:06}{}", static_cast<int>(at.day.year()),
                       static_cast<unsigned>(at.day.month()), static_cast<unsigned>(at.day.day()), between,
                       at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count(),
                       at.time.subseconds().count(), end);
}

/// The number of exactly `digits` digits at `at`.
std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return std::nullopt;
    int value = 0;
    const char* const end = text.data() + at + digits;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    if (error != std::errc() || stop != end || text[at] == '-') return std::nullopt;
    return value;
}

bool has(std::string_view text, std::size_t at, std::string_view any_of) {
    return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

std::optional<microseconds> fraction(std::string_view text) {
    if (text.empty()) return microseconds(0);
    if (text.front() != '.' || text.size() < 2 || text.size() > 7) return std::nullopt;
    std::string digits(text.substr(1));
    digits.resize(6, '0');
    const auto value = number(digits, 0, 6);
    if (!value) return std::nullopt;
    return microseconds(*value);
}

struct Renderer {
    const Syntax& syntax;

    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return fmt::format("{:.3f}", value); }
    std::string operator()(const std::string& value) const { return syntax.literal(value); }
    std::string operator()(Timestamp value) const {
        return syntax.literal(syntax.family == Family::MySql ? to_sql_datetime(value) : to_iso8601(value));
    }
    std::string operator()(const Raw& value) const { return value.sql; }
};

}  // namespace

std::string render(const Value& value, const Syntax& syntax) {
    return std::visit(Renderer{syntax}, value);
}

std::string to_iso8601(Timestamp time) {
    return write(time, 'T', "Z");
}

std::string to_sql_datetime(Timestamp time) {
    return write(time, ' ', "");
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    if (text.ends_with('Z')) text.remove_suffix(1);
    const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
    const auto hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    if (!has(text, 4, "-") || !has(text, 7, "-") || !has(text, 10, "T ") || !has(text, 13, ":") ||
        !has(text, 16, ":"))
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    const auto rest = fraction(text.substr(19));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60 || !rest) return std::nullopt;
    return Timestamp(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                     std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *rest);
}

Timestamp now() {
    return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

}  // namespace godwit::sql
