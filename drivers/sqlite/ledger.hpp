#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "godwit/driver.hpp"
#include "sql/history_table.hpp"
#include "sqlite/session.hpp"

namespace godwit::sqlite {

/// The two ledger tables of one connection. Remembers what it last saw or wrote: before it writes it looks
/// again, in the same transaction, whether that is still so.
class Ledger {
  public:
    /// `golang_migrate`: of several versions the first one counts, as there.
    Ledger(Connection& connection, bool golang_migrate);

    [[nodiscard]] const sql::TableName& table() const noexcept { return table_; }

    /// The file need not be there. Throws Errc::Validation for a table of a foreign shape.
    LedgerState state();
    std::vector<HistoryRow> history(std::size_t limit);
    std::vector<AppliedVersion> applied();
    LedgerView glance();
    std::vector<std::optional<std::string>> stored_down_scripts(std::span<const Version> versions);
    /// `column` is "down_script" or "up_script".
    std::optional<std::string> stored_script(const Version& version, std::string_view column);

    /// What is remembered; asks the database the first time.
    const LedgerState& known();
    void forget() noexcept { known_.reset(); }

    /// The rest needs an open write transaction, and is undone with it: see mark() and forget().

    /// Throws Errc::Validation where somebody else moved the version since it was last seen.
    void require_unmoved();
    void create_version_table();
    /// Makes both tables where they are missing.
    void create();
    void set_version(const std::optional<Version>& version, bool dirty);
    /// Gives the row's id.
    std::int64_t append(const HistoryRow& row);
    void update(std::int64_t id, std::span<const std::pair<std::string_view, sql::Value>> changes);
    /// What is to be remembered once the transaction is committed.
    void remember(LedgerState state) { known_ = std::move(state); }

  private:
    [[nodiscard]] LedgerState look();
    /// The names of its columns; empty where there is none.
    std::vector<std::string> find_table(const std::string& name, std::span<const std::string_view> wanted,
                                        std::string_view hint);
    void read_version(LedgerState& state);

    Connection& connection_;
    bool golang_migrate_;
    sql::TableName table_;
    sql::Syntax syntax_;
    std::optional<LedgerState> known_;
};

}  // namespace godwit::sqlite
