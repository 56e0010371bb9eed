#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::cli {

/// The first word of the call by which a shell asks: `godwit __complete -- WORD…`.
inline constexpr std::string_view kCompleteWord = "__complete";

struct Candidate {
    std::string value;  ///< the whole word
    std::string about;  ///< one line; may be ""
};

/// Paths that the shell itself lists, for the word behind its last '='.
enum class Paths : std::uint8_t { None, Files, Folders };

struct Suggestions {
    std::vector<Candidate> candidates;
    Paths paths = Paths::None;
};

/// What the last of `words` can become; they are those behind the program's name, and the last may be "".
/// Reads the configuration file, lists a local folder of migrations and looks for plugins; opens no database,
/// no server and runs no `!command`. What cannot be found out is left out: throws nothing.
Suggestions suggestions(std::span<const std::string> words);

/// A candidate a line, value and meaning with a tab between; then `:files` or `:folders` where the shell is
/// to list paths.
std::string suggestions_text(const Suggestions& found);

}  // namespace godwit::cli
