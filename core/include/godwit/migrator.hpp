#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/deadline.hpp"
#include "godwit/driver.hpp"
#include "godwit/event.hpp"
#include "godwit/format.hpp"
#include "godwit/plan.hpp"
#include "godwit/source.hpp"

namespace godwit {

/// A fresh run id, the effective user, this host, this library's version.
GODWIT_API RunIdentity default_identity();

class SharedFiles;

struct MigratorOptions {
    const Format* format = nullptr;  ///< null: detected from the listing
    Policy policy;
    Milliseconds lock_timeout{15'000};
    /// Tries again after a lock time-out or a deadlock, for scripts that do not say `retry` themselves.
    std::optional<unsigned> retry;
    RunIdentity identity;  ///< empty members are filled: a fresh run id, this host, this library's version
    DirtyPolicy dirty_policy = DirtyPolicy::OnlyWhenKept;
    Reporter* reporter = nullptr;  ///< not owned; null: nobody listens
    /// Asked between migrations, and about once a second while waiting for the lock; true = stop in good
    /// order (Errc::Interrupted where nothing was begun); may be null.
    std::function<bool()> stop;
    /// Where several migrators work on one folder: the source is then shared->source(), and `format` its
    /// format. Not owned; null: this migrator lists and reads for itself.
    SharedFiles* shared = nullptr;
};

enum class MigrationState : std::uint8_t {
    Applied,
    Pending,
    Failed,
    Changed,
    Missing,
    OutOfOrder,
    Baseline,
    Skipped
};
GODWIT_API std::string_view migration_state_name(MigrationState state) noexcept;  ///< "out-of-order" …

struct MigrationStatus {
    std::string version;  ///< as written in the file name, else as the ledger has it
    std::string name;
    MigrationState state = MigrationState::Pending;
    bool has_down = false;
    std::optional<Timestamp> applied_at;
    double duration_ms = 0;
    std::string checksum;  ///< "sha256:…" or ""
    std::string file;
    std::size_t statements_done = 0;
    std::size_t statements_total = 0;
};

struct Status {
    DatabaseInfo database;
    std::string format;
    std::size_t files = 0;
    std::optional<Version> current;
    bool dirty = false;
    std::vector<MigrationStatus> migrations;  ///< in order
    std::vector<Finding> findings;
    std::size_t pending = 0;
};

struct DoneStep {
    std::string version;
    std::string name;
    Direction direction = Direction::Up;
    std::string file;
    std::size_t statements = 0;
    std::chrono::microseconds took{0};
    bool empty = false;
    bool skipped = false;
    bool stored = false;
};

/// What a run did. A failure of a migration is a value here, not an exception.
struct Result {
    std::vector<DoneStep> done;
    std::optional<Error> failed;
    std::size_t pending = 0;  ///< migrations not applied after the run
    std::optional<Version> current;
    bool dirty = false;
    bool interrupted = false;
};

struct Validation {
    std::vector<Finding> findings;
    [[nodiscard]] GODWIT_API bool ok() const;  ///< no finding of severity Error
};

/// What validate() is asked besides "do files and ledger agree".
struct Probe {
    std::optional<Version> at_least;  ///< the database is at this version or above; one newer than the files
                                      ///< is then no error
    std::optional<Version> exactly;   ///< the database is at this version
};

/// What repair() is to do besides what needs no decision.
struct RepairWish {
    std::vector<Version> accept;  ///< applied: the files as they are now count as what was applied
    std::vector<Version> forget;  ///< applied: counts as not applied from now on
};

/// One thing that a LedgerWork does, for a person.
struct LedgerAction {
    std::string what;     ///< "accept", "forget", "clear-dirty", "reconcile", "baseline"
    std::string version;  ///< "" where it is about none
    std::string name;
    std::string message;  ///< lower case, no full stop
};

/// A change of the ledger alone, worked out and not written yet.
struct LedgerWork {
    std::vector<LedgerAction> actions;  ///< empty: there is nothing to do
    std::vector<Finding> left;          ///< what stays wrong, with the command for each
    std::optional<Version> before;      ///< what the version table shows now
    std::optional<Version> after;       ///< and what it will show
    bool dirty = false;                 ///< before; afterwards it is clean
    LedgerState seen;                   ///< what it was worked out from
    std::vector<LedgerChange> changes;
};

/// What an embedding program holds: options in, results out, events to a Reporter; no printing, no exit.
/// Borrows source and driver, which must outlive it. One thread at a time. The driver must be connected, but
/// for migrations() and format(). Methods that write take the lock themselves, and only when there is
/// something to do.
class GODWIT_API Migrator {
  public:
    Migrator(Source& source, Driver& driver, MigratorOptions options);
    ~Migrator();
    Migrator(const Migrator&) = delete;
    Migrator& operator=(const Migrator&) = delete;

    /// Lists and reads the layout; cached for the life of the object.
    const MigrationSet& migrations();
    const Format& format();

    Status status();
    Plan plan(const Goal& goal);
    /// plan() under the lock, then runs it. Reads and splits every script before the first one runs.
    /// Throws what make_plan throws, Errc::Locked, Errc::Source, Errc::Statement for a script that cannot be
    /// split; a statement the server refused is Result::failed.
    Result run(const Goal& goal);
    Result up(std::optional<std::size_t> count = std::nullopt);
    Result down(std::size_t count = 1);
    /// Sets the version, clears dirty, records who and why. nullopt: nothing applied.
    void force(const std::optional<Version>& version, std::string why);
    /// What would bring the ledger in line: rows for what another tool or a person did to the version table,
    /// a history where there is none, the dirty mark of a migration of which nothing was kept; and what
    /// `wish` names. Reads only. Throws Errc::Usage for a version that is not applied or has no up file to be
    /// accepted, Errc::Dirty where only a person can say what the database is.
    LedgerWork plan_repair(const RepairWish& wish);
    /// What makes everything up to and including `version` count as applied, whatever ran it; nothing counts
    /// as applied no longer. Reads only. Throws Errc::Usage for a version without files, Errc::Dirty.
    LedgerWork plan_baseline(const Version& version);
    /// Writes what plan_repair() or plan_baseline() worked out, under the lock and in one transaction. Throws
    /// Errc::Validation where the ledger has changed since, and Errc::Locked.
    void carry_out(const LedgerWork& work);
    /// Compares files and ledger by content.
    Validation validate(const Probe& probe = {});
    std::vector<HistoryRow> history(std::size_t limit);
    /// The parsed scripts of a plan, in its order; for showing them. Skipped and empty ones are empty.
    std::vector<Script> scripts(const Plan& plan);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
