#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "godwit/driver.hpp"
#include "postgresql/ledger.hpp"
#include "postgresql/session.hpp"

namespace godwit::postgresql {

/// A row `a` of pg_stat_activity as LockWaiting words a holder.
constexpr std::string_view kSessionInWords =
    "'pid ' || a.pid || ', user ' || coalesce(a.usename, '?') || ', host ' || coalesce(host(a.client_addr), "
    "'local') || ', application ' || coalesce(nullif(a.application_name, ''), '?') || ', since ' || "
    "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";

/// Of session-level advisory locks: both are held. In pg_locks they are objid, with classid 0.
struct AdvisoryKeys {
    std::uint32_t command_line;  ///< golang-migrate's own program, and the `migrate` face
    std::uint32_t library;       ///< programs that golang-migrate is built into
};
AdvisoryKeys advisory_keys(const Connection& connection, const sql::TableName& table);

/// golang-migrate's lock on the ledger's version table: the keys of its command line (database name with a
/// slash before it) and of programs that use it as a library (without), in this order; or a row in a lock
/// table; see LockStrategy. Polls; never waits inside the server, where CREATE INDEX CONCURRENTLY of the
/// holder would wait for us in turn.
std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, Ledger& ledger,
                                const Deadline& deadline, const LockWaiting& waiting);

}  // namespace godwit::postgresql
