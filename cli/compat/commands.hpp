#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "compat/log.hpp"
#include "compat/runner.hpp"

namespace godwit::compat {

bool is_command(std::string_view word);

/// Opens source and database, runs `work` on them and returns its exit code; logs the error and returns 1
/// where they could not be opened.
using OpenRunner = std::function<int(const std::function<int(Runner&)>& work)>;

/// One command with its flags and arguments; `words` begins with the command. Returns the exit code.
int run_command(const Log& log, const OpenRunner& open, std::span<const std::string> words);

}  // namespace godwit::compat
