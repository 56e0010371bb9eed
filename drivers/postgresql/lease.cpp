#include "postgresql/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <random>
#include <thread>
#include <utility>

#include "godwit/hash.hpp"
#include "postgresql/text.hpp"
#include "sql/lock_poll.hpp"

namespace godwit::postgresql {
namespace {

constexpr int kBeatsPerLease = 3;
constexpr int kTriesToCreate = 10;
constexpr Milliseconds kLongestBeat{5000};

std::string random_token() {
    std::random_device source;
    return fmt::format("{:08x}{:08x}", source(), source());
}

/// Two that make it at once collide in the catalog.
bool is_collision(const Error& error) {
    static constexpr std::array<std::string_view, 6> codes{"23505", "42P07", "42710",
                                                           "42701", "XX000", "40P01"};
    return std::ranges::find(codes, error.info().sqlstate) != codes.end();
}

/// golang-migrate's table with columns that it does not see.
void create(Connection& connection, const LeaseTable& table) {
    for (int tries = 1; !has_lease_columns(connection, table); ++tries) {
        try {
            connection.query(fmt::format(
                "BEGIN;\nCREATE TABLE IF NOT EXISTS {0} (lock_id BIGINT NOT NULL PRIMARY KEY);\n"
                "ALTER TABLE {0} ADD COLUMN IF NOT EXISTS owner text, ADD COLUMN IF NOT EXISTS who text, ADD "
                "COLUMN IF NOT EXISTS session text, ADD COLUMN IF NOT EXISTS heartbeat timestamptz, ADD "
                "COLUMN IF NOT EXISTS lease_ms integer;\nCOMMIT",
                table.name));
        } catch (const Error& error) {
            if (connection.lost()) throw;
            connection.rollback();
            if (!is_collision(error) || tries == kTriesToCreate) throw;
            std::this_thread::sleep_for(Milliseconds(10 * tries));
        }
    }
}

struct Owner {
    std::string token;
    std::string who;
    std::string session;  ///< application_name
};

Owner make_owner(const std::string& application) {
    Owner owner;
    owner.token = random_token();
    owner.session = fmt::format("{} {}", application.substr(0, 40), owner.token);
    return owner;
}

/// Where the row is not there; or where it is nobody's any more.
std::string try_sql(const LeaseTable& table, const Owner& owner) {
    const std::string who =
        "'user ' || session_user || ', host ' || coalesce(host(inet_client_addr()), 'local')";
    return fmt::format(
        "INSERT INTO {0} (lock_id, owner, who, session, heartbeat, lease_ms) VALUES ({1}, {2}, {3}, {4}, "
        "clock_timestamp(), {5}) ON CONFLICT DO NOTHING RETURNING 'held';\n"
        "UPDATE {0} SET owner = {2}, who = {3}, session = {4}, heartbeat = clock_timestamp(), lease_ms = {5} "
        "WHERE lock_id IN (SELECT l.lock_id FROM {0} l WHERE l.lock_id = {1} AND l.owner IS NOT NULL AND "
        "l.owner <> {2} AND l.heartbeat + l.lease_ms * interval '1 ms' < clock_timestamp() AND NOT EXISTS "
        "(SELECT FROM pg_catalog.pg_stat_activity a WHERE a.application_name = l.session AND a.state IS "
        "DISTINCT FROM 'idle') FOR UPDATE SKIP LOCKED) RETURNING 'held'",
        table.name, table.key, literal(owner.token), who, literal(owner.session), table.lease.count());
}

bool try_take(Connection& connection, const LeaseTable& table, const Owner& owner) {
    for (const Result& result : connection.query(try_sql(table, owner)))
        if (PQntuples(result.get()) > 0) return true;
    return false;
}

std::string owned(const LeaseTable& table, const Owner& owner) {
    return fmt::format("{} AND owner = {}", table.where(), literal(owner.token));
}

/// Renews the lease from a connection and a thread of its own, because the first one is busy with the
/// migration. Tells the first one to stop where the row is lost.
class Heartbeat {
  public:
    Heartbeat(Connection& holder, LeaseTable table, Owner owner)
        : holder_(holder),
          table_(std::move(table)),
          owner_(std::move(owner)),
          own_(holder.target(), {}, Milliseconds(0)),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}
    ~Heartbeat() {
        thread_.request_stop();
        own_.cancel();
    }
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

  private:
    void run(const std::stop_token& stop) {
        const Milliseconds pause = std::min(table_.lease / kBeatsPerLease, kLongestBeat);
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock guard(mutex);
        bool open = false;
        while (!stop.stop_requested()) {
            changed.wait_for(guard, stop, pause, [] { return false; });
            if (stop.stop_requested() || beat(open)) continue;
            holder_.cancel();
            return;
        }
    }

    /// False where the row belongs to somebody else.
    bool beat(bool& open) {
        try {
            if (!open) own_.open();
            open = true;
            return !own_.query_value(fmt::format("UPDATE {} SET heartbeat = clock_timestamp() WHERE {} "
                                                 "RETURNING 'ours'",
                                                 table_.name, owned(table_, owner_)))
                        .empty();
        } catch (const std::exception&) {
            // the server does not answer now: tried again, and the fence of every transaction tells the rest
            open = false;
            return true;
        }
    }

