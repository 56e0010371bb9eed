#pragma once

#include <memory>
#include <string>

#include "godwit/driver.hpp"
#include "mysql/ledger.hpp"
#include "mysql/session.hpp"
#include "sql/table_name.hpp"

namespace godwit::mysql {

/// Nothing but digits: needs no quoting. golang-migrate's command line and library use the same.
std::string lock_name(const std::string& database, const sql::TableName& table);

/// golang-migrate's lock, polled: GET_LOCK with its name, held by this session. See Driver::lock().
std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, Ledger& ledger,
                                const Deadline& deadline, const LockWaiting& waiting);

}  // namespace godwit::mysql
