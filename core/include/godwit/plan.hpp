#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/ledger.hpp"
#include "godwit/migration.hpp"

namespace godwit {

struct GoUp {
    std::optional<std::size_t> count;  ///< at most so many
    std::optional<Version> to;         ///< up to and including this one
};
struct GoDown {
    std::optional<std::size_t> count = 1;  ///< nullopt: all
    std::optional<Version> to;             ///< down to this one, which stays applied
};
struct GoTo {
    Version version;
};
struct Redo {
    std::size_t count = 1;
};
/// What a person says of the statement that was running when a migration was cut off, or that failed.
enum class ResumeWish : std::uint8_t {
    FindOut,  ///< nothing: it is to be found out
    Done,     ///< it took effect
    Again,    ///< it did not
};
/// Finish the half-done migration, and nothing else. A plan without steps where none is half-done.
struct Resume {
    ResumeWish wish = ResumeWish::FindOut;
};
using Goal = std::variant<GoUp, GoDown, GoTo, Redo, Resume>;

enum class OutOfOrder : std::uint8_t { Run, Warn, Fail };

/// Which edit of an applied migration counts.
enum class ChecksumRule : std::uint8_t {
    Bytes,   ///< every one
    Tokens,  ///< comments and white space may change
};

struct Policy {
    OutOfOrder out_of_order = OutOfOrder::Fail;
    ChecksumRule checksum = ChecksumRule::Bytes;
    bool allow_missing_down = false;
    std::vector<Version> skip;  ///< recorded as applied without being run
};

/// One step as planned: whose body, which way, what the table shows afterwards. Bodies are not read yet.
struct PlannedStep {
    Version version;
    std::string name{};
    Direction direction = Direction::Up;
    std::optional<Entry> entry{};       ///< the file to run; nullopt: stored script, missing half or skipped
    std::optional<Entry> down_entry{};  ///< going up: the down half, to be stored
    std::optional<Entry> up_entry{};    ///< going down: the up half, which may say `irreversible`
    bool stored_down = false;           ///< going down: run the script stored when it was applied
    bool empty = false;                 ///< no script for this direction: only the version moves
    bool skip = false;                  ///< asked for by Policy::skip
    std::optional<Version> version_after{};
    std::size_t resume_at = 0;
    std::string expected_checksum{};  ///< of the script at the time when it was begun, for resuming
    std::string remark{};             ///< how it came to be resumed where it is; see Step
};

/// What a run would do. A value, made without side effects; what is not in it does not run.
struct Plan {
    std::vector<PlannedStep> steps;
    std::vector<Finding> findings;
    std::optional<Version> current;  ///< before
    std::optional<Version> target;   ///< after
    bool dirty = false;
    std::size_t pending = 0;  ///< migrations not applied, before the run
};

/// Pure: same arguments, same plan. Throws Errc::Validation (out of order with Policy Fail, missing down:
/// all of them listed; duplicate versions), Errc::Dirty (with what it can mean and the commands) and
/// Errc::Usage (a goal version that is not there, with the nearest).
GODWIT_API Plan make_plan(const MigrationSet& migrations, const LedgerView& ledger, const Goal& goal,
                          const Policy& policy);

/// The rows that bring the history in line with the version table where another tool, or nobody, kept it:
/// whoever applies steps records them first, or a later look could not tell "applied elsewhere" from "never
/// applied". Pure; empty where godwit wrote last.
GODWIT_API std::vector<LedgerChange> reconciling_changes(const MigrationSet& migrations,
                                                         const LedgerView& ledger, Timestamp now);

}  // namespace godwit
