#pragma once

#include <string>
#include <vector>

#include "sqlite/session.hpp"

namespace godwit::sqlite {

/// Drops every table, view, trigger and index of the file in one transaction, and gives their names ("table
/// users"). The session is reset afterwards.
std::vector<std::string> drop_all(Connection& connection);

}  // namespace godwit::sqlite
