#pragma once

#include <soci/soci.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "godwit/error.hpp"
#include "godwit/ledger.hpp"
#include "sql/table_name.hpp"
#include "sql/values.hpp"

/// A SOCI session at our edge: opens it, runs short statements of our own with bound values, and lets nothing
/// but godwit::Error out. Migration text never goes through here (SOCI rewrites ':' and drops statements);
/// drivers send it to the native handle of soci().get_backend().
/// For the one function of a driver that casts soci().get_backend() to its backend's class and takes the
/// native handle out: Debian's SOCI exports no typeinfo of these classes, and UBSan's vptr check would ask
/// for it.
#define GODWIT_SOCI_NATIVE __attribute__((no_sanitize("vptr")))

namespace godwit::sql {

/// Makes our error of a library's one. `soci_error::what()` holds SQL and values: use get_error_message()
/// only.
using Translate = std::function<Error(const soci::soci_error&)>;

using Row = std::vector<std::optional<std::string>>;  ///< each column as text; nullopt = NULL

/// Not thread-safe. One connection; never reconnects by itself: a lock dies with its session.
class Session {
  public:
    explicit Session(Translate translate);

    /// Opens through a backend object that is linked in (`soci::postgresql`, …), never by name. Throws what
    /// `opening` (where it is not given: the session's own Translate) makes of the failure.
    void open(const soci::backend_factory& backend, const std::string& connection_string,
              const Translate& opening = nullptr);
    void close() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return open_; }
    [[nodiscard]] soci::session& soci() noexcept { return session_; }

    /// Rows of one query, one round trip. `binds` are the values of :a, :b, … in order of appearance, sent as
    /// text (cast in the SQL where the type matters). The SQL text is ours: no ':' but for binds and in '…'.
    std::vector<Row> query(const std::string& sql, std::span<const std::string> binds = {});
    /// First row of a query; nullopt where there is none.
    std::optional<Row> query_row(const std::string& sql, std::span<const std::string> binds = {});
    /// A statement without rows.
    void execute(const std::string& sql, std::span<const std::string> binds = {});

  private:
    Translate translate_;
    soci::session session_;
    bool open_ = false;
};

/// Runs a query that has no binds and gives its rows: the native handle's own. For drivers whose table names
/// SOCI's reading of ':' and quotes would break.
using Query = std::function<std::vector<Row>(const std::string& sql)>;

/// Reads of the two ledger tables, in portable SQL. Each is one query and throws what the session throws; who
/// calls knows that the table is there.
/// Newest first; `limit` 0 = all; without down scripts.
std::vector<HistoryRow> read_history(Session& session, const TableName& version, const Syntax& syntax,
                                     std::size_t limit);
std::vector<HistoryRow> read_history(const Query& query, const TableName& version, const Syntax& syntax,
                                     std::size_t limit);
/// See Driver::applied().
std::vector<AppliedVersion> read_applied(Session& session, const TableName& version, const Syntax& syntax);
std::vector<AppliedVersion> read_applied(const Query& query, const TableName& version, const Syntax& syntax);
/// The same in two, for who sends the text along with something else.
std::string applied_query(const TableName& version, const Syntax& syntax);
std::vector<AppliedVersion> read_applied(std::span<const Row> rows);
/// See Driver::stored_down_script() and stored_up_script(); `column` is "down_script" or "up_script".
std::optional<std::string> read_stored_script(Session& session, const TableName& version_table,
                                              const Syntax& syntax, const Version& version,
                                              std::string_view column);
std::optional<std::string> read_stored_script(const Query& query, const TableName& version_table,
                                              const Syntax& syntax, const Version& version,
                                              std::string_view column);

/// See Driver::stored_down_scripts().
std::vector<std::optional<std::string>> read_stored_down_scripts(Session& session,
                                                                 const TableName& version_table,
                                                                 const Syntax& syntax,
                                                                 std::span<const Version> versions);
std::vector<std::optional<std::string>> read_stored_down_scripts(const Query& query,
                                                                 const TableName& version_table,
                                                                 const Syntax& syntax,
                                                                 std::span<const Version> versions);

/// A row selected by history_select_list(). Throws Errc::Validation naming the column where the table holds
/// something that is no history of ours.
HistoryRow read_history_row(const Row& row);

}  // namespace godwit::sql
