#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgresql/session.hpp"

namespace godwit::postgresql {

/// What CREATE INDEX CONCURRENTLY is to make.
struct ConcurrentIndex {
    std::string name;   ///< as the catalog has it; "" where the statement leaves it to the server
    std::string table;  ///< as the statement has it
};

/// nullopt for any other statement.
std::optional<ConcurrentIndex> concurrent_index(std::string_view sql);
/// REINDEX … CONCURRENTLY, of whatever.
bool is_concurrent_reindex(std::string_view sql);

/// Which indexes are looked at: a condition on pg_index i and pg_class c. `age` is SQL for the age of the
/// note behind which the statement ran; what is older is not its work.
std::string indexes_of(const ConcurrentIndex& index, const std::string& age);
/// The transient indexes of REINDEX CONCURRENTLY: the new one before, the old one after they change places.
std::string reindex_leftovers(const std::string& age);

enum class IndexState : std::uint8_t { Absent, Valid, Invalid };

/// Invalid where any of them is.
IndexState index_state(Connection& connection, const std::string& which);
/// Drops those that are invalid: what is left by a build that broke off hides behind IF NOT EXISTS for ever.
/// Waits for a session that is building one.
void drop_invalid(Connection& connection, const std::string& which);

}  // namespace godwit::postgresql
