#pragma once

#include <string_view>

namespace godwit::cli {

struct Context;

/// Asks for `y` before something that cannot be taken back; in a protected environment for the environment's
/// name. Returns where the answer is yes, throws Errc::Usage where it is not, and where nobody can be asked.
void confirm(Context& context, std::string_view question);
/// Asks only in a protected environment.
void confirm_if_protected(Context& context, std::string_view question);

}  // namespace godwit::cli
