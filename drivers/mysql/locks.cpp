#include "mysql/locks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mysql/lock.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

using Rows = std::vector<sql::Row>;

constexpr std::string_view kSession =
    "p.ID, p.USER, p.HOST, p.COMMAND, p.STATE, LEFT(COALESCE(p.INFO, ''), 200)";

/// What this user may not see, and tables that this server does not have, count as nothing to be told.
Rows rows_if_shown(Connection& connection, const std::string& sql) {
    try {
        return connection.query(sql);
    } catch (const Error&) {
        if (connection.lost()) throw;
        return {};
    }
}

std::string text_at(const sql::Row& row, std::size_t column) {
    return column < row.size() ? row[column].value_or("") : "";
}

LockSession session_of(const sql::Row& row, LockRole role, const Secret& password) {
    LockSession session;
    session.role = role;
    session.id = text_at(row, 0);
    session.user = text_at(row, 1);
    session.host = text_at(row, 2);
    const std::string command = text_at(row, 3);
    const std::string state = text_at(row, 4);
    session.state = command + (state.empty() ? "" : ": " + state);
    session.statement = redact(text_at(row, 5), password);
    return session;
}

std::string process_sql(std::string_view condition) {
    return fmt::format("SELECT {} FROM information_schema.PROCESSLIST p WHERE {}", kSession, condition);
}

LockSession process(Connection& connection, const std::string& id, LockRole role) {
    const Rows rows = rows_if_shown(connection, process_sql("p.ID = " + id));
    if (!rows.empty()) return session_of(rows.front(), role, connection.target().password);
    LockSession session;
    session.role = role;
    session.id = id;
    return session;
}

/// Whoever waits inside the server shows it; godwit asks again and again, and where the server remembers
/// statements, its last question tells.
Rows waiters(Connection& connection, const std::string& name, const std::string& holder) {
    const std::string asked = fmt::format("LIKE '%_LOCK(''{}''%'", name);
    const std::string others = fmt::format("p.ID NOT IN (CONNECTION_ID(), {})", holder);
    Rows rows = rows_if_shown(connection, process_sql(others + " AND p.INFO " + asked));
    const Rows remembered = rows_if_shown(
        connection,
        fmt::format("SELECT DISTINCT p.ID, p.USER, p.HOST, p.COMMAND, p.STATE, LEFT(e.SQL_TEXT, 200) FROM "
                    "performance_schema.events_statements_current e JOIN performance_schema.threads t ON "
                    "t.THREAD_ID = e.THREAD_ID JOIN information_schema.PROCESSLIST p ON p.ID = "
                    "t.PROCESSLIST_ID WHERE {} AND e.SQL_TEXT {}",
                    others, asked));
    for (const sql::Row& row : remembered)
        if (std::ranges::none_of(rows, [&](const sql::Row& known) { return known.at(0) == row.at(0); }))
            rows.push_back(row);
    return rows;
}

/// Locks on tables that one session waits for and others have: id, object.
std::string metadata_sql(const std::string& id) {
    return fmt::format(
        "SELECT DISTINCT h.PROCESSLIST_ID, CONCAT(LOWER(g.OBJECT_TYPE), ' ', COALESCE(g.OBJECT_SCHEMA, ''), "
        "'.', COALESCE(g.OBJECT_NAME, '')) FROM performance_schema.metadata_locks w JOIN "
        "performance_schema.threads r ON r.THREAD_ID = w.OWNER_THREAD_ID JOIN "
        "performance_schema.metadata_locks g ON g.OBJECT_TYPE = w.OBJECT_TYPE AND g.OBJECT_SCHEMA <=> "
        "w.OBJECT_SCHEMA AND g.OBJECT_NAME <=> w.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED' AND "
        "g.OWNER_THREAD_ID <> w.OWNER_THREAD_ID JOIN performance_schema.threads h ON h.THREAD_ID = "
        "g.OWNER_THREAD_ID WHERE w.LOCK_STATUS = 'PENDING' AND r.PROCESSLIST_ID = {}",
        id);
}

/// MariaDB's plugin METADATA_LOCK_INFO does not tell who waits: everybody else on a table that is locked.
std::string metadata_plugin_sql(const std::string& id) {
    return fmt::format(
        "SELECT DISTINCT m.THREAD_ID, CONCAT('table ', m.TABLE_SCHEMA, '.', m.TABLE_NAME) FROM "
        "information_schema.METADATA_LOCK_INFO m JOIN information_schema.PROCESSLIST w ON w.ID = {0} WHERE "
        "m.THREAD_ID <> {0} AND m.TABLE_NAME <> '' AND w.STATE LIKE 'Waiting for%' AND w.INFO LIKE "
        "CONCAT('%', m.TABLE_NAME, '%')",
        id);
}

