#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "godwit/driver.hpp"
#include "postgresql/errors.hpp"
#include "postgresql/url.hpp"
#include "sql/session.hpp"

namespace godwit::postgresql {

using NoticeSink = std::function<void(Severity severity, std::string_view sqlstate, std::string_view text)>;

/// What one query after connecting tells.
struct Facts {
    std::string product_version;
    std::string database;
    std::string user;
    std::string schema;         ///< current_schema(); "" where there is none
    bool group_commit = false;  ///< synchronous_commit is on and no standby is waited for
};

/// One connection: opened by SOCI, used through libpq. Not thread-safe but for cancel(). Never reconnects.
class Connection {
  public:
    Connection(Target target, std::vector<std::string> init_sql, Milliseconds ddl_lock_timeout);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Throws Errc::Connect. Runs init_sql.
    void open();
    [[nodiscard]] PGconn* handle() const noexcept { return handle_; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
    [[nodiscard]] sql::Session& ledger_session();

    /// One query string of ours, results of all its statements in order. Throws on the first error.
    std::vector<Result> query(const std::string& sql);
    /// Text of row 0, column 0 of the last result; "" where it is NULL or not there.
    std::string query_value(const std::string& sql);

    /// Sends without waiting. Throws Errc::Connect where the connection is gone.
    void send(const std::string& sql);
    /// The next result of what was sent; null at the end. Rows come one by one (PGRES_SINGLE_TUPLE), so that
    /// a large result never stands in memory.
    Result next();
    /// Reads what is left of the running query and throws it away.
    void drain();

    [[nodiscard]] bool lost() const noexcept { return PQstatus(handle_) != CONNECTION_OK; }
    [[nodiscard]] PGTransactionStatusType transaction() const noexcept {
        return PQtransactionStatus(handle_);
    }
    /// Ends an open transaction; throws only where the connection is gone.
    void rollback();

    /// Statements that undo what a script set and keep advisory locks, then those that bring a session to
    /// where scripts start from: DateStyle of lib/pq, time-outs, init_sql.
    [[nodiscard]] std::vector<std::string> reset_statements() const;
    void reset();
    /// Value of a time-out where no directive asks for another: "DEFAULT" or milliseconds.
    [[nodiscard]] std::string base_timeout(std::string_view setting) const;

    void set_notice_sink(NoticeSink sink) { sink_ = std::move(sink); }
    /// Takes the migration lock again where a script has given it away (DISCARD ALL,
    /// pg_advisory_unlock_all()). Throws Errc::Locked where another session was quicker.
    void keep_lock();
    void set_lock_keeper(std::function<void()> keeper) { lock_keeper_ = std::move(keeper); }

    /// From any thread.
    void cancel() noexcept;

    /// An error of the last result or of the connection itself.
    [[nodiscard]] Error error_of(const PGresult& result) const;
    [[nodiscard]] Error lost_error() const;

  private:
    static void receive_notice(void* self, const PGresult* result);
    void read_facts();
    void set_running(bool running) noexcept;

    Target target_;
    Milliseconds ddl_lock_timeout_;
    std::vector<std::string> setup_;
    sql::Session session_;
    PGconn* handle_ = nullptr;  ///< owned by session_
    Facts facts_;
    NoticeSink sink_;
    std::function<void()> lock_keeper_;
    std::mutex cancel_mutex_;  ///< guards cancel_ and running_
    PGcancel* cancel_ = nullptr;
    bool running_ = false;
};

}  // namespace godwit::postgresql
