#pragma once

#include <optional>
#include <vector>

#include "godwit/error.hpp"
#include "godwit/plan.hpp"

namespace godwit::engine {

Error unknown_goal(const Version& version, const MigrationSet& migrations);
Error not_applied(const Version& version, const std::optional<Version>& current);
Error not_among_applied(const Version& version, const std::optional<Version>& current);
Error cannot_redo(const Version& version);
/// `resume --done` or `--again` where no migration is half-done.
Error nothing_in_question();
Error out_of_order(const std::vector<const Migration*>& late, const Version& current);
Error missing_downs(const std::vector<const PlannedStep*>& steps);

Finding out_of_order_finding(const Migration& migration, const Version& current);
Finding missing_down_finding(const PlannedStep& step);

}  // namespace godwit::engine
