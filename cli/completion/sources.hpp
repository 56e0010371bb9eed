#pragma once

#include <vector>

#include "args.hpp"
#include "completion/suggestions.hpp"

namespace godwit::cli {

/// What only the surroundings tell: environments, layouts, URL schemes, git's refs, the folder's versions,
/// newest first. `arguments` are the options given so far. Empty where it cannot be found out; throws
/// nothing.
std::vector<Candidate> look_up(Suggest what, const Arguments& arguments);

}  // namespace godwit::cli
