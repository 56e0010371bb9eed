#pragma once

#include <optional>

#include "godwit/driver.hpp"
#include "godwit/error.hpp"

namespace godwit::engine {

/// What the version table shows after a step failed.
struct TableAfter {
    std::optional<Version> version;
    bool dirty = false;
};

/// `before`: what the table showed before the step.
TableAfter table_after_failure(const ErrorInfo& info, const Step& step, const std::optional<Version>& before);

/// Fills what the driver left open: file, version, line and column from the byte position, the excerpt, the
/// state of the database and what to type next. `file` is what messages call the script.
void complete_failure(ErrorInfo& info, const Step& step, const std::string& file,
                      const std::optional<Version>& before);

}  // namespace godwit::engine
