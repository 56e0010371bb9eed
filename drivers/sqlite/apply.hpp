#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "godwit/driver.hpp"
#include "sql/steps.hpp"
#include "sqlite/execute.hpp"
#include "sqlite/ledger.hpp"
#include "sqlite/work.hpp"

namespace godwit::sqlite {

/// Passes on to the observer what has happened, each thing once and in order. What is not committed yet may
/// have to be done again.
class Teller {
  public:
    explicit Teller(StepObserver& observer) : observer_(observer) {}

    void started(std::size_t step);
    void statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds took);
    void landed(std::size_t step, const StepResult& result) { observer_.step_landed(step, result); }
    [[nodiscard]] bool stop() { return observer_.stop(); }

  private:
    StepObserver& observer_;
    std::size_t started_ = 0;     ///< steps that were told of
    std::size_t statements_ = 0;  ///< statements that were told of, of the newest of them
};

/// What all parts of one apply() share.
struct Run {
    Connection& connection;
    Ledger& ledger;
    const Dialect& dialect;
    std::span<const Step> steps;
    const RunIdentity& identity;
    Teller teller;
    WorkRules rules;
    bool batch = true;

    std::size_t landed = 0;
    std::size_t single_until = 0;         ///< steps below it get a transaction each: sharing one did not work
    std::optional<std::size_t> no_guest;  ///< a step that takes too long to join those before it
    bool large_file = false;

    void land(std::size_t step, const StepResult& result);
};

struct Attempt {
    std::optional<Error> failure;  ///< of step Run::landed
};

/// Steps from run.landed on, in one transaction: as many as may share it and as time allows. May land fewer
/// than it ran, with no failure: then the rest is to be tried one by one.
Attempt run_transaction(Run& run, std::vector<std::optional<Work>>& works);
/// Intent, statement by statement, end. A failure is complete.
Attempt run_statements(Run& run, const Work& work, std::size_t step);

const Work& work_at(const Run& run, std::vector<std::optional<Work>>& works, std::size_t step);

HistoryRow finished_row(const Run& run, const Work& work, const StepResult& result, Timestamp started);

/// An error of our own ledger statements, as the failure of a step.
Error ledger_error(const Run& run, const Work& work, const ErrorInfo& info);
/// After a rollback of the whole step: the ledger by the step's DirtyPolicy, and what the error says of the
/// state.
Error nothing_kept(Run& run, const Work& work, const Error& error);

/// See Driver::apply().
Outcome apply_steps(Run& run);

}  // namespace godwit::sqlite
