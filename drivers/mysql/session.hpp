#pragma once

#include <mysql.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "godwit/dialect.hpp"
#include "godwit/driver.hpp"
#include "mysql/errors.hpp"
#include "mysql/url.hpp"
#include "sql/during.hpp"
#include "sql/session.hpp"
#include "sql/way.hpp"

namespace godwit::mysql {

/// What one query after connecting tells.
struct Facts {
    std::string version;  ///< the server's own text
    bool mariadb = false;
    std::string user;
    std::string sql_mode;
    std::uint64_t id = 0;
    std::size_t max_packet = 0;
    bool version_table = false;   ///< there was one when we connected, and
    bool history_table = false;   ///< a history beside it
    bool names_fold = false;      ///< lower_case_table_names is not 0
    std::string statement_limit;  ///< the session's own values, for going back to them
    std::string lock_limit;
    std::string row_lock_limit;
    std::string idle_limit;
};

/// One connection: opened by SOCI, used through libmariadb with multi-statement packets. Not thread-safe but
/// for cancel(). Never reconnects.
class Connection {
  public:
    Connection(Target target, std::vector<std::string> init_sql, Milliseconds ddl_lock_timeout);

    /// Throws Errc::Connect. Runs the URL's variables and init_sql.
    void open();
    [[nodiscard]] MYSQL* handle() const noexcept { return handle_; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }

    /// Statements of ours in one packet; rows of the last one that gave some. Throws on the first error.
    std::vector<sql::Row> query(const std::string& sql);
    /// The same, rows of every statement in order; stops at the first error and gives it in `failure`.
    std::vector<std::vector<sql::Row>> query_all(const std::string& sql, std::optional<Error>& failure);
    /// The same; throws it.
    std::vector<std::vector<sql::Row>> query_each(const std::string& sql);
    /// The quickest answer to one of these so far: no shorter than the way to the server and back.
    [[nodiscard]] std::chrono::microseconds way() const noexcept { return way_.quickest(); }
    /// A last query() for now, whose answer nobody needs: from a far server it is not waited for.
    void release(const std::string& sql);
    /// Text of row 0, column 0; "" where it is NULL or not there.
    std::string query_value(const std::string& sql);

    bool send(const std::string& text);
    bool more_results() { return mysql_more_results(handle_) != 0; }
    bool next_result();

    [[nodiscard]] bool lost() const noexcept;
    [[nodiscard]] bool in_transaction() const noexcept {
        return (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0;
    }
    [[nodiscard]] ErrorInfo error() const;
    /// Ends an open transaction; throws only where the connection is gone.
    void rollback();

    /// Statements that give time-outs for statements and for locks, rounded up to what the server takes.
    [[nodiscard]] std::vector<std::string> set_limits(std::optional<Milliseconds> timeout,
                                                      std::optional<Milliseconds> lock_timeout) const;
    /// Statements that go back to the session's own limits.
    [[nodiscard]] std::vector<std::string> unset_limits(bool timeout, bool lock_timeout) const;
    /// What a new session begins with: the URL's settings and init_sql.
    void run_setup();

    /// Takes the migration lock again where a script has given it away (RELEASE_ALL_LOCKS). Throws
    /// Errc::Locked where another session was quicker.
    void keep_lock();
    void set_lock_keeper(std::function<void()> keeper) { lock_keeper_ = std::move(keeper); }
    /// Between set_lock_keeper() with one and with none.
    [[nodiscard]] bool keeps_lock() const noexcept { return lock_keeper_ != nullptr; }

    /// The statement after which the server ends the session, and with it the lock, when we are not heard
    /// from for 25 s: for a run, where nothing of ours takes that long between two statements. "" where it
    /// was given out already.
    [[nodiscard]] std::string short_idle();
    /// The statement that takes this back; "" where nothing is to be taken back.
    [[nodiscard]] std::string normal_idle();

    /// Between set_applying(true) and set_applying(false) cancel() is not forgotten.
    void set_applying(bool applying) noexcept;
    /// From any thread. Stops the running statement; while applying, none of the script's is sent any more,
    /// and what we write of our own is left in peace.
    void cancel() noexcept;
    /// cancel() was called since set_applying(true).
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
    /// From any thread: KILL QUERY where a statement is running.
    void kill_running() noexcept;

    /// FLUSH TABLES in a session of its own, because it would commit what is open in this one. MariaDB 10.11
    /// waits for nobody with it, others for at most 5 s. Throws where the user lacks the right, or cannot
    /// connect.
    void reopen_tables() const;

    /// Marks a query as running, for cancel().
    void set_running(bool running) noexcept;
    /// What runs is a script's, and not of our own.
    void set_scripting(bool scripting) noexcept;

  private:
    void connect();
    /// Says these to the server in a session that is closed behind them. The first value of the last one; ""
    /// where there is none.
    std::string say_beside(std::initializer_list<std::string> statements) const;
    /// Ends the session where a KILL QUERY of ours has left it without an answer: one that comes between two
    /// statements of a packet makes the server go back to waiting for a command, and we would wait for it
    /// (MariaDB 10.11, MySQL 9, by trial: up to one KILL in two hundred).
    void watch_answer(const std::stop_token& stop) noexcept;
    [[nodiscard]] bool is_idle(std::uint64_t session) const;
    void keep_alive() noexcept;
    [[nodiscard]] std::string facts_query() const;
    void take_facts(const sql::Row& row);
    void make_setup();
    void set_up(const std::string& facts);
    /// Reads the answer of release() away.
    void settle() noexcept;

    Target target_;
    std::vector<std::string> init_sql_;
    Milliseconds ddl_lock_timeout_;
    std::vector<std::string> setup_;
    sql::Session session_;
    MYSQL* handle_ = nullptr;  ///< owned by session_
    int socket_ = -1;          ///< of handle_
    Facts facts_;
    sql::Way way_;
    bool posted_ = false;                ///< release() has not been answered yet
    std::function<void()> lock_keeper_;  ///< while the lock is held
    std::mutex running_mutex_;  ///< guards running_, scripting_, applying_, and facts_.id against cancel()
    bool running_ = false;
    bool scripting_ = false;
    bool short_idle_ = false;
    bool applying_ = false;
    std::atomic<bool> cancelled_{false};
    std::atomic<std::uint64_t> waits_{0};  ///< begins and ends of calls that wait for an answer
    bool watching_ = false;                ///< guarded by running_mutex_
    std::condition_variable_any ended_;    ///< running_ is false
    std::jthread watch_;                   ///< last: it uses all the others
};

/// The time of one query.
using Running = sql::During<&Connection::set_running>;
/// The time of one packet with statements of scripts.
using Scripting = sql::During<&Connection::set_scripting>;
/// The time of one apply().
using Applying = sql::During<&Connection::set_applying>;

/// The splitter's rules for this server: product and sql_mode.
Dialect dialect_of(const Facts& facts);

std::string joined(const std::vector<std::string>& statements);
/// The same in several texts, each below `limit` where its first statement is.
std::vector<std::string> packets_of(const std::vector<std::string>& statements, std::size_t limit);

}  // namespace godwit::mysql
