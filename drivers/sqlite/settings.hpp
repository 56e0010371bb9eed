#pragma once

#include <sqlite3.h>

#include <vector>

#include "sqlite/url.hpp"

/// The session of a database in memory cannot be opened again: it is taken back to what it was.
namespace godwit::sqlite {

/// Every pragma of the session that can be read and that a script may change.
std::vector<Pragma> read_settings(sqlite3* connection);
/// Sets them again, detaches what was attached and drops temporary objects. Throws what SQLite throws.
void restore_settings(sqlite3* connection, const std::vector<Pragma>& settings);

}  // namespace godwit::sqlite
