#pragma once

#include <optional>
#include <vector>

#include "engine/ledger_reading.hpp"

namespace godwit::engine {

/// Builds one plan: takes versions off the applied ones and puts others on, and notes each as a step.
class Planner {
  public:
    Planner(const MigrationSet& migrations, const LedgerView& ledger, const Policy& policy);

    Plan plan(const Goal& goal);

  private:
    void go(const GoUp& goal);
    void go(const GoDown& goal);
    void go(const GoTo& goal);
    void go(const Redo& goal);
    void go(const Resume& goal);

    void roll_back(const std::vector<Version>& newest_first);
    void apply(const std::vector<std::size_t>& files);
    [[nodiscard]] std::vector<std::size_t> pending_up_to(const std::optional<Version>& last) const;
    [[nodiscard]] std::vector<Version> applied_above(const std::optional<Version>& stays) const;
    [[nodiscard]] bool is_unfinished(const Version& version, Direction direction) const;

    void put_unfinished_first(std::vector<std::size_t>& files) const;
    void judge_order(const std::vector<std::size_t>& files);
    void judge_missing_downs();
    void judge_unfinished() const;
    void require_known(const Version& version) const;
    void require_applied(const Version& version) const;
    void require_skips_known() const;

    PlannedStep up_step(const Migration& migration);
    PlannedStep down_step(const Version& version);
    void resume(PlannedStep& step) const;
    [[nodiscard]] std::optional<Version> newest() const;

    const MigrationSet& migrations_;
    const LedgerView& ledger_;
    const Policy& policy_;
    LedgerReading reading_;
    std::vector<bool> applied_files_;  ///< of migrations_.in_order
    std::size_t left_ = 0;             ///< of reading_.applied: still applied when the steps so far have run
    std::optional<Version> reached_;   ///< the newest version applied when the steps so far have run
    Plan plan_;
};

}  // namespace godwit::engine
