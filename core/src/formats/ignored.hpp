#pragma once

#include <optional>

#include "godwit/finding.hpp"
#include "godwit/source.hpp"

namespace godwit::layout {

/// What to say of an entry that is not a migration in golang-migrate's layout; nullopt for what belongs in
/// such a folder (README, checksum files, …). A Warning where it looks like a mistyped migration.
std::optional<Finding> explain_ignored(const Entry& entry);

}  // namespace godwit::layout
