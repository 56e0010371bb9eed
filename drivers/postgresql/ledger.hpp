#pragma once

#include <optional>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "postgresql/ledger_look.hpp"
#include "postgresql/session.hpp"
#include "postgresql/text.hpp"
#include "sql/history_table.hpp"
#include "sql/table_name.hpp"

namespace godwit::postgresql {

/// Where the start of a step's transaction is read from when its history row is written.
enum class StartedAt : std::uint8_t {
    Setting,      ///< the transaction-local setting `godwit.started`: see start_clock()
    Transaction,  ///< now(): right where the step's BEGIN began a message
    Now,          ///< clock_timestamp(): the row is written as the step begins
};

/// The two ledger tables of one connection: their reads, and the SQL text that changes them. Remembers what
/// it last saw or wrote, which is right as long as this session holds the migration lock.
class Ledger {
  public:
    /// `golang_migrate`: of several versions the first one counts, as there.
    Ledger(Connection& connection, bool golang_migrate)
        : connection_(connection), golang_migrate_(golang_migrate) {}

    /// After connecting: finds the schema. Throws Errc::Connect where there is none.
    void resolve();
    [[nodiscard]] const sql::TableName& table() const noexcept { return table_; }
    [[nodiscard]] const sql::Syntax& syntax() const noexcept { return syntax_; }

    LedgerState state();
    /// The first one may tell what the session's facts did.
    LedgerView glance();
    LedgerView view();
    /// Runs a query for one row that tries to take the lock. What view() asks has been asked in the same
    /// text, and the next view() tells it if the lock is held then; golang-migrate does not ask. Null where
    /// the server refused that: it may have taken the lock all the same.
    Result try_lock(const std::string& sql);
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
        expected_.clear();
    }

    /// Statements that create what is missing; empty where both tables are there.
    std::vector<std::string> creation();
    void created();

    std::vector<std::string> set_version(const std::optional<Version>& version, bool dirty) const;
    /// A history row's columns; time and duration are taken from the server's clock.
    [[nodiscard]] sql::HistoryValues values(const HistoryRow& row, StartedAt started) const;
    /// INSERT of a history row; time and duration are taken from the server's clock.
    [[nodiscard]] std::string append(const HistoryRow& row, StartedAt started) const;
    /// INSERT of a row whose time the caller has set.
    [[nodiscard]] std::string append_as_given(const HistoryRow& row) const;
    [[nodiscard]] std::string update(std::int64_t id,
                                     std::vector<std::pair<std::string_view, sql::Value>> changes) const;
    /// SQL for the age (in transactions) of the note that `done` statements of this migration are done, the
    /// oldest since the migration was last finished; NULL where there is none.
    [[nodiscard]] std::string age_of_note(const Version& version, Direction direction,
                                          std::size_t done) const;
    /// What this user or this database needs, where the server refused something of the ledger's.
    /// A lock time-out of a statement of the ledger's own becomes Errc::Locked, naming who holds it. Outside
    /// of a transaction only: it asks.
    void explain_lock(ErrorInfo& info);
    void explain_refusal(ErrorInfo& info) const;
    /// Makes every earlier asynchronous commit of this session durable.
    void flush();

  private:
    /// Both tables are there, with all their columns, as far as is known.
    [[nodiscard]] bool complete() const noexcept { return there_ && syntax_.lacking.empty(); }
    [[nodiscard]] std::string patience() const;
    std::vector<Result> ask(const std::string& sql);
    std::optional<LedgerView> quick(Look what);
    LedgerView careful(Look what);
    LedgerView read(Look what);
    LedgerView remembered(LedgerView view);
    LedgerView with_applied(LedgerView view);
    [[nodiscard]] std::string view_query() const;
    std::optional<LedgerView> expected();
    [[nodiscard]] HistoryRow with_user(HistoryRow row) const;

    Connection& connection_;
    bool golang_migrate_;
    sql::TableName table_;
    sql::Syntax syntax_;
    std::optional<LedgerState> known_;
    std::vector<Result> expected_;  ///< of Look::View
    bool there_ = false;            ///< both tables are there
    bool untouched_ = false;  ///< there was neither of them when we connected, and nobody has looked since
};

/// Runs at the start of a step's transaction: notes the time for StartedAt::Setting, and with `relaxed` lets
/// this one commit return before it is on disk.
std::string start_clock(bool relaxed);

/// Statements joined to one string, each with its ';'.
std::string joined(const std::vector<std::string>& statements);

}  // namespace godwit::postgresql
