#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/deadline.hpp"
#include "godwit/dialect.hpp"
#include "godwit/error.hpp"
#include "godwit/finding.hpp"
#include "godwit/ledger.hpp"
#include "godwit/locks.hpp"
#include "godwit/script.hpp"
#include "godwit/watcher.hpp"

namespace godwit {

/// What is to happen to the version table when a step fails and nothing of it was kept.
enum class DirtyPolicy : std::uint8_t {
    OnlyWhenKept,  ///< native: a step that was rolled back whole leaves the table as it was
    Always,        ///< golang-migrate's: the row becomes (version_after, dirty)
};

/// One migration in one direction, ready to run.
struct Step {
    Version version;
    std::string name{};
    Direction direction = Direction::Up;
    Script script{};                         ///< may be empty: nothing is sent, the version still moves
    std::optional<Version> version_after{};  ///< what the version table shows when it landed
    std::optional<bool> transaction{};       ///< nullopt: the driver decides from the script
    DirtyPolicy dirty_policy = DirtyPolicy::OnlyWhenKept;
    std::size_t resume_at = 0;  ///< statements of the script that are done already
    std::string down_script{};  ///< to be stored beside an applied up; see HistoryRow
    bool has_down_script = false;
    std::string remark{};  ///< how it came to be resumed, for the history; "" = nothing to be said
};

/// Who runs: the same for all rows of a run.
struct RunIdentity {
    std::string run_id;
    std::string os_user;
    std::string host;
    std::string tool_version;
};

/// How a step ended.
struct StepResult {
    std::chrono::microseconds duration{0};
    std::size_t statements = 0;  ///< executed in this run
    bool skipped = false;        ///< `skip-if` or `only` left the whole script out
};

/// Told by a driver while it works, on the thread that called apply(), in the order of the steps.
/// Implementations must not throw and must not call the driver, `Driver::cancel()` excepted.
class GODWIT_API StepObserver {
  public:
    StepObserver() = default;
    virtual ~StepObserver();
    StepObserver(const StepObserver&) = delete;
    StepObserver& operator=(const StepObserver&) = delete;

    virtual void step_started(std::size_t step) = 0;
    /// `statement` is 0-based. Called for each where statements go one by one; drivers that send a step
    /// whole may leave it out.
    virtual void statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds took) = 0;
    /// A NOTICE or warning of the server. `step` is the number of steps where it belongs to none.
    virtual void notice(std::size_t step, Severity severity, std::string_view text) = 0;
    /// The step and its ledger change are done. It is durable at the latest when apply() returns.
    virtual void step_landed(std::size_t step, const StepResult& result) = 0;
    /// Asked between steps: true = stop in good order.
    virtual bool stop() = 0;
};

/// What apply() did.
struct Outcome {
    std::size_t landed = 0;        ///< the first `landed` steps are done and durable
    std::optional<Error> failure;  ///< why step number `landed` failed; info().kept says what stayed of it
    bool stopped = false;          ///< observer's stop() was obeyed; nothing is half-done
};

/// A held migration lock. Destruction releases it and does not throw.
class GODWIT_API Lock {
  public:
    Lock() = default;
    virtual ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
};

/// Called while waiting for the lock, about once a second, with the holder as far as it is known
/// ("pid 4711, user app, host 10.0.0.7, application godwit, since 2026-11-21T05:42:38Z").
using LockWaiting = std::function<void(std::string_view holder, std::chrono::milliseconds waited)>;

/// What a driver knows of where it is connected.
struct DatabaseInfo {
    std::string product;   ///< "PostgreSQL", "MariaDB", "MySQL", "SQLite"
    std::string version;   ///< the server's own text
    std::string database;  ///< name of the database or file
    std::string schema;    ///< where the ledger is; "" where there are no schemas
    std::string user;
    std::string table;  ///< the version table as messages name it
};

/// Creating and removing whole databases. Works without connect(): the database need not exist.
class GODWIT_API DatabaseAdmin {
  public:
    DatabaseAdmin() = default;
    virtual ~DatabaseAdmin();
    DatabaseAdmin(const DatabaseAdmin&) = delete;
    DatabaseAdmin& operator=(const DatabaseAdmin&) = delete;

    /// False where it exists already.
    virtual bool create() = 0;
    /// False where there was none. Ends other sessions only where the database system demands it to say so
    /// in its error; never by force.
    virtual bool drop() = 0;
};

struct DropOptions {
    std::string schema;  ///< "" = the ledger's schema
};

/// What became of the statement that was running when a run was cut off.
enum class Effect : std::uint8_t {
    None,     ///< it left nothing: it is to be run
    Taken,    ///< it took effect: the script goes on behind it
    Unknown,  ///< only a person who looks at the database can tell
};
struct EffectFound {
    Effect effect = Effect::Unknown;
    std::string why{};  ///< of Unknown: "it calls a procedure, which may have done anything"
};

/// One database connection and its ledger. Owns transactions: nobody else begins or commits one.
/// Not thread-safe but for cancel(). Throws godwit::Error only.
///
/// A driver implements connect, dialect, info, state, history, applied, lock, apply, record, drop_everything
/// and cancel; everything else has a default.
class GODWIT_API Driver {
  public:
    Driver() = default;
    virtual ~Driver();
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

    /// Opens the session, once, or again after it threw Errc::Connect, or Errc::Locked where somebody has all
    /// of the database (transient where waiting may help). No write, no lock. Everything below needs it.
    virtual void connect() = 0;

    [[nodiscard]] virtual const Dialect& dialect() const = 0;  ///< also before connect(), then by the scheme
    [[nodiscard]] virtual DatabaseInfo info() = 0;

