#pragma once

#include <string>
#include <vector>

#include "postgresql/session.hpp"

namespace godwit::postgresql {

/// Drops all that the schema holds, but not the schema, and nothing that an extension owns. All in one
/// transaction, unless the server cannot hold so many locks. Returns what was dropped: "table public.users".
std::vector<std::string> drop_schema_content(Connection& connection, const std::string& schema);

}  // namespace godwit::postgresql
