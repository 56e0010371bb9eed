#pragma once

#include <optional>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "mysql/session.hpp"
#include "sql/history_table.hpp"
#include "sql/table_name.hpp"

namespace godwit::mysql {

/// The two ledger tables of one connection: their reads, and the SQL text that changes them. Remembers what
/// it last saw or wrote, which is right as long as this session holds the migration lock.
class Ledger {
  public:
    /// golang-migrate takes the first of several rows of the version table.
    Ledger(Connection& connection, bool golang_migrate);

    [[nodiscard]] const sql::TableName& table() const noexcept { return table_; }
    [[nodiscard]] const sql::Syntax& syntax() const noexcept { return syntax_; }

    LedgerState state();
    /// The first one may tell what the session's facts did.
    LedgerView glance();
    LedgerView view();
    /// Runs a query for one value that tries to take the lock. Where it gives "1", what view() asks has been
    /// asked in the same packet, and the next view() tells it if the lock is held then; golang-migrate does
    /// not ask.
    std::string try_lock(const std::string& sql);
    std::vector<HistoryRow> history(std::size_t limit);
    std::vector<AppliedVersion> applied();
    std::optional<std::string> stored_down_script(const Version& version);
    std::vector<std::optional<std::string>> stored_down_scripts(std::span<const Version> versions);
    std::optional<std::string> stored_up_script(const Version& version);

    /// What is remembered; asks the database the first time.
    const LedgerState& known();
    void remember(const std::optional<Version>& version, bool dirty);
    void forget() noexcept {
        known_.reset();
        expected_.reset();
    }

    /// Creates what is missing. DDL: commits by itself.
    void create();

    [[nodiscard]] std::vector<std::string> set_version(const std::optional<Version>& version,
                                                       bool dirty) const;
    /// Starts the clock of a step that is to be one transaction.
    [[nodiscard]] static std::string start_clock();
    /// INSERT of a finished row; the time is what start_clock() noted.
    [[nodiscard]] std::string append_finished(const HistoryRow& row) const;
    /// INSERT of a row that begins now, and the statement that keeps its id.
    [[nodiscard]] std::vector<std::string> append_started(const HistoryRow& row,
                                                          const sql::Value& fingerprint) const;
    /// Whether the history takes it: text in UTF-8 that fits into a packet.
    [[nodiscard]] bool storable(const std::string& down_script) const;
    /// INSERT of a row whose time the caller has set.
    [[nodiscard]] std::string append_as_given(const HistoryRow& row) const;
    /// UPDATE of the row that append_started() wrote last in this session.
    [[nodiscard]] std::string update(std::vector<std::pair<std::string_view, sql::Value>> changes) const;
    /// The value of duration_ms for update(): from started_at to now.
    [[nodiscard]] static sql::Value duration_until_now();
    /// Puts a hint to an error of reading or writing the ledger, where there is none.
    void explain_refusal(ErrorInfo& info) const;

  private:
    enum class Look : std::uint8_t { State, Glance, View };
    /// What the server gave for state_query(), up to the first statement that failed.
    struct Seen {
        std::vector<std::vector<sql::Row>> results;
        std::optional<Error> failure;
        bool blocked = false;  ///< it waited for longer than the ledger's patience
    };

    [[nodiscard]] std::string state_query(Look what) const;
    Seen ask(const std::string& sql);
    LedgerView read(Look what);
    LedgerView read(Look what, Seen&& seen);
    [[nodiscard]] Error unreadable(const Error& error) const;
    [[nodiscard]] Error blocked() const;
    void read_version(LedgerState& state, const std::vector<sql::Row>& rows) const;
    [[nodiscard]] sql::Query reader() const;
    [[nodiscard]] HistoryRow with_user(HistoryRow row) const;

    Connection& connection_;
    bool golang_migrate_;
    sql::TableName table_;
    sql::Syntax syntax_;
    std::optional<LedgerState> known_;
    std::optional<Seen> expected_;  ///< of Look::View
    bool untouched_;  ///< there was neither table when we connected, and nobody has looked since
};

}  // namespace godwit::mysql
