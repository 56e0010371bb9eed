#pragma once

#include "godwit/driver.hpp"

namespace godwit::stub {

/// The row of a step that begins now.
HistoryRow row_of(const Step& step, const RunIdentity& run);
std::string text_of(const std::optional<Version>& version);

}  // namespace godwit::stub
