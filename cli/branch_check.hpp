#pragma once

#include <functional>
#include <string>
#include <vector>

#include "git.hpp"
#include "godwit/finding.hpp"
#include "godwit/migration.hpp"
#include "godwit/plan.hpp"

namespace godwit::cli {

/// Migrations as one side has them: what the layout makes of the listing, and the id of each file's content.
struct BranchSide {
    MigrationSet set;
    Git::Tree ids;
};

/// What a pull request is judged by.
struct BranchSides {
    BranchSide ours;    ///< the folder as it is now
    BranchSide merged;  ///< the ref
    Git::Tree base;     ///< where they parted; that of the ref where it is not known
    std::string ref;    ///< as messages name it
    ChecksumRule rule = ChecksumRule::Bytes;
    std::function<std::string(const std::string& id)> content;       ///< of the ref's files
    std::function<std::string(const Entry& entry)> content_of_ours;  ///< of the folder's
};

/// What `ours` does to migrations that are merged, and which of its new ones would not run behind them. What
/// only the ref did since they parted is no finding.
std::vector<Finding> branch_findings(const BranchSides& sides);

}  // namespace godwit::cli
