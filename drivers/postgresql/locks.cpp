#include "postgresql/locks.hpp"

#include <fmt/format.h>

#include "postgresql/lease.hpp"
#include "postgresql/lock.hpp"
#include "postgresql/text.hpp"
#include "sql/values.hpp"

namespace godwit::postgresql {
namespace {

/// Sessions of other users show no statement to who may not see it; NULL becomes "".
constexpr std::string_view kSession =
    "a.pid::text, coalesce(a.usename, ''), coalesce(host(a.client_addr), 'local'), a.application_name, "
    "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), coalesce(a.state, "
    "''), "
    "left(coalesce(a.query, ''), 200)";

/// The locks are ours where classid is 0 and objsubid 1: keys of one 64-bit number.
std::string ours(const AdvisoryKeys& keys) {
    return fmt::format(
        "l.locktype = 'advisory' AND l.classid = 0 AND l.objsubid = 1 AND l.objid IN ({}, {}) AND l.database "
        "= "
        "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
        keys.command_line, keys.library);
}

/// golang-migrate waits inside the server and is seen in pg_locks; godwit asks again and again, and its last
/// question tells.
std::string advisory_sql(const AdvisoryKeys& keys) {
    return fmt::format(
        "SELECT DISTINCT 'holder', {0}, '', '' FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a "
        "ON a.pid = l.pid WHERE l.granted AND {1} UNION ALL "
        "SELECT DISTINCT 'waiter', {0}, '', '' FROM pg_catalog.pg_stat_activity a WHERE a.pid <> "
        "pg_backend_pid() AND a.pid NOT IN (SELECT l.pid FROM pg_catalog.pg_locks l WHERE l.granted AND {1}) "
        "AND (a.pid IN (SELECT l.pid FROM pg_catalog.pg_locks l WHERE NOT l.granted AND {1}) OR (a.datname = "
        "current_database() AND (a.query LIKE '%pg\\_try\\_advisory\\_lock({2})%' OR (a.query LIKE "
        "'%pg\\_locks%objid = {2} %' AND a.state = 'idle'))))",
        kSession, ours(keys), keys.command_line);
}

/// Sessions that the row's owner works with; where it does nothing just now, what the row says.
std::string lease_sql(const LeaseTable& table) {
    return fmt::format(
        "SELECT 'holder', coalesce(a.pid::text, ''), coalesce(a.usename, ''), coalesce(host(a.client_addr), "
        "'local'), coalesce(l.session, 'golang-migrate'), coalesce(to_char(a.backend_start AT TIME ZONE "
        "'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), ''), coalesce(a.state, CASE WHEN l.owner IS NULL THEN '' WHEN "
        "l.heartbeat + l.lease_ms * interval '1 ms' < clock_timestamp() THEN 'lease ran out' ELSE 'lease' "
        "END), left(coalesce(a.query, ''), 200), '', '' FROM {0} l LEFT JOIN pg_catalog.pg_stat_activity a "
        "ON "
        "a.application_name = l.session WHERE l.{1} UNION ALL SELECT DISTINCT 'waiter', {2}, '', '' FROM "
        "pg_catalog.pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND a.datname = current_database() "
        "AND "
        "a.query LIKE 'INSERT INTO ' || {3} || ' (lock\\_id%'",
        table.name, table.where(), kSession, literal(table.name));
}

std::string blockers_sql(const std::string& pids) {
    return fmt::format(
        "SELECT 'blocker', {}, h.pid::text, coalesce((SELECT CASE WHEN w.relation IS NOT NULL THEN 'table ' "
        "|| "
        "w.relation::regclass ELSE w.locktype END FROM pg_catalog.pg_locks w WHERE w.pid = h.pid AND NOT "
        "w.granted LIMIT 1), '') FROM unnest(ARRAY[{}]::int[]) h(pid) CROSS JOIN LATERAL "
        "unnest(pg_blocking_pids(h.pid)) b(pid) JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid",
        kSession, pids);
}

LockRole role_of(std::string_view word) {
    if (word == "holder") return LockRole::Holder;
    return word == "waiter" ? LockRole::Waiter : LockRole::Blocker;
}

void add(LockReport& report, Connection& connection, const std::string& sql) {
    const auto results = connection.query(sql);
    const PGresult& rows = *results.back();
    for (int row = 0; row < PQntuples(&rows); ++row) {
        const auto text = [&](int column) {
            return redact(PQgetvalue(&rows, row, column), connection.target().password);
        };
        LockSession session;
        session.role = role_of(text(0));
        session.id = text(1);
        session.user = text(2);
        session.host = text(3);
        session.application = text(4);
        session.since = sql::parse_timestamp(text(5));
        session.state = text(6);
        session.statement = text(7);
        session.blocks = text(8);
        session.object = text(9);
        report.sessions.push_back(std::move(session));
    }
}

std::string holders(const LockReport& report) {
    std::string pids;
    for (const LockSession& session : report.sessions)
        if (session.role == LockRole::Holder && !session.id.empty())
            pids += (pids.empty() ? "" : ",") + session.id;
    return pids;
}

}  // namespace

LockReport read_locks(Connection& connection, const sql::TableName& table) {
    LockReport report;
    const AdvisoryKeys keys = advisory_keys(connection, table);
    const LeaseTable lease = lease_table(connection, table);
    report.lock = fmt::format("advisory locks {} and {}", keys.command_line, keys.library);
    if (connection.lock_strategy() == LockStrategy::Table)
        report.lock = fmt::format("row {} of table {}", lease.key, lease.name);
    add(report, connection, advisory_sql(keys));
    if (has_lease_columns(connection, lease)) add(report, connection, lease_sql(lease));
    if (const std::string pids = holders(report); !pids.empty()) add(report, connection, blockers_sql(pids));
    return report;
}

std::string ledger_holder(Connection& connection, const sql::TableName& table) {
    const auto regclass = [](const sql::TableName& name) {
        return fmt::format("to_regclass({})", literal(sql::qualified(name, sql::double_quoted)));
    };
    return connection.query_value(fmt::format(
        "SELECT {} FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_locks l ON l.pid = a.pid AND "
        "l.granted AND l.relation IN ({}, {}) WHERE a.pid <> pg_backend_pid() AND a.datname = "
        "current_database() AND (l.pid IS NOT NULL OR a.backend_xid IS NOT NULL) ORDER BY l.pid IS NULL, "
        "l.mode <> 'AccessExclusiveLock', a.xact_start LIMIT 1",
        kSessionInWords, regclass(table), regclass(table.history())));
}

}  // namespace godwit::postgresql
