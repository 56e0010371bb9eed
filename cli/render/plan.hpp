#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "godwit/plan.hpp"
#include "godwit/script.hpp"

namespace godwit::cli {

/// What a person should know of a planned step before it runs.
struct StepShape {
    /// "none" (nothing is sent), "one" (the whole script in one), "own" (the script controls its own),
    /// "statements" (each statement for itself).
    std::string_view mode;
    std::string transaction;           ///< the same as a phrase
    std::vector<std::string> remarks;  ///< which statements refuse a transaction, what cannot be undone, …
    bool reversible = true;
};

StepShape describe(const PlannedStep& step, const Script& script);

}  // namespace godwit::cli
