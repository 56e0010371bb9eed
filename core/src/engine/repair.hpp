#pragma once

#include "engine/status.hpp"
#include "godwit/driver.hpp"

namespace godwit::engine {

/// Works out what brings the ledger in line. Borrows everything; reads files and stored scripts, writes
/// nothing.
class Repair {
  public:
    Repair(const Survey& survey, const Policy& policy, Source& source, Driver& driver);

    /// Throws what Migrator::plan_repair() throws. Valid once.
    LedgerWork plan(const RepairWish& wish);

  private:
    void forget(const Version& version);
    void align();
    void accept(const Version& version);
    void add(LedgerAction action, HistoryRow row);
    void keep_down_script(HistoryRow& row);
    void add_left();

    [[nodiscard]] const Migration& file_to_accept(const Version& version) const;
    [[nodiscard]] HistoryRow accepted_row(const Migration& file, std::string* what) const;
    [[nodiscard]] bool is_handled(const Finding& finding) const;

    const Survey& survey_;
    const Policy& policy_;
    Source& source_;
    Driver& driver_;
    Timestamp now_;
    std::vector<Version> applied_;  ///< what counts as applied afterwards
    std::vector<Version> handled_;  ///< what the wish names
    LedgerWork work_;
};

/// Throws what Migrator::plan_baseline() throws.
LedgerWork baseline_work(const MigrationSet& migrations, const LedgerView& ledger, const Version& version,
                         Timestamp now);

/// Throws Errc::Validation unless the ledger is as it was when the work was worked out.
void require_same(const LedgerState& seen, const LedgerState& now);

}  // namespace godwit::engine
