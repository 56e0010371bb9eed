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

struct ProgramWish {
    std::filesystem::path folder{};               ///< where it runs
    std::span<const std::string_view> without{};  ///< variables that it does not get
    bool alone = true;           ///< nothing to read on stdin, stderr is taken; else it has our terminal
    std::size_t most_bytes = 0;  ///< of stdout: killed when it has printed more; 0 = no limit
};

/// Runs a program, found on PATH, without a shell, and waits for its end. Throws Errc::Usage where it cannot
/// be started. `out` is longer than most_bytes where that was passed.
Finished run_program(std::vector<std::string> words, const ProgramWish& wish);

}  // namespace godwit::cli
