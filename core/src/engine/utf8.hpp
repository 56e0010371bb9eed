#pragma once

#include <string_view>

namespace godwit::engine {

/// Whether every database takes `text` into a text column: valid UTF-8 without NUL.
bool is_storable_text(std::string_view text) noexcept;

}  // namespace godwit::engine
