#pragma once

#include "godwit/locks.hpp"
#include "postgresql/session.hpp"
#include "sql/table_name.hpp"

namespace godwit::postgresql {

/// See Driver::locks().
LockReport read_locks(Connection& connection, const sql::TableName& table);

/// Who may keep statements of the ledger waiting, in words: who has a lock on its tables, else who has had a
/// transaction open for longest that wrote something (the tables may be in the making there); "" for nobody.
std::string ledger_holder(Connection& connection, const sql::TableName& table);

}  // namespace godwit::postgresql
