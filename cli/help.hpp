#pragma once

#include <string>

#include "command.hpp"

namespace godwit::cli {

std::string main_help();
std::string command_help(const Command& command);

}  // namespace godwit::cli
