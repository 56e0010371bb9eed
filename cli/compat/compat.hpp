#pragma once

#include <span>
#include <string>

namespace godwit::compat {

/// golang-migrate's command line (facts/golang-migrate.md 1–5 and 11; docs/golang-migrate.md says what
/// differs). `words` are the arguments behind the program's name. Writes to stderr only; returns the exit
/// code.
int run(std::span<const std::string> words);

}  // namespace godwit::compat
