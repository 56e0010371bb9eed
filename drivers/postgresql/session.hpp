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
#include "sql/during.hpp"
#include "sql/session.hpp"
#include "sql/way.hpp"

namespace godwit::postgresql {

using NoticeSink = std::function<void(Severity severity, std::string_view sqlstate, std::string_view text)>;

/// What one query after connecting tells.
struct Facts {
    std::string product_version;
    std::string database;
    std::string user;
    std::string schema;           ///< current_schema(); "" where there is none
    bool in_recovery = false;     ///< a standby, or a server that is being restored: it takes no writes
    bool group_commit = false;    ///< synchronous_commit is on and no standby is waited for
    bool read_committed = false;  ///< each statement of a text sees what was committed before it
    bool version_table = false;   ///< there was one when we connected, and
    bool history_table = false;   ///< a history beside it
    bool direct = false;          ///< the session is the server's own and stays the same
    bool pooled = false;  ///< a pooler is between us and the server: every transaction may be another session
};

/// One connection: opened by SOCI, used through libpq. Not thread-safe but for cancel(). Never reconnects.
class Connection {
  public:
    Connection(Target target, const std::vector<std::string>& init_sql, Milliseconds ddl_lock_timeout);
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
    /// The quickest answer to such a text so far: no shorter than the way to the server and back.
    [[nodiscard]] std::chrono::microseconds way() const noexcept { return way_.quickest(); }
    /// A last query() for now, whose answer nobody needs: from a far server it is not waited for.
    void release(const std::string& sql);
    /// Text of row 0, column 0 of the last result; "" where it is NULL or not there.
    std::string query_value(const std::string& sql);

    /// Sends without waiting. Throws Errc::Connect where the connection is gone, Errc::Interrupted after
    /// cancel().
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

    /// How the migration lock is to be held on this connection.
    [[nodiscard]] LockStrategy lock_strategy() const;

    /// What stands at the begin of every transaction of ours: where sessions change with the transaction, the
    /// settings a script starts from; with a lock table, the proof that we hold its row, which keeps others
    /// from taking it over as long as the transaction lives.
    [[nodiscard]] std::vector<std::string> enter_statements() const;
    /// What stands at its end and takes the settings away again, for whoever gets the session next.
    [[nodiscard]] std::vector<std::string> leave_statements() const;
    /// A transaction of these statements, as one text.
    [[nodiscard]] std::string in_transaction(const std::vector<std::string>& statements) const;
    /// With a lock table: the statement of enter_statements() that fails where another has taken the row, and
    /// the name that the session goes by while it holds it.
    void set_fence(std::string fence, std::string session_name);
    [[nodiscard]] bool fenced() const noexcept { return !fence_.empty(); }

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
    /// Between set_lock_keeper() with one and with none.
    [[nodiscard]] bool keeps_lock() const noexcept { return lock_keeper_ != nullptr; }

    /// Between set_applying(true) and set_applying(false) cancel() is not forgotten.
    void set_applying(bool applying) noexcept;
    /// From any thread. Stops the running statement; while applying, the script's next one where none of its
    /// statements is running just now.
    void cancel() noexcept;
    /// cancel() was called since set_applying(true).
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

    /// An error of the last result or of the connection itself.
    [[nodiscard]] Error error_of(const PGresult& result) const;
    [[nodiscard]] Error lost_error() const;

  private:
    static void receive_notice(void* self, const PGresult* result);
    void open_session();
    void read_facts();
    void find_pooler();
    void note_server(const std::string& pid);
    void set_running(bool running) noexcept;
    void begin_script();
    void await_result();
    /// Reads the answer of release() away.
    void settle() noexcept;

    Target target_;
    Milliseconds ddl_lock_timeout_;
    std::vector<std::string> init_sql_;
    std::vector<std::string> setup_;
    std::string fence_;
    std::string session_name_;
    sql::Session session_;
    PGconn* handle_ = nullptr;  ///< owned by session_
    Facts facts_;
    sql::Way way_;
    NoticeSink sink_;
    std::function<void()> lock_keeper_;
    std::mutex cancel_mutex_;  ///< guards cancel_, running_ and applying_
    PGcancel* cancel_ = nullptr;
    bool running_ = false;
    bool scripting_ = false;  ///< what runs is the script's, not of our own
    bool applying_ = false;
    bool posted_ = false;  ///< release() has not been answered yet
    std::atomic<bool> cancelled_{false};
};

/// All rows of a result.
std::vector<sql::Row> rows_of(const PGresult& result);

/// The time of one apply().
using Applying = sql::During<&Connection::set_applying>;

}  // namespace godwit::postgresql
