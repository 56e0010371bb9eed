#pragma once

#include <filesystem>
#include <string>

#include "godwit/locks.hpp"

namespace godwit::sqlite {

/// See Driver::locks(). Who waits is not seen: godwit asks again and again, and nobody remembers that. Reads
/// /proc/locks; where it cannot, the side file's own words count, uncertain.
LockReport read_locks(const std::filesystem::path& file, const std::string& shown);

/// The processes besides this one that have a lock on the database file itself, in words ("pid 4711
/// (sqlite3)");
/// "" where none is seen.
std::string file_holders(const std::filesystem::path& file);

}  // namespace godwit::sqlite
