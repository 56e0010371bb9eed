#pragma once

#include <string>

#include "command.hpp"

namespace godwit::cli {

/// "-d, --database URL"; an option without a letter begins with `indent`.
std::string option_form(const Option& option, std::string_view indent = {});
/// What it does, with its default.
std::string option_meaning(const Option& option);

std::string main_help();
std::string command_help(const Command& command);

}  // namespace godwit::cli
