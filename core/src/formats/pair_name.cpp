#include "formats/pair_name.hpp"

#include <algorithm>

namespace godwit::layout {

std::string_view leading_digits(std::string_view name) noexcept {
    return name.substr(0, std::min(name.find_first_not_of("0123456789"), name.size()));
}

std::optional<PairName> parse_pair_name(std::string_view name) noexcept {
    constexpr std::string_view kUp = ".up.";
    constexpr std::string_view kDown = ".down.";
    constexpr auto kNone = std::string_view::npos;
    const auto version = leading_digits(name);
    if (version.empty() || version.size() == name.size() || name[version.size()] != '_') return std::nullopt;
    if (name.find('\n') != kNone) return std::nullopt;  // '.' of the grammar does not match it
    const auto rest = name.substr(version.size() + 1);
    const auto up = rest.rfind(kUp);
    const auto down = rest.rfind(kDown);
    if (up == kNone && down == kNone) return std::nullopt;
    const bool is_up = down == kNone || (up != kNone && up > down);
    const auto mark = is_up ? up : down;
    return PairName{version, rest.substr(0, mark), is_up ? Direction::Up : Direction::Down,
                    rest.substr(mark + (is_up ? kUp : kDown).size())};
}

}  // namespace godwit::layout
