#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgresql/session.hpp"

namespace godwit::postgresql {

/// What CREATE INDEX CONCURRENTLY is to make.
struct ConcurrentIndex {
    std::string name;   ///< as the catalog has it
    std::string table;  ///< as the statement has it
};

/// nullopt for any other statement, and for one that leaves the name to the server.
std::optional<ConcurrentIndex> concurrent_index(std::string_view sql);

enum class IndexState : std::uint8_t { Absent, Valid, Invalid };

/// What the catalog has under that name on that table. An index that another session is building counts as
/// Valid: it is not ours to drop.
IndexState index_state(Connection& connection, const ConcurrentIndex& index);
/// Drops it where it is invalid. What is left by a build that broke off hides behind IF NOT EXISTS for ever.
void drop_invalid(Connection& connection, const ConcurrentIndex& index);

}  // namespace godwit::postgresql
