#include "godwit/version.hpp"

#include <algorithm>
#include <charconv>

namespace godwit {
namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string_view without_zeros(std::string_view digits) noexcept {
    const auto first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    return digits.substr(first);
}

/// Cuts the first part off `rest`.
std::string_view take_part(std::string_view& rest) noexcept {
    const auto dot = rest.find('.');
    const auto part = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    return without_zeros(part);
}

std::strong_ordering compare_parts(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return a.size() <=> b.size();
    return a.compare(b) <=> 0;
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    bool digit_before = false;
    for (const char c : text) {
        if (!is_digit(c) && !(c == '.' && digit_before)) return std::nullopt;
        digit_before = c != '.';
    }
    if (!digit_before) return std::nullopt;
    return Version(std::string(text));
}

Version Version::of(std::uint64_t number) {
    return Version(std::to_string(number));
}

std::string Version::canonical() const {
    std::string_view rest = text_;
    std::string canonical(take_part(rest));
    while (!rest.empty()) {
        canonical += '.';
        canonical += take_part(rest);
    }
    return canonical;
}

std::optional<std::int64_t> Version::as_bigint() const noexcept {
    std::int64_t number = 0;
    const char* const end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept {
    std::string_view rest_a = a.text_;
    std::string_view rest_b = b.text_;
    // numbers of one width, as nearly all are: they are in the order of their text
    if (rest_a.size() == rest_b.size() && rest_a.find('.') == std::string_view::npos &&
        rest_b.find('.') == std::string_view::npos)
        return rest_a.compare(rest_b) <=> 0;
    while (!rest_a.empty() && !rest_b.empty()) {
        if (const auto order = compare_parts(take_part(rest_a), take_part(rest_b)); std::is_neq(order))
            return order;
    }
    return rest_a.size() <=> rest_b.size();
}

}  // namespace godwit
