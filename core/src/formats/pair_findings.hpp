#pragma once

#include <optional>
#include <string_view>

#include "godwit/migration.hpp"

namespace godwit::layout {

Finding out_of_range(const Entry& entry, std::string_view digits);
Finding not_a_file(const Entry& entry, std::string_view digits);
Finding duplicate(const Migration& migration, Direction direction, const Entry& first, const Entry& second);
/// Nullopt for an ".sql" file; what an editor or a backup left behind gets a text of its own.
std::optional<Finding> odd_extension(const Migration& migration, const Half& half, Direction direction);

/// Appends what only the whole set shows: missing halves, differing titles, gaps in a numbering.
void add_pair_findings(MigrationSet& set);

}  // namespace godwit::layout
