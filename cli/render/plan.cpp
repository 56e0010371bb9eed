#include "render/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace godwit::cli {

namespace {

std::optional<Statement> first_with(const Script& script, TransactionNeed need) {
    const auto it = std::ranges::find(script.statements(), need, &Statement::transaction);
    return it == script.statements().end() ? std::nullopt : std::optional(*it);
}

std::string opening(const Script& script, const Statement& statement) {
    auto sql = std::string(script.sql(statement));
    const auto end = std::min(sql.find('\n'), std::size_t{60});
    if (end < sql.size()) sql = sql.substr(0, end) + " …";
    return fmt::format("line {}: {}", statement.line, sql);
}

void transaction_of(const Script& script, StepShape& shape) {
    const auto wish = script.directives().transaction;
    const auto controls = first_with(script, TransactionNeed::Controls);
    const auto refuses = first_with(script, TransactionNeed::Refuses);
    const bool commits = std::ranges::any_of(script.statements(), &Statement::implicit_commit);
    if (controls) {
        shape.mode = "own", shape.transaction = "controls its own transactions";
        shape.remarks.push_back(opening(script, *controls));
    } else if (wish == false || refuses || commits) {
        shape.mode = "statements", shape.transaction = "statement by statement";
        if (refuses) shape.remarks.push_back("refuses a transaction, " + opening(script, *refuses));
    } else {
        shape.mode = "one", shape.transaction = "in one transaction";
    }
}

void reversibility_of(const PlannedStep& step, const Script& script, StepShape& shape) {
    if (step.direction != Direction::Up) return;
    if (const auto& reason = script.directives().irreversible) {
        shape.reversible = false;
        shape.remarks.push_back(fmt::format("cannot be undone: {}", *reason));
    } else if (!step.down_entry) {
        shape.reversible = false;
        shape.remarks.emplace_back("cannot be undone: it has no down file");
    }
}

}  // namespace

StepShape describe(const PlannedStep& step, const Script& script) {
    StepShape shape{"none", "", {}, true};
    if (step.skip) {
        shape.transaction = "skipped: recorded as applied without being run";
    } else if (script.empty()) {
        shape.transaction = "nothing is sent, only the version moves";
    } else {
        transaction_of(script, shape);
    }
    if (step.stored_down) shape.remarks.emplace_back("runs the down script stored when it was applied");
    if (step.resume_at > 0)
        shape.remarks.push_back(fmt::format("goes on behind statement {}", step.resume_at));
    reversibility_of(step, script, shape);
    return shape;
}

}  // namespace godwit::cli
