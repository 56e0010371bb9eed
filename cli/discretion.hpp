#pragma once

#include <string>

#include "godwit/error.hpp"

namespace godwit::cli {

/// Keeps what this process was told to itself, as far as a process can: to be made first of all in main().
/// Passwords in the command line's URLs, --init-sql and placeholders are written over, so that `ps` shows
/// them only for the instant before; no core file is written, and no other process of the same user reads
/// memory or environment (PR_SET_DUMPABLE).
class Discretion {
  public:
    Discretion(int argc, char** argv);
    ~Discretion();
    Discretion(const Discretion&) = delete;
    Discretion& operator=(const Discretion&) = delete;
};

/// `text` with "***" for the password of every URL in it: for messages that repeat what a person typed in the
/// wrong place.
std::string without_passwords(const std::string& text);
/// The same for all that a person or a script is told of an error.
void hide_passwords(ErrorInfo& info);

}  // namespace godwit::cli
