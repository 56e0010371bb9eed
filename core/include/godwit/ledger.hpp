#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/migration.hpp"
#include "godwit/rare_text.hpp"
#include "godwit/version.hpp"

namespace godwit {

using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// What a history row tells of. Stored as the word in the comment.
enum class HistoryState : std::uint8_t {
    Started,     ///< "started": intent; the run ended before it could say more
    Applied,     ///< "applied": the up script is done
    RolledBack,  ///< "rolled-back": the down script is done
    Failed,      ///< "failed": a statement failed; statements_done of them are kept
    Baseline,    ///< "baseline": counts as applied, without a run of ours
    Forced,      ///< "forced": a person set the version
};

GODWIT_API std::string_view history_state_name(HistoryState state) noexcept;
GODWIT_API std::optional<HistoryState> parse_history_state(std::string_view word) noexcept;

/// A row of `<version table>_history` (docs/ledger.md). Finished rows are never changed.
struct HistoryRow {
    std::int64_t id = 0;  ///< ascending in order of writing; given by the database
    std::string version;  ///< canonical text; "" for a force to "nothing applied"
    std::string name;
    Direction direction = Direction::Up;
    std::string kind = "migration";  ///< "migration", "force", "baseline", "reconcile", "repair"
    HistoryState state = HistoryState::Started;
    std::string checksum;        ///< SHA-256 of the script's bytes, hex; "" where there was none
    std::string token_checksum;  ///< SHA-256 of its tokens, hex
    std::size_t statements_done = 0;
    std::size_t statements_total = 0;
    Timestamp started_at{};
    double duration_ms = 0;
    std::string db_user;  ///< filled by the driver
    std::string os_user;
    std::string host;
    std::string tool_version;
    std::string run_id;       ///< the same for all rows of one run
    std::string error;        ///< message of a failure, or the reason given with `force --why`
    std::string down_script;  ///< the down file as it was when the up was applied; "" where there was none
    bool has_down_script = false;  ///< tells "" (an empty file) from none; read without the text itself
    std::string version_after;  ///< version the table showed when this row was finished; "" = nothing applied
    std::optional<std::string> up_script{};  ///< the up file as it was applied; written, but not read back:
                                             ///< see Driver::stored_up_script()
    std::string statement_hashes{};  ///< Script::statement_hashes() in one text, where a part may have stayed
    /// The driver's note, made before it ran, of what statement number statements_done touches. In a Failed
    /// row: it is not known what that statement did before it failed.
    std::string fingerprint{};
};

/// Up scripts up to this size are kept beside an applied version, so that an edit can be shown.
inline constexpr std::size_t kMostKeptUpScript = std::size_t{256} << 10;
/// What of an up script HistoryRow::up_script holds: the text, or nullopt where it is larger than that.
GODWIT_API std::optional<std::string> kept_up_script(std::string_view text);

/// What one look at the database tells: one round trip, no lock, no write.
struct LedgerState {
    bool has_version_table = false;
    bool has_history_table = false;
    std::optional<Version> version;  ///< nullopt: nothing applied
    bool dirty = false;              ///< with nullopt: golang-migrate's row (-1, true)
    std::optional<HistoryRow> head;  ///< the newest history row, without down_script
};

/// The newest row of each version that counts as applied, started or failed.
struct AppliedVersion {
    Version version;
    RareText name{};  ///< this, and what stands below the direction, may be left out at a glance
    HistoryState state = HistoryState::Applied;
    Direction direction = Direction::Up;  ///< which way the started or failed one was going
    bool has_down_script = false;
    RareText checksum{};
    RareText token_checksum{};
    Timestamp applied_at{};
    double duration_ms = 0;
    std::size_t statements_done = 0;
    std::size_t statements_total = 0;
};

/// Whether a version counts as applied whose newest row has this state: anything but RolledBack and Forced.
GODWIT_API bool counts_as_applied(HistoryState state) noexcept;
/// What Driver::applied() tells of such a row; `version`: the row's, parsed, which is the driver's to check.
GODWIT_API AppliedVersion applied_version(const HistoryRow& row, Version version);

/// What a plan is made from, besides files and goal.
struct LedgerView {
    LedgerState state;
    std::vector<AppliedVersion> applied;  ///< Driver::applied(); empty where there is no history
};

/// A change of the ledger alone.
struct LedgerChange {
    std::optional<Version> version;  ///< what the version table is to show; nullopt: nothing applied
    bool dirty = false;
    std::optional<HistoryRow> history;  ///< row to append; nullopt: leave the history alone
};

}  // namespace godwit