std::string row_lock_sql(const Connection& connection, const std::string& id) {
    if (connection.facts().mariadb)
        return fmt::format(
            "SELECT DISTINCT b.trx_mysql_thread_id, 'rows' FROM information_schema.INNODB_LOCK_WAITS w JOIN "
            "information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id JOIN "
            "information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id WHERE r.trx_mysql_thread_id = "
            "{}",
            id);
    return fmt::format(
        "SELECT DISTINCT b.PROCESSLIST_ID, 'rows' FROM performance_schema.data_lock_waits w JOIN "
        "performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID JOIN "
        "performance_schema.threads "
        "b ON b.THREAD_ID = w.BLOCKING_THREAD_ID WHERE r.PROCESSLIST_ID = {}",
        id);
}

/// Where nobody tells: whoever has a transaction open.
std::string open_transactions_sql(const std::string& id) {
    return fmt::format(
        "SELECT DISTINCT t.trx_mysql_thread_id, '' FROM information_schema.INNODB_TRX t WHERE "
        "t.trx_mysql_thread_id NOT IN (0, CONNECTION_ID(), {})",
        id);
}

void add_blockers(LockReport& report, Connection& connection, const std::string& id, const Rows& found,
                  bool certain) {
    for (const sql::Row& row : found) {
        LockSession session = process(connection, text_at(row, 0), LockRole::Blocker);
        session.blocks = id;
        session.object = text_at(row, 1);
        session.certain = certain;
        report.sessions.push_back(std::move(session));
    }
}

void add_blockers(LockReport& report, Connection& connection, const LockSession& holder) {
    const std::size_t before = report.sessions.size();
    add_blockers(report, connection, holder.id, rows_if_shown(connection, metadata_sql(holder.id)), true);
    add_blockers(report, connection, holder.id,
                 rows_if_shown(connection, row_lock_sql(connection, holder.id)), true);
    if (report.sessions.size() == before)
        add_blockers(report, connection, holder.id, rows_if_shown(connection, metadata_plugin_sql(holder.id)),
                     false);
    if (report.sessions.size() == before && holder.state.find("Waiting for") != std::string::npos)
        add_blockers(report, connection, holder.id,
                     rows_if_shown(connection, open_transactions_sql(holder.id)), false);
}

}  // namespace

LockReport read_locks(Connection& connection, const sql::TableName& table) {
    const std::string name = lock_name(connection.target().database, table);
    LockReport report;
    report.lock = fmt::format("GET_LOCK('{}')", name);
    const std::string id = connection.query_value(fmt::format("SELECT IS_USED_LOCK('{}')", name));
    if (id.empty()) return report;
    const LockSession holder = process(connection, id, LockRole::Holder);
    report.sessions.push_back(holder);
    for (const sql::Row& row : waiters(connection, name, id))
        report.sessions.push_back(session_of(row, LockRole::Waiter, connection.target().password));
    add_blockers(report, connection, holder);
    return report;
}

std::string table_holder(Connection& connection, const sql::TableName& table) {
    Rows rows = rows_if_shown(
        connection,
        fmt::format(
            "SELECT t.PROCESSLIST_ID FROM performance_schema.metadata_locks m JOIN "
            "performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID WHERE m.LOCK_STATUS = "
            "'GRANTED' AND m.OBJECT_SCHEMA = {} AND m.OBJECT_NAME IN ({}, {}) AND t.PROCESSLIST_ID <> "
            "CONNECTION_ID() LIMIT 1",
            literal(table.schema), literal(table.table), literal(table.history_name())));
    if (rows.empty())
        rows = rows_if_shown(connection,
                             fmt::format("SELECT IS_USED_LOCK('{0}') FROM DUAL WHERE IS_USED_LOCK('{0}') <> "
                                         "CONNECTION_ID()",
                                         lock_name(connection.target().database, table)));
    if (rows.empty()) rows = rows_if_shown(connection, open_transactions_sql("0") + " LIMIT 1");
    if (rows.empty()) return "";
    const LockSession session = process(connection, text_at(rows.front(), 0), LockRole::Blocker);
    return fmt::format("connection id {}, user {}, host {}", session.id, session.user, session.host);
}

}  // namespace godwit::mysql
