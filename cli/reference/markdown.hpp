#pragma once

#include <string>

namespace godwit::cli {

/// docs/reference/commands.md: every command and option, the exit codes.
std::string commands_markdown();
/// docs/reference/configuration.md: every key with its option and environment variable.
std::string configuration_markdown();

}  // namespace godwit::cli
