#pragma once

#include "godwit/driver.hpp"

namespace godwit::stub {

/// The row of a step that begins now.
HistoryRow row_of(const Step& step, const RunIdentity& run);
AppliedVersion applied_from(const HistoryRow& row);
/// Whether the newest row of a version makes it one of Driver::applied().
bool counts(HistoryState state);
std::string text_of(const std::optional<Version>& version);

}  // namespace godwit::stub
