#pragma once

#include <string_view>

namespace godwit::cli {

/// The script that teaches a shell ("bash", "zsh", "fish") to complete godwit's command line: it asks the
/// program itself, so that it knows the tables of the godwit that is called. "" for another shell.
std::string_view completion_script(std::string_view shell);

}  // namespace godwit::cli
