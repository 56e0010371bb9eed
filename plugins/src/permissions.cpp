#include "permissions.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "godwit/error.hpp"

namespace godwit::plugins {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    fail(Errc::Plugin, fmt::format("plugin {} is not loaded: {}", file.string(), why),
         "correct owner and permissions, or say --allow-unsafe-plugins if everybody who can write there may "
         "run code as you");
}

struct stat look_at(const std::filesystem::path& path, const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        fail(Errc::Plugin, fmt::format("plugin {} cannot be looked at: {}", file.string(),
                                       std::generic_category().message(errno)));
    return status;
}

void require_owner(const struct stat& status, const std::string& what, const std::filesystem::path& file) {
    if (status.st_uid == 0 || status.st_uid == ::geteuid()) return;
    refuse(file, fmt::format("{} belongs to user {}, neither to root nor to you (user {})", what,
                             status.st_uid, ::geteuid()));
}

void require_private(const struct stat& status, const std::string& what, const std::filesystem::path& file) {
    const bool group = (status.st_mode & S_IWGRP) != 0;
    const bool world = (status.st_mode & S_IWOTH) != 0;
    if (!group && !world) return;
    refuse(file, fmt::format("{} can be written by {} (mode {:04o})", what, world ? "everybody" : "its group",
                             status.st_mode & 07777U));
}

/// Who can write to a folder further up can put another one in this one's place, between our look at the file
/// and its loading. A sticky folder lets nobody move what is another's.
void require_safe_above(const std::filesystem::path& folder, const std::filesystem::path& file) {
    const std::filesystem::path above = folder.parent_path();
    if (above == folder || above.empty()) return;
    const struct stat status = look_at(above, file);
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        refuse(file, fmt::format("the folder above it, {}, can be written by everybody (mode {:04o})",
                                 above.string(), status.st_mode & 07777U));
    require_safe_above(above, file);
}

}  // namespace

void require_safe(const std::filesystem::path& file, bool allow_unsafe) {
    const struct stat status = look_at(file, file);
    if (!S_ISREG(status.st_mode))
        fail(Errc::Plugin, fmt::format("plugin {} is not a regular file", file.string()));
    if (allow_unsafe) return;
    require_owner(status, "the file", file);
    require_private(status, "the file", file);
    require_safe_folder(file.parent_path(), file);
}

void require_safe_folder(const std::filesystem::path& folder, const std::filesystem::path& file) {
    const struct stat status = look_at(folder, file);
    const std::string name = "its folder " + folder.string();
    require_owner(status, name, file);
    if ((status.st_mode & S_ISVTX) != 0 && (status.st_mode & S_IWOTH) != 0)
        refuse(file, fmt::format("{} is one for everybody's temporary files", name));
    require_private(status, name, file);
    require_safe_above(folder, file);
}

}  // namespace godwit::plugins
