#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compat/reading.hpp"
#include "godwit/source.hpp"

namespace godwit::compat {

/// What was read for one item before anything ran.
struct Body {
    std::string text;                        ///< "" where there is no file for the direction
    std::optional<std::string> down_script;  ///< going up: the down half, to be stored beside it
    std::chrono::nanoseconds took{0};
};

/// All bodies of the items, in their order: whole, or throws before anything ran.
std::vector<Body> read_bodies(Source& source, std::span<const Item> items);

}  // namespace godwit::compat
