#pragma once

#include "engine/status.hpp"

namespace godwit::engine {

/// What survey_findings() says, with the severity that matters before a deployment, and the scripts that
/// cannot be split.
std::vector<Finding> validation_findings(const Survey& survey, const Policy& policy, Source& source,
                                         const Dialect& dialect);

}  // namespace godwit::engine
