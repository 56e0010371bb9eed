#pragma once

#include <vector>

#include "mysql/session.hpp"

namespace godwit::mysql {

/// Tables whose engine knows no transactions: name, schema, and "1" where that is the session's. Throws what
/// the server says.
std::vector<sql::Row> untransactional_tables(Connection& connection);

}  // namespace godwit::mysql
