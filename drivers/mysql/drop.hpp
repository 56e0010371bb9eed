#pragma once

#include <string>
#include <vector>

#include "mysql/session.hpp"

namespace godwit::mysql {

/// Drops what is in a database, in an order in which nothing is in the way. Returns what was dropped ("table
/// shop.users").
std::vector<std::string> drop_schema_content(Connection& connection, const std::string& schema);

}  // namespace godwit::mysql
