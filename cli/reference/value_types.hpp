#pragma once

#include <string>

#include "options.hpp"

namespace godwit::cli {

/// What a value must look like, as the references say it: "a duration: 500ms, 15s, 2m, …".
std::string value_form(const Option& option);

}  // namespace godwit::cli
