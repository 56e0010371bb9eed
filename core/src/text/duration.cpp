#include "godwit/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace godwit {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view take_while(std::string_view& text, bool digits) {
    std::size_t size = 0;
    while (size < text.size() && is_digit(text[size]) == digits && (digits || text[size] != '.'))
        ++size;
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
}

bool multiply_add(std::int64_t& value, std::int64_t factor, std::int64_t summand) {
    return !__builtin_mul_overflow(value, factor, &value) && !__builtin_add_overflow(value, summand, &value);
}

std::optional<std::int64_t> whole(std::string_view digits, std::int64_t unit) {
    std::int64_t value = 0;
    for (const char c : digits)
        if (!multiply_add(value, 10, c - '0')) return std::nullopt;
    if (!multiply_add(value, unit, 0)) return std::nullopt;
    return value;
}

/// Digits behind the point beyond the sixth cannot change a result in milliseconds by more than 4 ms.
std::int64_t fraction(std::string_view digits, std::int64_t unit) {
    std::int64_t value = 0;
    std::int64_t scale = 1;
    for (const char c : digits.substr(0, 6)) {
        value = value * 10 + (c - '0');
        scale *= 10;
    }
    return value * unit / scale;
}

/// Index into kUnits; a bare number, allowed only where it is the whole text, is seconds.
std::optional<std::size_t> find_unit(std::string_view name, bool alone) {
    if (name.empty()) return alone ? std::optional<std::size_t>(2) : std::nullopt;
    for (std::size_t i = 0; i < kUnits.size(); ++i)
        if (kUnits[i].name == name) return i;
    return std::nullopt;
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    for (bool first = true; !text.empty(); first = false) {
        const std::string_view digits = take_while(text, true);
        std::string_view decimals;
        if (!digits.empty() && !text.empty() && text.front() == '.') {
            text.remove_prefix(1);
            decimals = take_while(text, true);
            if (decimals.empty()) return std::nullopt;
        }
        const std::string_view name = take_while(text, false);
        const auto unit = find_unit(name, first && text.empty());
        if (digits.empty() || !unit || *unit < next_unit) return std::nullopt;
        const auto value = whole(digits, kUnits[*unit].milliseconds);
        if (!value || !multiply_add(total, 1, *value)) return std::nullopt;
        if (!multiply_add(total, 1, fraction(decimals, kUnits[*unit].milliseconds))) return std::nullopt;
        next_unit = *unit + 1;
    }
    // Deadlines add spans to clocks that count nanoseconds in 64 bits.
    if (total > std::numeric_limits<std::int64_t>::max() / 1'000'000) return std::nullopt;
    return Milliseconds(total);
}

std::string format_duration(std::chrono::microseconds span) {
    const std::int64_t us = std::max<std::int64_t>(span.count(), 0);
    if (us < 950) return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000.0);
    if (us < 999'500) return fmt::format("{} ms", (us + 500) / 1000);
    if (us < 59'950'000) return fmt::format("{:.1f} s", static_cast<double>(us) / 1e6);
    const std::int64_t seconds = us / 1'000'000 + (us % 1'000'000 >= 500'000 ? 1 : 0);
    if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
    return fmt::format("{}h {:02}m", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace godwit