    /// One round trip; no lock, no write; needs no ledger table and no right to create one. Throws
    /// Errc::Dirty/Validation where the version table has a foreign shape, naming its columns.
    virtual LedgerState state() = 0;
    /// Newest first; `limit` 0 = all. down_script is left out. Empty where there is no history table.
    virtual std::vector<HistoryRow> history(std::size_t limit) = 0;
    /// From the history: one row per version whose newest row counts (applied, baseline, started, failed), in
    /// order of versions. Empty where there is no history table.
    virtual std::vector<AppliedVersion> applied() = 0;
    /// state() and applied() at once. Default: the two in turn.
    virtual LedgerView view();
    /// The same with no more than tells whether anything is pending: of the applied
    /// versions only version, state and direction need be there. The first one after connect() may say what
    /// was there when it connected. Default: view().
    virtual LedgerView glance();
    /// The down script stored when `version` was last applied; nullopt where there is none.
    virtual std::optional<std::string> stored_down_script(const Version& version) = 0;
    /// The same for many versions, in their order: one query, where queries cost something. Default: in turn.
    virtual std::vector<std::optional<std::string>> stored_down_scripts(std::span<const Version> versions);
    /// The up script as `version` was last applied; nullopt where it was not kept. Default: nullopt.
    virtual std::optional<std::string> stored_up_script(const Version& version);

    /// Waits for the migration lock, polling; never waits inside the server. Throws Errc::Locked naming the
    /// holder when the deadline passes. Held by the session that works; dies with it.
    virtual std::unique_ptr<Lock> lock(const Deadline& deadline, const LockWaiting& waiting) = 0;

    /// Who holds the migration lock, who waits for it, and who blocks the holder's running statement, as far
    /// as the database shows it to this user. Takes no lock and writes nothing. Called also where connect()
    /// threw Errc::Locked. The default throws Errc::Usage: this driver does not tell.
    virtual LockReport locks();

    /// Runs the steps in order and stops at the first failure. Creates the ledger tables when there is
    /// something to record. Everything counted in Outcome::landed is durable when it returns. After any
    /// exit, thrown or not, the ledger explains the database. Throws only for what is not a step's failure
    /// (connection lost between steps, ledger not writable).
    virtual Outcome apply(std::span<const Step> steps, const RunIdentity& run, StepObserver& observer) = 0;

    /// Ledger changes only, all in one transaction: force, baseline, reconcile.
    virtual void record(std::span<const LedgerChange> changes, const RunIdentity& run) = 0;

    /// Creates the version table if it is missing, as golang-migrate does when it opens a database. Only the
    /// `migrate` face calls it.
    virtual void ensure_version_table() = 0;

    /// Drops all tables, views, types, routines, sequences, … the user owns in the schema, ledger included,
    /// but nothing that an extension owns. Returns what was dropped ("table public.users").
    virtual std::vector<std::string> drop_everything(const DropOptions& options) = 0;

    /// From any thread: stops the running statement on the server; within apply(), where none runs, the next.
    virtual void cancel() noexcept = 0;

    /// Null where a database cannot be created or dropped.
    virtual DatabaseAdmin* admin();

    /// A look at this session from beside; null where the database has nothing to say. Needs connect(), opens
    /// nothing by itself.
    virtual std::unique_ptr<Watcher> watcher();

    /// Of a script in which a run was cut off (row.state Started): what became of statement number
    /// row.statements_done, counted from 0. `script` has the statements that were run, up to and with that
    /// one. Called under the lock; writes nothing. nullopt: no more can be told than by the statement's kind.
    virtual std::optional<EffectFound> effect_of(const HistoryRow& row, const Script& script);
    /// Of a script that is to go on at statement `resume_at` in a new session: the first statement before
    /// that whose traces in the old session apply() cannot make again (temporary tables, variables, …). One
    /// of kind Block or Other may have left nothing, and is named only where there is no other.
    [[nodiscard]] virtual std::optional<std::size_t> lost_with_session(const Script& script,
                                                                       std::size_t resume_at) const;

    /// Rows of a person's query as text, nullopt = NULL, read in a transaction that cannot write. Throws
    /// what the server says of it. The default throws Errc::Usage: this driver runs no queries.
    virtual std::vector<std::vector<std::optional<std::string>>> query(const std::string& sql);
};

/// What a driver is opened with besides its URL. Zero durations mean no limit.
struct DriverOptions {
    std::function<std::optional<std::string>(std::string_view name)> env;
    std::string table = "schema_migrations";  ///< may be "schema.table"
    bool table_given = false;                 ///< the user named it; wins over x-migrations-table
    Milliseconds connect_timeout{10'000};
    Milliseconds statement_timeout{0};
    Milliseconds ddl_lock_timeout{0};
    std::vector<std::string> init_sql;  ///< run on every new session, and again after a step that changed it
    std::vector<std::string> load_extensions;  ///< SQLite only
    bool batch = true;                         ///< several steps in one round trip where that is safe
    bool golang_migrate = false;               ///< the `migrate` face: its lock keys and ledger protocol
    std::string application_name = "godwit";
    std::string home_directory;  ///< for ~/.pgpass, ~/.my.cnf; "" = none
    /// How long the ledger's own statements may wait for a lock that somebody has on its tables.
    Milliseconds lock_timeout{15'000};
    std::string database;  ///< instead of the URL's; "" = the URL's
    /// Where everything happens, the ledger included: instead of the first schema of the URL's search_path,
    /// or where a schema is a database, of that. It must exist. "" = as the URL says. A database without
    /// either refuses these two: Errc::Usage.
    std::string schema;
};

}  // namespace godwit
