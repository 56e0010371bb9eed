#pragma once

#include <string>
#include <string_view>

#include "notebook.hpp"

namespace notebook {

/// Runs one statement on the notes:
///   ADD key text     a new note; the key must not be there
///   SET key text     a note, new or not
///   DELETE key       the key must be there
/// Throws godwit::Error of kind statement.
void execute(std::string_view statement, Notebook& notebook);

}  // namespace notebook
