#include "postgresql/lock.hpp"

#include <fmt/format.h>

#include <utility>

#include "godwit/hash.hpp"
#include "postgresql/lease.hpp"
#include "postgresql/text.hpp"
#include "sql/lock_poll.hpp"

namespace godwit::postgresql {
namespace {

std::uint32_t key_of(const sql::TableName& table, const std::string& database) {
    std::string joined = table.schema;
    joined.append(1, '\0').append(table.table).append(1, '\0').append(database);
    return golang_migrate_lock_id(joined);
}

std::string give_back(const AdvisoryKeys& keys) {
    return fmt::format("SELECT pg_advisory_unlock({}), pg_advisory_unlock({})", keys.library,
                       keys.command_line);
}

std::string application_of(const Target& target) {
    for (const auto& [key, value] : target.keywords)
        if (key == "application_name") return value;
    return "godwit";
}

class NoLock : public Lock {};

struct Tried {
    std::string busy;         ///< "" when both are held, else the one that is not free
    bool lock_table = false;  ///< there is a table in which others may have their lock
};

std::string try_text(const AdvisoryKeys& keys, const LeaseTable& lease) {
    return fmt::format(
        "SELECT CASE WHEN NOT pg_try_advisory_lock({0}) THEN '{0}' WHEN NOT "
        "pg_try_advisory_lock({1}) THEN CASE "
        "WHEN pg_advisory_unlock({0}) THEN '{1}' ELSE '{1}' END ELSE '' END, to_regclass({2}) IS NOT NULL",
        keys.command_line, keys.library, literal(lease.name));
}

Tried tried(const PGresult& row) {
    return {PQgetvalue(&row, 0, 0), PQgetvalue(&row, 0, 1) == std::string_view("t")};
}

/// Both keys or none.
Tried try_both(Connection& connection, const AdvisoryKeys& keys, const LeaseTable& lease) {
    return tried(*connection.query(try_text(keys, lease)).back());
}

/// The same, and the ledger asks what it wants to know behind the lock. Where that cannot be asked, the keys
/// stay held through the refusal.
Tried try_with_ledger(Connection& connection, const AdvisoryKeys& keys, const LeaseTable& lease,
                      Ledger& ledger) {
    if (const Result row = ledger.try_lock(try_text(keys, lease))) return tried(*row);
    connection.query(give_back(keys));
    return try_both(connection, keys, lease);
}

std::string holder_of(Connection& connection, const std::string& key) {
    if (key.empty()) return "";
    return connection.query_value(fmt::format(
        "SELECT {} FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE "
        "l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database "
        "WHERE "
        "datname = current_database()) AND l.classid = 0 AND l.objid = {} AND l.objsubid = 1 AND l.pid <> "
        "pg_backend_pid() LIMIT 1",
        kSessionInWords, key));
}

void retake(Connection& connection, const AdvisoryKeys& keys, const LeaseTable& lease) {
    const std::string held = connection.query_value(fmt::format(
        "SELECT count(DISTINCT objid) FROM pg_catalog.pg_locks WHERE pid = pg_backend_pid() AND locktype = "
        "'advisory' AND classid = 0 AND objsubid = 1 AND objid IN ({}, {})",
        keys.command_line, keys.library));
    if (held == "2" || try_both(connection, keys, lease).busy.empty()) return;
    fail(
        Errc::Locked, "a script gave the migration lock away, and another session has taken it",
        "leave DISCARD ALL and pg_advisory_unlock_all() out of migrations: godwit resets the session itself");
}

class AdvisoryLock : public Lock {
  public:
    AdvisoryLock(std::shared_ptr<Connection> connection, AdvisoryKeys keys, LeaseTable lease)
        : connection_(std::move(connection)), keys_(keys), lease_(std::move(lease)) {
        connection_->set_lock_keeper([this] { retake(*connection_, keys_, lease_); });
    }
    ~AdvisoryLock() override {
        connection_->set_lock_keeper(nullptr);
        if (connection_->lost()) return;  // it went with its session
        try {
            connection_->rollback();
            connection_->release(give_back(keys_));
        } catch (const Error&) {  // the session is about to end, and the lock with it
            return;
        }
    }

  private:
    std::shared_ptr<Connection> connection_;
    AdvisoryKeys keys_;
    LeaseTable lease_;
};

/// A row of golang-migrate's lock table as it handles it: the `migrate` face.
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

/// Others on this server hold the advisory locks, others the row: both look at the other one.
std::unique_ptr<Lock> take_lease_lock(std::shared_ptr<Connection> connection, const sql::TableName& table,
                                      const Deadline& deadline, const LockWaiting& waiting) {
    Connection& session = *connection;
    const AdvisoryKeys keys = advisory_keys(session, table);
    const auto advisory_holder = [&] {
        const std::string first = holder_of(session, std::to_string(keys.command_line));
        return first.empty() ? holder_of(session, std::to_string(keys.library)) : first;
    };
    return take_lease(std::move(connection), lease_table(session, table), application_of(session.target()),
                      deadline, waiting, advisory_holder);
}

std::unique_ptr<Lock> take_advisory_lock(std::shared_ptr<Connection> connection, Ledger& ledger,
                                         const Deadline& deadline, const LockWaiting& waiting) {
    const AdvisoryKeys keys = advisory_keys(*connection, ledger.table());
    const LeaseTable lease = lease_table(*connection, ledger.table());
    std::string busy;
    std::string leased;
    bool first = true;
    const auto try_lock = [&] {
        leased.clear();
        ledger.forget();  // whoever held it may have written
        const Tried tried = std::exchange(first, false) ? try_with_ledger(*connection, keys, lease, ledger)
                                                        : try_both(*connection, keys, lease);
        busy = tried.busy;
        if (!busy.empty() || !tried.lock_table || connection->target().golang_migrate) return busy.empty();
        leased = lease_holder(*connection, lease);
        if (!leased.empty()) connection->query(give_back(keys));
        return leased.empty();
    };
    const auto holder = [&] { return leased.empty() ? holder_of(*connection, busy) : leased; };
    sql::poll_lock({try_lock, holder}, deadline, waiting);
    return std::make_unique<AdvisoryLock>(std::move(connection), keys, lease);
}

}  // namespace

AdvisoryKeys advisory_keys(const Connection& connection, const sql::TableName& table) {
    const std::string& database = connection.facts().database;
    return {key_of(table, "/" + database), key_of(table, database)};
}

std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, Ledger& ledger,
                                const Deadline& deadline, const LockWaiting& waiting) {
    const sql::TableName& table = ledger.table();
    const bool compatible = connection->target().golang_migrate;
    switch (connection->lock_strategy()) {
        case LockStrategy::None:
            return std::make_unique<NoLock>();
        case LockStrategy::Table:
            return compatible ? take_table_lock(std::move(connection), table, deadline, waiting)
                              : take_lease_lock(std::move(connection), table, deadline, waiting);
        case LockStrategy::Advisory:
            break;
    }
    return take_advisory_lock(std::move(connection), ledger, deadline, waiting);
}

}  // namespace godwit::postgresql
