#pragma once

#include <sqlite3.h>

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "godwit/driver.hpp"
#include "sql/during.hpp"
#include "sql/session.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/url.hpp"

namespace godwit::sqlite {

/// How long statements may wait and run. Zero: not at all, and without a limit.
struct Limits {
    Milliseconds busy{5'000};  ///< for another connection's write to end
    Milliseconds statement{0};
};

/// One connection: opened by SOCI, used through SQLite's own interface. A file that is not there is not made
/// before something is to be written. Not thread-safe but for cancel().
class Connection {
  public:
    Connection(Target target, const DriverOptions& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Opens the file where it is there. Throws Errc::Connect.
    void connect();
    /// False where there is still no file; opens one that has come meanwhile.
    bool present();
    /// Opens or makes the file, and checks that it can be written.
    void prepare_to_write();
    void close() noexcept;

    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }
    [[nodiscard]] sql::Session& ledger_session();
    [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }

    /// A statement of ours, kept for the next time.
    Prepared& prepared(const std::string& sql);
    void execute(const std::string& sql) { prepared(sql).run(); }
    /// Several statements from outside (init_sql): all rows are read and thrown away.
    void execute_script(const std::string& sql);

    void begin();
    void commit();
    /// Ends an open transaction, if there is one.
    void rollback() noexcept;

    /// Undoes what a script left in the session: settings, attached files, temporary objects.
    void reset();

    [[nodiscard]] const Limits& base_limits() const noexcept { return base_; }
    void set_limits(const Limits& limits);
    /// Starts the time of the next statement.
    void start_clock();
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }
    /// When what runs as a guest in another step's transaction is interrupted; never() for no guest.
    void set_guest_until(const Deadline& until);
    /// Whether that has come to pass since.
    [[nodiscard]] bool outstayed() const noexcept { return outstayed_; }

    /// From the first set_running(true) to its set_running(false), however many lie between them, cancel()
    /// has something to stop.
    void set_running(bool running);
    /// Forgets a cancel() that was heard, and hears no other before set_sheltered(false).
    void set_sheltered(bool sheltered);
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
    /// Throws Errc::Interrupted after cancel().
    void require_uncancelled() const;
    /// From any thread. Stops the running statement, or the next one where none is running just now.
    void cancel() noexcept;

  private:
    static int on_busy(void* self, int count);
    static int on_progress(void* self);

    void require_place() const;
    void open(bool create);
    void set_up();
    void watch();
    void load_extensions();
    void reset_in_place();
    void register_handle(sqlite3* handle);

    Target target_;
    std::vector<std::string> init_sql_;
    Milliseconds connect_timeout_;
    Limits base_;
    Limits limits_;
    Deadline busy_until_ = Deadline::never();
    Deadline statement_until_ = Deadline::never();
    bool timed_out_ = false;
    Deadline guest_until_ = Deadline::never();
    bool outstayed_ = false;
    bool may_write_ = false;
    sql::Session session_;
    sqlite3* handle_ = nullptr;  ///< owned by session_
    std::unordered_map<std::string, Prepared> prepared_;
    std::vector<Pragma> initial_;  ///< in memory: settings as they were after connecting

    std::mutex cancel_mutex_;  ///< guards running_, sheltered_ and the life of handle_ against cancel()
    unsigned running_ = 0;     ///< how many Running there are
    bool sheltered_ = false;
    std::atomic<bool> cancelled_{false};
};

/// Takes the statements of one run as something cancel() may stop. They may lie within each other.
using Running = sql::During<&Connection::set_running>;

/// What is to be written after a failure is written in spite of cancel().
using Sheltered = sql::During<&Connection::set_sheltered>;

}  // namespace godwit::sqlite