    Connection& holder_;
    LeaseTable table_;
    Owner owner_;
    Connection own_;
    std::jthread thread_;  ///< last: it uses all the others
};

class Lease : public Lock {
  public:
    Lease(std::shared_ptr<Connection> connection, LeaseTable table, Owner owner)
        : connection_(std::move(connection)), table_(std::move(table)), owner_(std::move(owner)) {
        connection_->query("SET application_name = " + literal(owner_.session));
        connection_->set_fence(fmt::format("SELECT 1 / (EXISTS (SELECT FROM {} WHERE {} FOR KEY SHARE))::int",
                                           table_.name, owned(table_, owner_)),
                               owner_.session);
        connection_->set_lock_keeper([this] { check(); });
        heartbeat_.emplace(*connection_, table_, owner_);
    }
    ~Lease() override {
        heartbeat_.reset();
        connection_->set_lock_keeper(nullptr);
        connection_->set_fence("", "");
        if (connection_->lost()) return;  // it runs out
        try {
            connection_->rollback();
            connection_->query(fmt::format("DELETE FROM {} WHERE {}", table_.name, owned(table_, owner_)));
            connection_->query("RESET application_name");
        } catch (const Error&) {
            return;
        }
    }

  private:
    void check() {
        const std::string ours = connection_->query_value(
            fmt::format("UPDATE {} SET heartbeat = clock_timestamp() WHERE {} RETURNING 'ours'", table_.name,
                        owned(table_, owner_)));
        if (ours.empty()) throw lost_lease();
    }

    std::shared_ptr<Connection> connection_;
    LeaseTable table_;
    Owner owner_;
    std::optional<Heartbeat> heartbeat_;
};

std::string row_in_words(Connection& connection, const LeaseTable& table, std::string_view condition) {
    return connection.query_value(fmt::format(
        "SELECT CASE WHEN owner IS NULL THEN {} ELSE who || ', application ' || session || ', last heard of "
        "' "
        "|| round(date_part('epoch', clock_timestamp() - heartbeat)::numeric, 1) || ' s ago' END FROM {} "
        "WHERE {}{}",
        literal(fmt::format("a row of table {0} that golang-migrate has written; if nobody runs, it was left "
                            "by a crash: DELETE FROM {0} WHERE lock_id = {1}",
                            table.name, table.key)),
        table.name, table.where(), condition));
}

}  // namespace

std::string LeaseTable::where() const {
    return fmt::format("lock_id = {}", key);
}

LeaseTable lease_table(const Connection& connection, const sql::TableName& version_table) {
    const Target& target = connection.target();
    return {sql::qualified({version_table.schema, target.lock_table}, sql::double_quoted),
            golang_migrate_lock_id("/" + connection.facts().database), target.lock_lease};
}

std::unique_ptr<Lock> take_lease(std::shared_ptr<Connection> connection, const LeaseTable& table,
                                 const std::string& application, const Deadline& deadline,
                                 const LockWaiting& waiting,
                                 const std::function<std::string()>& other_holder) {
    create(*connection, table);
    const Owner owner = make_owner(application);
    std::string other;
    const auto give_back = [&] {
        connection->query(fmt::format("DELETE FROM {} WHERE {}", table.name, owned(table, owner)));
    };
    const auto try_lock = [&] {
        other = other_holder();
        if (!other.empty() || !try_take(*connection, table, owner)) return false;
        // whoever has the other lock looks at the row only behind taking it: both look behind taking
        other = other_holder();
        if (!other.empty()) give_back();
        return other.empty();
    };
    const auto holder = [&] { return other.empty() ? row_in_words(*connection, table, "") : other; };
    sql::poll_lock({try_lock, holder}, deadline, waiting);
    return std::make_unique<Lease>(std::move(connection), table, owner);
}

std::string lease_holder(Connection& connection, const LeaseTable& table) {
    if (!has_lease_columns(connection, table)) return "";
    return row_in_words(
        connection, table,
        " AND (owner IS NULL OR heartbeat + lease_ms * interval '1 ms' >= clock_timestamp() OR EXISTS "
        "(SELECT "
        "FROM pg_catalog.pg_stat_activity a WHERE a.application_name = session AND a.state IS DISTINCT FROM "
        "'idle'))");
}

bool has_lease_columns(Connection& connection, const LeaseTable& table) {
    return connection.query_value(fmt::format(
               "SELECT count(*) FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass({}) AND attname IN "
               "('owner', 'who', 'session', 'heartbeat', 'lease_ms') AND NOT attisdropped",
               literal(table.name))) == "5";
}

Error lost_lease() {
    return {Errc::Locked,
            "the migration lock was taken over: this run was not heard from for longer than its lease",
            "was the host asleep, or the database out of reach? Look at godwit status, then run it again"};
}

}  // namespace godwit::postgresql
