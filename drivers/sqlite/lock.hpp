#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "godwit/driver.hpp"

namespace godwit::sqlite {

/// The side file whose lock is the migration lock of a database file: `<file>-godwit-lock`, beside the file
/// that symbolic links lead to.
std::filesystem::path lock_path(const std::filesystem::path& file);

/// Locks the side file, made where it is missing, and writes into it who holds it. The lock is the kernel's:
/// it dies with the process. The file is removed when the lock is given back. Throws Errc::Locked naming the
/// holder when the deadline passes, Errc::Connect where the folder cannot be written.
std::unique_ptr<Lock> lock_file(const std::filesystem::path& path, const std::string& shown,
                                const std::string& application, const Deadline& deadline,
                                const LockWaiting& waiting);

/// For databases that no other process can see.
std::unique_ptr<Lock> no_lock();

}  // namespace godwit::sqlite
