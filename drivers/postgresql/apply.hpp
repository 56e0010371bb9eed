#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "postgresql/exchange.hpp"
#include "postgresql/landing.hpp"
#include "postgresql/work.hpp"
#include "sql/batch.hpp"
#include "sql/steps.hpp"

namespace godwit::postgresql {

/// What all parts of one apply() share.
struct Run {
    Connection& connection;
    Ledger& ledger;
    Landing& landing;
    const Dialect& dialect;
    std::span<const Step> steps;
    const RunIdentity& identity;
    StepObserver& observer;
    sql::BatchSizer& sizer;        ///< lives as long as the connection: what it has learnt stays true
    bool multi_statement = false;  ///< x-multi-statement
    bool batch = true;

    std::size_t landed = 0;
    std::size_t started = 0;  ///< steps the observer was told of
    bool unflushed = false;   ///< something landed that is not on disk yet

    /// Tells the observer once.
    void start(std::size_t step);
    void land(std::size_t step, const StepResult& result, bool relaxed);
    /// The step that notices belong to: the one begun and not landed, else none.
    [[nodiscard]] std::size_t current() const noexcept {
        return started > landed ? started - 1 : steps.size();
    }
};

/// How a try to run steps ended.
struct Attempt {
    std::optional<Error> failure;  ///< of step Run::landed
    bool change_way = false;  ///< rolled back whole; the statements demand to be outside of a transaction
};

/// Steps [first, end), each a transaction, in one round trip where the server takes the text. All are of
/// Way::Transaction and share.
Attempt run_batch(Run& run, const std::vector<Work>& works, std::size_t first);
/// One step in one transaction, in as many round trips as its directives, COPY data and size demand.
Attempt run_alone(Run& run, const Work& work, std::size_t step);
/// Intent, statement by statement, end.
Attempt run_statements(Run& run, const Work& work, std::size_t step);

/// Error of a statement in a step, with file, line, column and excerpt. `query` is what was sent.
Error step_error(const Run& run, const Work& work, std::size_t step, const QueryText& query,
                 const ServerFailure& failure);
/// After a rollback of the whole step: the ledger by the step's DirtyPolicy, and what the error says of the
/// state.
Error nothing_kept(Run& run, const Work& work, const Error& error);
/// After the connection broke: nothing can be written any more.
Error state_unknown(const Run& run, std::size_t step, const Error& error, bool committing);

/// The directives in force for a statement: its own, else the script's.
struct Limits {
    std::optional<Milliseconds> timeout;
    std::optional<Milliseconds> lock_timeout;
};
Limits limits_of(const Directives& directives);
/// SET [LOCAL] statements for them; with `base` back to the connection's own.
std::vector<std::string> set_limits(const Limits& limits, bool local);
std::vector<std::string> unset_limits(const Connection& connection, const Limits& limits, bool local);
/// Whether the first value of a skip-if query is true. The server's error is thrown as it is.
bool is_true(Connection& connection, const std::string& query);

/// See Driver::apply().
Outcome apply_steps(Run& run);

}  // namespace godwit::postgresql
