#pragma once

#include <optional>
#include <string_view>

#include "godwit/migration.hpp"

namespace godwit::layout {

/// A file name of golang-migrate's layout, in its parts. Views into the name.
struct PairName {
    std::string_view version;  ///< digits, any number of them
    std::string_view title;    ///< may be empty
    Direction direction = Direction::Up;
    std::string_view extension;  ///< any text, may be empty or hold dots
};

/// `^([0-9]+)_(.*)\.(down|up)\.(.*)$`; the last ".up." or ".down." decides. Linear in the length.
std::optional<PairName> parse_pair_name(std::string_view name) noexcept;

/// What stands between title and extension: ".up.", ".down.".
std::string_view mark_of(Direction direction) noexcept;

/// The leading digits of `name`.
std::string_view leading_digits(std::string_view name) noexcept;

}  // namespace godwit::layout
