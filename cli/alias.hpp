#pragma once

#include <string_view>

#include "args.hpp"

namespace godwit::cli {

/// The native name of a word that another tool uses for a command; "" where it is none.
std::string_view native_name(std::string_view word);

/// Brings the arguments that come along with an alias (`upgrade head`, `downgrade -1`) into native form and
/// sets Arguments::note.
void translate_alias(std::string_view word, Arguments& arguments);

}  // namespace godwit::cli
