#pragma once

#include <span>
#include <string>

namespace godwit::cli {

/// The native command line. `words` are the arguments behind the program's name. Returns the exit code;
/// throws nothing.
int run(std::span<const std::string> words);

}  // namespace godwit::cli
