#pragma once

#include "godwit/locks.hpp"
#include "mysql/session.hpp"
#include "sql/table_name.hpp"

namespace godwit::mysql {

/// See Driver::locks().
LockReport read_locks(Connection& connection, const sql::TableName& table);

/// Who may have a lock on this table, in words; "" where the server does not tell.
std::string table_holder(Connection& connection, const sql::TableName& table);

}  // namespace godwit::mysql
