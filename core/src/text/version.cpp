#include "godwit/version.hpp"

#include <algorithm>
#include <array>
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

bool is_version(std::string_view text) noexcept {
    bool digit_before = false;
    for (const char c : text) {
        if (!is_digit(c) && !(c == '.' && digit_before)) return false;
        digit_before = c != '.';
    }
    return digit_before;
}

/// A number in decimal.
class Digits {
  public:
    explicit Digits(std::int64_t number) noexcept
        : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
    Digits(const Digits&) = delete;
    Digits& operator=(const Digits&) = delete;
    ~Digits() = default;
    [[nodiscard]] std::string_view view() const noexcept {
        return {digits_.data(), static_cast<std::size_t>(end_ - digits_.data())};
    }

  private:
    std::array<char, 20> digits_{};
    const char* end_;
};

std::strong_ordering compare_parts(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return a.size() <=> b.size();
    return a.compare(b) <=> 0;
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && stop == end && text.front() != '-' && text.size() <= UINT32_MAX)
        return Version(number, static_cast<std::uint32_t>(text.size()));
    if (!is_version(text)) return std::nullopt;
    return Version(RareText(text));
}

Version Version::of(std::uint64_t number) {
    return *parse(std::to_string(number));
}

std::string Version::text() const {
    if (!long_.empty()) return std::string(long_);
    const Digits digits(number_);
    std::string text(width_, '0');
    text.replace(width_ - digits.view().size(), digits.view().size(), digits.view());
    return text;
}

std::string Version::canonical() const {
    if (long_.empty()) return std::string(Digits(number_).view());
    std::string_view rest = long_;
    std::string canonical(take_part(rest));
    while (!rest.empty()) {
        canonical += '.';
        canonical += take_part(rest);
    }
    return canonical;
}

std::strong_ordering Version::compare_texts(const Version& a, const Version& b) noexcept {
    const Digits digits_a(a.number_);
    const Digits digits_b(b.number_);
    std::string_view rest_a = a.long_.empty() ? digits_a.view() : a.long_.view();
    std::string_view rest_b = b.long_.empty() ? digits_b.view() : b.long_.view();
    while (!rest_a.empty() && !rest_b.empty()) {
        if (const auto order = compare_parts(take_part(rest_a), take_part(rest_b)); std::is_neq(order))
            return order;
    }
    return rest_a.size() <=> rest_b.size();
}

}  // namespace godwit
