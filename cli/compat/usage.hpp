#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace godwit::compat {

/// The help text of one command, as golang-migrate prints it for `COMMAND -help`.
std::string_view command_usage(std::string_view command);

/// The whole usage text. The driver lists are ours: what this program can open.
std::string main_usage(const std::vector<std::string>& source_schemes,
                       const std::vector<std::string>& database_schemes);

}  // namespace godwit::compat
