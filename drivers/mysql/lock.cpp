#include "mysql/lock.hpp"

#include <fmt/format.h>

#include <utility>

#include "godwit/hash.hpp"
#include "sql/lock_poll.hpp"

namespace godwit::mysql {
namespace {

std::string lock_text(const std::string& name) {
    return fmt::format("SELECT GET_LOCK('{}', 0)", name);
}

bool is_held(const std::string& got, const std::string& name) {
    if (got.empty())
        fail(Errc::Internal,
             fmt::format("the server could not try the lock '{}' (out of memory, or killed)", name));
    return got == "1";
}

bool try_lock(Connection& connection, const std::string& name) {
    return is_held(connection.query_value(lock_text(name)), name);
}

/// Sessions of other users are shown to those with the PROCESS privilege only.
std::string holder_of(Connection& connection, const std::string& name) {
    const std::string id = connection.query_value(fmt::format("SELECT IS_USED_LOCK('{}')", name));
    if (id.empty()) return "";
    std::string who = "connection id " + id;
    try {
        const auto rows =
            connection.query(fmt::format("SELECT USER, HOST, COALESCE(DB, '-'), COMMAND, TIME FROM "
                                         "information_schema.PROCESSLIST WHERE ID = {}",
                                         id));
        if (rows.empty()) return who;
        const auto text = [&](std::size_t column) { return rows[0].at(column).value_or(""); };
        who += fmt::format(", user {}, host {}, database {}, {} for {} s", text(0), text(1), text(2), text(3),
                           text(4));
    } catch (const Error& error) {
        if (connection.lost()) throw;
        who += fmt::format(" (more is not to be seen: {})", error.info().message);
    }
    return who;
}

void retake(Connection& connection, const std::string& name) {
    const std::string own =
        connection.query_value(fmt::format("SELECT COALESCE(IS_USED_LOCK('{}'), 0) = CONNECTION_ID()", name));
    if (own == "1" || try_lock(connection, name)) return;
    fail(Errc::Locked, "a script gave the migration lock away, and another session has taken it",
         "leave RELEASE_ALL_LOCKS() out of migrations, or release your own locks by their names");
}

class NamedLock : public Lock {
  public:
    NamedLock(std::shared_ptr<Connection> connection, std::string name)
        : connection_(std::move(connection)), name_(std::move(name)) {
        connection_->set_lock_keeper([this] { retake(*connection_, name_); });
    }
    ~NamedLock() override {
        connection_->set_lock_keeper(nullptr);
        if (connection_->lost()) return;  // it went with its session
        try {
            const std::string idle = connection_->normal_idle();
            connection_->release(fmt::format("SELECT RELEASE_LOCK('{}')", name_) +
                                 (idle.empty() ? "" : "\n;\n" + idle));
        } catch (const Error&) {  // the session is about to end, and the lock with it
            return;
        }
    }

  private:
    std::shared_ptr<Connection> connection_;
    std::string name_;
};

/// x-no-lock: for servers without GET_LOCK, and for who knows that nobody else runs.
class NoLock : public Lock {};

}  // namespace

std::string lock_name(const std::string& database, const sql::TableName& table) {
    return std::to_string(golang_migrate_lock_id(fmt::format("{}:{}", database, table.table)));
}

std::unique_ptr<Lock> take_lock(std::shared_ptr<Connection> connection, Ledger& ledger,
                                const Deadline& deadline, const LockWaiting& waiting) {
    if (connection->target().no_lock) return std::make_unique<NoLock>();
    const std::string name = lock_name(connection->target().database, ledger.table());
    bool first = true;
    const auto try_it = [&] {
        return std::exchange(first, false) ? is_held(ledger.try_lock(lock_text(name)), name)
                                           : try_lock(*connection, name);
    };
    sql::poll_lock({try_it, [&] { return holder_of(*connection, name); }}, deadline, waiting);
    return std::make_unique<NamedLock>(std::move(connection), name);
}

}  // namespace godwit::mysql
