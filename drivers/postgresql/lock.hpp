#pragma once

#include <memory>

#include "godwit/driver.hpp"
#include "postgresql/ledger.hpp"
#include "postgresql/session.hpp"

namespace godwit::postgresql {

/// golang-migrate's lock on this version table: the keys of its command line (database name with a slash
/// before it) and of programs that use it as a library (without), in this order; or its row in a lock table.
/// Polls; never waits inside the server, where CREATE INDEX CONCURRENTLY of the holder would wait for us in
/// turn.
std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, const sql::TableName& table,
                                const Deadline& deadline, const LockWaiting& waiting);

}  // namespace godwit::postgresql
