#pragma once

#include <filesystem>

namespace godwit::plugins {

/// Throws Errc::Plugin unless `file` (canonical) is a regular file that only root or this user can have put
/// there: file and folder are owned by one of them and writable by nobody else, and no folder further up is
/// writable by everybody, but for sticky ones. With `allow_unsafe` only the
/// kind of file is checked.
void require_safe(const std::filesystem::path& file, bool allow_unsafe);

/// The part about the folder; `file` is for the message.
void require_safe_folder(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace godwit::plugins
