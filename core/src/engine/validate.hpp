#pragma once

#include "engine/status.hpp"

namespace godwit::engine {

/// What survey_findings() says, with the severity that matters before a deployment, the scripts that cannot
/// be split, and what the probe asks for.
std::vector<Finding> validation_findings(const Survey& survey, const Policy& policy, const Probe& probe,
                                         Source& source, const Dialect& dialect);

}  // namespace godwit::engine
