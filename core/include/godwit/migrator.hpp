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

struct MigratorOptions {
    const Format* format = nullptr;  ///< null: detected from the listing
    Policy policy;
    Milliseconds lock_timeout{15'000};
    RunIdentity identity;  ///< empty members are filled: a fresh run id, this host, this library's version
    DirtyPolicy dirty_policy = DirtyPolicy::OnlyWhenKept;
    Reporter* reporter = nullptr;  ///< not owned; null: nobody listens
    std::function<bool()> stop;    ///< asked between migrations; true = stop in good order; may be null
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

/// What an embedding program holds: options in, results out, events to a Reporter; no printing, no exit.
/// Borrows source and driver, which must outlive it. One thread at a time. The driver must be connected.
/// Methods that write take the lock themselves, and only when there is something to do.
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
    /// Compares files and ledger by content.
    Validation validate();
    std::vector<HistoryRow> history(std::size_t limit);
    /// The parsed scripts of a plan, in its order; for showing them. Skipped and empty ones are empty.
    std::vector<Script> scripts(const Plan& plan);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
