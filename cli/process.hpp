#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::cli {

/// What a program that has ended left.
struct Finished {
    int status = 0;  ///< its exit code; 128 + N where signal N ended it
    std::string out;
    std::string err;
};

/// Runs a program, found on PATH, in `folder`: no shell, nothing to read on stdin, and our environment but
/// for the variables in `without`. Throws Errc::Usage where it cannot be started.
Finished run_program(std::vector<std::string> words, const std::filesystem::path& folder,
                     std::span<const std::string_view> without = {});

}  // namespace godwit::cli
