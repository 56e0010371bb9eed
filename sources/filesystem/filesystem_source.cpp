#include "filesystem/filesystem_source.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "filesystem/pages_ahead.hpp"
#include "godwit/error.hpp"

namespace godwit::filesystem {

namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;
using Status = struct stat;

std::string_view code_name(int code) {
    switch (code) {
        case ENOENT:
            return "ENOENT";
        case EACCES:
            return "EACCES";
        case ENOTDIR:
            return "ENOTDIR";
        case EISDIR:
            return "EISDIR";
        case ELOOP:
            return "ELOOP";
        case EMFILE:
            return "EMFILE";
        default:
            return "";
    }
}

[[noreturn]] void refuse(std::string message, const std::string& file, int code, std::string hint) {
    ErrorInfo info;
    info.code = Errc::Source;
    info.message = code == 0 ? std::move(message)
                             : fmt::format("{}: {}", message, std::generic_category().message(code));
    info.where.file = file;
    if (code != 0) info.native_code = code_name(code).empty() ? std::to_string(code) : code_name(code);
    info.hint = std::move(hint);
    throw Error(std::move(info));
}

std::string folder_hint(int code) {
    switch (code) {
        case ENOENT:
            return "name the folder with --path DIR (or --source file://DIR), or make it with: godwit init";
        case ENOTDIR:
            return "migrations are in a folder: name that one with --path DIR";
        case EACCES:
            return "the user that runs godwit needs read and search permission on it";
        default:
            return {};
    }
}

[[noreturn]] void cannot_open_folder(const std::filesystem::path& folder, int code) {
    refuse(fmt::format("cannot open the migrations folder {}", folder.string()), {}, code, folder_hint(code));
}

EntryKind kind_of_mode(mode_t mode) {
    if (S_ISREG(mode)) return EntryKind::File;
    return S_ISDIR(mode) ? EntryKind::Directory : EntryKind::Other;
}

/// Tells one file and one state of it from another: a ConfigMap is replaced by new files under the old names.
std::string fingerprint_of(const Status& status) {
    return fmt::format("{}.{:09}-{}-{}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size,
                       status.st_ino);
}

/// A name like "1_init.up.sql", but not "..data" or "common".
bool named_like_a_file(std::string_view name) {
    return name.find('.', 1) != std::string_view::npos && !name.starts_with('.');
}

Entry look_at(int directory, const dirent& found) {
    const bool link = found.d_type == DT_LNK;
    Entry entry{.path = found.d_name};
    Status status{};
    if (::fstatat(directory, found.d_name, &status, 0) != 0) {
        // An editor's lock file is such a link, too: whether it matters shows when somebody wants to read it.
        if (link) return entry;
        if (errno == ENOENT) return {};
        refuse(fmt::format("cannot look at {}", entry.path), entry.path, errno, {});
    }
    entry.kind = kind_of_mode(status.st_mode);
    if (link && entry.kind == EntryKind::Directory && named_like_a_file(entry.path)) {
        entry.kind = EntryKind::File;
        return entry;
    }
    if (entry.kind == EntryKind::File) {
        entry.size = static_cast<std::uint64_t>(status.st_size);
        entry.fingerprint = fingerprint_of(status);
    }
    return entry;
}

/// The type comes with the entry on most file systems; a link, or a file system that does not tell, costs one
/// look. The path is empty where the entry is gone meanwhile.
Entry entry_of(int directory, const dirent& found) {
    switch (found.d_type) {
        case DT_REG:
            return {.path = found.d_name};
        case DT_DIR:
            return {.path = found.d_name, .kind = EntryKind::Directory};
        case DT_LNK:
        case DT_UNKNOWN:
            return look_at(directory, found);
        default:
            return {.path = found.d_name, .kind = EntryKind::Other};
    }
}

Status status_of(int file, const std::string& name) {
    Status status{};
    if (::fstat(file, &status) != 0) refuse("cannot read " + name, name, errno, {});
    if (S_ISDIR(status.st_mode)) refuse("cannot read " + name, name, EISDIR, "a migration must be a file");
    if (!S_ISREG(status.st_mode)) refuse(name + " is no regular file", name, 0, "a migration must be a file");
    return status;
}

[[noreturn]] void changed(const std::string& name, const std::string& how) {
    refuse(fmt::format("{} changed {}", name, how), name, 0,
           "run the command again when nobody writes to the folder");
}

std::string memory_for(std::uint64_t size, const std::string& name) {
    try {
        std::string content;
        content.reserve(static_cast<std::size_t>(size));
        return content;
    } catch (const std::exception&) {
        refuse(fmt::format("{} is too large: no memory for {} bytes", name, size), name, ENOMEM, {});
    }
}

/// In slices that stay in the processor's cache: a string of that size would be filled with zeros first.
std::string read_whole(int file, std::uint64_t size, const std::string& name) {
    constexpr std::uint64_t kSlice = std::uint64_t{256} << 10U;
    std::string content = memory_for(size, name);
    const PagesAhead pages(content.data(), static_cast<std::size_t>(size));
    // one more than needed: where a file grew, the last read shows it
    std::vector<char> slice(static_cast<std::size_t>(std::min(size + 1, kSlice)));
    while (content.size() <= size) {
        const std::uint64_t wanted = std::min<std::uint64_t>(slice.size(), size + 1 - content.size());
        const ssize_t got = ::read(file, slice.data(), static_cast<std::size_t>(wanted));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse("cannot read " + name, name, errno, {});
        if (got == 0) break;
        content.append(slice.data(), static_cast<std::size_t>(got));
    }
    if (content.size() != size) {
        changed(name, content.size() > size
                          ? fmt::format("while it was read: it is larger than {} bytes", size)
                          : fmt::format("while it was read: {} of {} bytes", content.size(), size));
    }
    return content;
}

std::string_view hint_for_file(int code) {
    switch (code) {
        case ENOENT:
            return "it was there when the folder was listed, or it is a symbolic link that leads nowhere";
        case EACCES:
            return "the user that runs godwit needs read permission on it";
        default:
            return "";
    }
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

std::filesystem::path folder_of(const Url& url, const std::filesystem::path& working_directory) {
    std::string_view rest = url.rest().reveal();
    rest = rest.substr(0, rest.find_first_of("?#"));
    std::optional<std::string> folder(rest);
    if (rest.starts_with("//")) folder = percent_decode(rest.substr(2));
    if (!folder) {
        fail(Errc::Usage, fmt::format("bad percent-encoding in the path of {}", url.redacted()),
             "a '%' in a folder's name is written %25");
    }
    if (folder->find('\0') != std::string::npos)
        fail(Errc::Usage, fmt::format("the path of {} has a NUL in it", url.redacted()));
    return (working_directory / *folder).lexically_normal();
}

const Descriptor& FilesystemSource::directory() {
    if (!directory_.is_open()) {
        directory_ = Descriptor(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory_.is_open()) cannot_open_folder(folder_, errno);
    }
    return directory_;
}

std::vector<Entry> FilesystemSource::list() {
    // readdir moves the descriptor's position and closes it: it gets one of its own.
    Descriptor own(::openat(directory().number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own.is_open()) cannot_open_folder(folder_, errno);
    const Directory stream(::fdopendir(own.number()), ::closedir);
    if (!stream) cannot_open_folder(folder_, errno);
    const int number = own.release();
    std::vector<Entry> entries;
    for (;;) {
        errno = 0;
        const dirent* found = ::readdir(stream.get());
        if (found == nullptr) break;
        const std::string_view name = found->d_name;
        if (name == "." || name == "..") continue;
        Entry entry = entry_of(number, *found);
        if (!entry.path.empty()) entries.push_back(std::move(entry));
    }
    if (errno != 0) cannot_open_folder(folder_, errno);
    return entries;
}

std::string FilesystemSource::read(const Entry& entry) {
    const std::string& name = entry.path;
    if (name.empty() || name.find('/') != std::string::npos || name == "..")
        refuse(fmt::format("'{}' is no file of {}", name, describe()), name, 0, {});
    // without O_NONBLOCK, opening a pipe would wait for somebody to write
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    const Descriptor file(::openat(directory().number(), name.c_str(), flags));
    if (!file.is_open()) {
        const int code = errno;
        refuse("cannot open " + name, name, code, std::string(hint_for_file(code)));
    }
    const Status status = status_of(file.number(), name);
    if (!entry.fingerprint.empty() && fingerprint_of(status) != entry.fingerprint)
        changed(name, "since the folder was listed");
    return read_whole(file.number(), static_cast<std::uint64_t>(status.st_size), name);
}

std::optional<std::filesystem::path> FilesystemSource::local_path(const Entry& entry) const {
    return folder_ / entry.path;
}

std::string FilesystemSource::describe() const {
    return "file://" + folder_.string();
}

}  // namespace godwit::filesystem
