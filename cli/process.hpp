#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace godwit::cli {

/// What a program that has ended left.
struct Finished {
    int status = 0;  ///< its exit code; 128 + N where signal N ended it
    std::string out;
    std::string err;
};

/// Runs a program, found on PATH, in `folder`: no shell, nothing to read on stdin. Throws Errc::Usage where
/// it cannot be started.
Finished run_program(std::vector<std::string> words, const std::filesystem::path& folder);

}  // namespace godwit::cli
