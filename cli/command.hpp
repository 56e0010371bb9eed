#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "options.hpp"

namespace godwit::cli {

struct Context;

/// One command of the native command line.
struct Command {
    std::string_view name;
    std::string_view usage;    ///< its arguments, as help shows them: "[N]"
    std::string_view summary;  ///< one line
    std::string_view details;  ///< more lines for `help COMMAND`; may be ""
    std::span<const Option> options;
    std::size_t least_arguments = 0;
    std::size_t most_arguments = 0;
    int (*run)(Context&) = nullptr;      ///< returns the exit code, or throws godwit::Error
    Suggest suggest = Suggest::Nothing;  ///< what a shell offers for its arguments
    std::string_view words = {};         ///< words an argument can be, separated by single spaces
};

/// All commands, in the order in which help lists them.
std::span<const Command> commands();
/// Null where there is none of that name.
const Command* find_command(std::string_view name);

}  // namespace godwit::cli
