#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/ledger.hpp"
#include "sql/table_name.hpp"
#include "sql/values.hpp"

/// The two ledger tables as SQL text: each column, type and statement is written down here once.
///
/// The functions return single statements without a final ';'. `version` is the version table everywhere; the
/// history stands beside it (TableName::history()). History rows are appended as Started and finished by one
/// UPDATE, or appended finished; finished rows are never changed.
namespace godwit::sql {

/// What the `layout` column of every row says: the shape of the table when the row was written.
inline constexpr int kHistoryLayout = 2;

/// All columns in their order in the table, `id` first and `layout` last.
inline constexpr std::array<std::string_view, 24> kHistoryColumns{"id",
                                                                  "version",
                                                                  "name",
                                                                  "direction",
                                                                  "kind",
                                                                  "state",
                                                                  "checksum",
                                                                  "token_checksum",
                                                                  "statements_done",
                                                                  "statements_total",
                                                                  "started_at",
                                                                  "duration_ms",
                                                                  "db_user",
                                                                  "os_user",
                                                                  "host",
                                                                  "tool_version",
                                                                  "run_id",
                                                                  "error",
                                                                  "down_script",
                                                                  "up_script",
                                                                  "version_after",
                                                                  "statement_hashes",
                                                                  "fingerprint",
                                                                  "layout"};

/// Those that tables of older layouts lack: they may hold NULL, and are added before the next row is written.
inline constexpr std::array<std::string_view, 3> kAddedColumns{"up_script", "statement_hashes",
                                                               "fingerprint"};
/// What every table of ours has.
std::vector<std::string_view> first_history_columns();
/// The added columns that are not among `present`, whatever the case of their letters.
std::vector<std::string_view> lacking_columns(std::span<const std::string> present);

/// The columns behind `id` with their values for one row, in table order. Times are values of our clock; a
/// driver may put server-side SQL in their place: set("duration_ms", Raw{"…"}).
class HistoryValues {
  public:
    explicit HistoryValues(const HistoryRow& row);
    /// Replaces the value of a column that is there; throws Errc::Internal for another name.
    void set(std::string_view column, Value value);
    [[nodiscard]] const Value& get(std::string_view column) const;
    [[nodiscard]] std::span<const std::pair<std::string_view, Value>> all() const noexcept { return values_; }

  private:
    std::vector<std::pair<std::string_view, Value>> values_;
};

/// A row for a step: version (canonical), name, direction, checksums, statements_total, down script (going up
/// only), run identity, started_at = now, state Started, statements_done = resume_at. db_user, duration and
/// version_after are left empty. The checksums of a step without a script are "".
HistoryRow history_row(const Step& step, const RunIdentity& run);
/// The text of HistoryRow::version_after: canonical, "" for nothing applied.
std::string version_text(const std::optional<Version>& version);

/// CREATE TABLE of the history. With `if_not_exists` servers may send a NOTICE for a table that is there.
std::string create_history_table(const TableName& version, const Syntax& syntax, bool if_not_exists);
/// The statements that bring a table of an older layout up to date: a column each, of syntax.lacking.
std::vector<std::string> add_history_columns(const TableName& version, const Syntax& syntax);
/// INSERT of one row; the database gives the id.
std::string insert_history(const TableName& version, const Syntax& syntax, const HistoryValues& values);
/// UPDATE of one row: `id` is an integer or raw SQL.
std::string update_history(const TableName& version, const Syntax& syntax, const Value& id,
                           std::span<const std::pair<std::string_view, Value>> changes);

/// golang-migrate's own DDL of the version table, letter for letter what its drivers for servers make, with
/// IF NOT EXISTS. SQLite's is another one: the driver's ledger has it.
std::string create_version_table(const TableName& version, const Syntax& syntax);
/// The statements that make the version table show `version` and `dirty`: DELETE all rows, then INSERT, which
/// is left out for a clean "nothing applied"; a dirty one is golang-migrate's row (-1, true). To run in one
/// transaction. Throws what version_number() throws.
std::vector<std::string> set_version(const TableName& version_table, const Syntax& syntax,
                                     const std::optional<Version>& version, bool dirty);
/// The number a bigint column holds for `version`. Throws Errc::Validation where it has several parts or does
/// not fit in 63 bits.
std::int64_t version_number(const Version& version);
/// From a row of the version table: nullopt for golang-migrate's -1. Throws Errc::Validation below -1.
std::optional<Version> version_of_number(std::int64_t number);
/// For a version table of more than one row: throws Errc::Validation.
[[noreturn]] void several_versions(const std::string& shown_table);
/// For a version that is NULL or no number: throws Errc::Validation.
[[noreturn]] void not_a_version(const std::string& shown_table, const std::string& text);

/// SELECT list of a history row: each column as text that read_history_row() understands, in the order of
/// kHistoryColumns without `layout`, then "1" or "0" for whether there is a down script. The place of
/// `up_script` holds NULL, and so do those of syntax.lacking and,
/// without `down_script`, its own.
std::string history_select_list(const Syntax& syntax, bool down_script = false);

}  // namespace godwit::sql
