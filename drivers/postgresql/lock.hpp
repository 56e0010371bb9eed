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

/// A query that goes to the server in the same text as the first try, and what it gave behind the lock; no
/// results where the lock took more than that. Whatever its failure, the lock is taken without it.
struct SentAlong {
    std::string sql;  ///< "" = none
    std::vector<Result> results;
};

/// golang-migrate's lock on this version table: the keys of its command line (database name with a slash
/// before it) and of programs that use it as a library (without), in this order; or a row in a lock table;
/// see LockStrategy. Polls; never waits inside the server, where CREATE INDEX CONCURRENTLY of the holder
/// would wait for us in turn.
std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, const sql::TableName& table,
                                const Deadline& deadline, const LockWaiting& waiting, SentAlong& along);

}  // namespace godwit::postgresql
