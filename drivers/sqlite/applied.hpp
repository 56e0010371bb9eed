#pragma once

#include <vector>

#include "godwit/ledger.hpp"
#include "sqlite/session.hpp"

namespace godwit::sqlite {

/// See Driver::applied(). `history` is the table's name, quoted. One pass over the rows, newest first, with
/// nothing between SQLite and the result: histories may have a hundred thousand of them.
std::vector<AppliedVersion> read_applied(Connection& connection, const std::string& history);

}  // namespace godwit::sqlite
