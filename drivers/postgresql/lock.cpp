#include "postgresql/lock.hpp"

#include <fmt/format.h>

#include <utility>

#include "godwit/hash.hpp"
#include "sql/lock_poll.hpp"

namespace godwit::postgresql {
namespace {

std::uint32_t key_of(const sql::TableName& table, const std::string& database) {
    std::string joined = table.schema;
    joined.append(1, '\0').append(table.table).append(1, '\0').append(database);
    return golang_migrate_lock_id(joined);
}

struct Keys {
    std::uint32_t command_line;
    std::uint32_t library;
};

/// Both keys or none. Returns "" when both are held, else the one that is not free.
std::string try_both(Connection& connection, const Keys& keys) {
    return connection.query_value(
        fmt::format("SELECT CASE WHEN NOT pg_try_advisory_lock({0}) THEN '{0}' WHEN NOT "
                    "pg_try_advisory_lock({1}) THEN CASE "
                    "WHEN pg_advisory_unlock({0}) THEN '{1}' ELSE '{1}' END ELSE '' END",
                    keys.command_line, keys.library));
}

std::string holder_of(Connection& connection, const std::string& key) {
    if (key.empty()) return "";
    return connection.query_value(fmt::format(
        "SELECT 'pid ' || a.pid || ', user ' || coalesce(a.usename, '?') || ', host ' || "
        "coalesce(host(a.client_addr), "
        "'local') || ', application ' || coalesce(nullif(a.application_name, ''), '?') || ', since ' || "
        "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM "
        "pg_catalog.pg_locks l JOIN "
        "pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND "
        "l.database = "
        "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND l.classid = 0 AND "
        "l.objid = "
        "{} AND l.objsubid = 1 LIMIT 1",
        key));
}

void retake(Connection& connection, const Keys& keys) {
    const std::string held = connection.query_value(fmt::format(
        "SELECT count(DISTINCT objid) FROM pg_catalog.pg_locks WHERE pid = pg_backend_pid() AND locktype = "
        "'advisory' AND classid = 0 AND objsubid = 1 AND objid IN ({}, {})",
        keys.command_line, keys.library));
    if (held == "2" || try_both(connection, keys).empty()) return;
    fail(
        Errc::Locked, "a script gave the migration lock away, and another session has taken it",
        "leave DISCARD ALL and pg_advisory_unlock_all() out of migrations: godwit resets the session itself");
}

class AdvisoryLock : public Lock {
  public:
    AdvisoryLock(std::shared_ptr<Connection> connection, Keys keys)
        : connection_(std::move(connection)), keys_(keys) {
        connection_->set_lock_keeper([this] { retake(*connection_, keys_); });
    }
    ~AdvisoryLock() override {
        connection_->set_lock_keeper(nullptr);
        if (connection_->lost()) return;  // it went with its session
        try {
            connection_->rollback();
            connection_->query(fmt::format("SELECT pg_advisory_unlock({}), pg_advisory_unlock({})",
                                           keys_.library, keys_.command_line));
        } catch (const Error&) {  // the session is about to end, and the lock with it
            return;
        }
    }

  private:
    std::shared_ptr<Connection> connection_;
    Keys keys_;
};

/// A row of golang-migrate's lock table: for poolers that hand out sessions statement by statement.
class TableLock : public Lock {
  public:
    TableLock(std::shared_ptr<Connection> connection, std::string table, std::uint32_t key)
        : connection_(std::move(connection)), table_(std::move(table)), key_(key) {}
    ~TableLock() override {
        if (connection_->lost()) return;
        try {
            connection_->rollback();
            connection_->query(fmt::format("DELETE FROM {} WHERE lock_id = {}", table_, key_));
        } catch (const Error&) {
            return;
        }
    }

  private:
    std::shared_ptr<Connection> connection_;
    std::string table_;
    std::uint32_t key_;
};

std::unique_ptr<Lock> take_table_lock(std::shared_ptr<Connection> connection, const sql::TableName& table,
                                      const Deadline& deadline, const LockWaiting& waiting) {
    const std::string name =
        sql::qualified({table.schema, connection->target().lock_table}, sql::double_quoted);
    const std::uint32_t key = golang_migrate_lock_id("/" + connection->facts().database);
    connection->query(
        fmt::format("CREATE TABLE IF NOT EXISTS {} (lock_id BIGINT NOT NULL PRIMARY KEY)", name));
    const auto try_lock = [&] {
        return !connection
                    ->query_value(fmt::format(
                        "INSERT INTO {} (lock_id) VALUES ({}) ON CONFLICT DO NOTHING RETURNING 'held'", name,
                        key))
                    .empty();
    };
    const auto holder = [&] {
        return fmt::format(
            "a row of table {}; if nobody runs, it was left by a crash: DELETE FROM {} WHERE lock_id = "
            "{}",
            name, name, key);
    };
    sql::poll_lock({try_lock, holder}, deadline, waiting);
    return std::make_unique<TableLock>(std::move(connection), name, key);
}

}  // namespace

std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, const sql::TableName& table,
                                const Deadline& deadline, const LockWaiting& waiting) {
    if (connection->target().lock_strategy == LockStrategy::Table)
        return take_table_lock(std::move(connection), table, deadline, waiting);
    const std::string& database = connection->facts().database;
    const Keys keys{key_of(table, "/" + database), key_of(table, database)};
    std::string busy;
    const auto try_lock = [&] {
        busy = try_both(*connection, keys);
        return busy.empty();
    };
    sql::poll_lock({try_lock, [&] { return holder_of(*connection, busy); }}, deadline, waiting);
    return std::make_unique<AdvisoryLock>(std::move(connection), keys);
}

}  // namespace godwit::postgresql
