#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "godwit/script.hpp"

namespace godwit::script {

/// Number of characters (UTF-8 code points; a stray byte counts as one where it is no continuation byte).
std::size_t count_characters(std::string_view text) noexcept;

/// Turns ascending byte offsets into positions, in one pass over the text for all of them.
class PositionCounter {
  public:
    explicit PositionCounter(std::string_view text) : text_(text) {}
    /// `offset` must not be less than the last one.
    Position advance_to(std::size_t offset) noexcept;

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    Position position_;
};

/// See Script::excerpt.
std::string excerpt(std::string_view text, std::size_t offset);

}  // namespace godwit::script
