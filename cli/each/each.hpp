#pragma once

#include "context.hpp"
#include "godwit/plan.hpp"

namespace godwit::cli {

/// `up --each`: the goal in every target of a list, several at once; with --dry-run only what would be done.
/// Returns the exit code of the worst target. Throws what is wrong before any target is begun.
int run_each(Context& context, const Goal& goal);

}  // namespace godwit::cli
