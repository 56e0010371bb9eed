#include "formats/pair_name.hpp"

namespace godwit::layout {
namespace {

constexpr std::string_view kUp = ".up.";
constexpr std::string_view kDown = ".down.";

struct Mark {
    std::size_t at;
    Direction direction;
};

/// The last ".up." or ".down.".
std::optional<Mark> last_mark(std::string_view text) noexcept {
    for (std::size_t at = text.size(); at-- > 0;) {
        if (text[at] != '.') continue;
        if (text.substr(at).starts_with(kUp)) return Mark{at, Direction::Up};
        if (text.substr(at).starts_with(kDown)) return Mark{at, Direction::Down};
    }
    return std::nullopt;
}

}  // namespace

std::string_view mark_of(Direction direction) noexcept {
    return direction == Direction::Up ? kUp : kDown;
}

std::string_view leading_digits(std::string_view name) noexcept {
    std::size_t size = 0;
    while (size < name.size() && name[size] >= '0' && name[size] <= '9')
        ++size;
    return name.substr(0, size);
}

std::optional<PairName> parse_pair_name(std::string_view name) noexcept {
    const auto version = leading_digits(name);
    if (version.empty() || version.size() == name.size() || name[version.size()] != '_') return std::nullopt;
    if (name.find('\n') != std::string_view::npos)
        return std::nullopt;  // '.' of the grammar does not match it
    const auto rest = name.substr(version.size() + 1);
    const auto mark = last_mark(rest);
    if (!mark) return std::nullopt;
    return PairName{version, rest.substr(0, mark->at), mark->direction,
                    rest.substr(mark->at + mark_of(mark->direction).size())};
}

}  // namespace godwit::layout
