#include "http/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <clocale>
#include <memory>
#include <set>

#include "http/errors.hpp"

namespace godwit::http {
namespace {

constexpr std::uint64_t kMostRatio = 200;  ///< real SQL is packed 5 to 30 times; a bomb a thousand times
constexpr std::uint64_t kRatioMatters = std::uint64_t{16} << 20;
constexpr std::size_t kMostEntries = 250'000;
constexpr std::size_t kLongestName = 1024;
constexpr std::ptrdiff_t kDeepestFolder = 32;
constexpr std::size_t kTarEnd = 1024;

struct ArchiveDeleter {
    void operator()(struct archive* handle) const noexcept { archive_read_free(handle); }
};

/// libarchive turns names into the locale's characters, and a name that has some others into none at all. A
/// program starts in the C locale, which has ASCII only: this gives the thread UTF-8 for a while.
class Utf8Locale {
  public:
    Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{})) {
        if (locale_ != locale_t{}) before_ = ::uselocale(locale_);
    }
    ~Utf8Locale() {
        if (locale_ == locale_t{}) return;
        ::uselocale(before_);
        ::freelocale(locale_);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

  private:
    locale_t locale_;
    locale_t before_{};
};

using Files = std::map<std::string, std::string, std::less<>>;

/// What is no regular file, and what it is instead.
using Odd = std::map<std::string, std::string_view, std::less<>>;

/// An archive's name without "./" and a trailing '/'; throws where it leads out of the archive, and for names
/// that exist to do harm: a few hundred packed bytes can hold a path of many thousand folders.
std::string safe_name(std::string_view name, const std::string& place) {
    const auto bad = [&](std::string_view what) {
        refuse(fmt::format("{}: the archive has an entry '{}': {}", place, printable(name), what),
               "nothing of it was used; make the archive anew");
    };
    if (name.size() > kLongestName) bad(fmt::format("a name of more than {} bytes", kLongestName));
    if (std::ranges::count(name, '/') > kDeepestFolder)
        bad(fmt::format("more than {} folders deep", kDeepestFolder));
    if (has_control_character(name)) bad("a control character in the name");
    if (name.starts_with('/') || (name.size() > 1 && name[1] == ':')) bad("an absolute path");
    if (name.find('\\') != std::string_view::npos) bad("a backslash in the name");
    std::string clean;
    for (std::string_view rest = name; !rest.empty();) {
        const auto part = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        if (part == "..") bad("a path that leads out of the archive");
        if (part.empty() || part == ".") continue;
        if (!clean.empty()) clean += '/';
        clean += part;
    }
    return clean;
}

[[noreturn]] void unwanted(const std::string& place, const std::string& name, std::string_view what) {
    refuse(fmt::format("{}: the archive has an entry '{}': {}", place, name, what),
           "nothing of it was used; a folder of migrations in an archive holds regular files only");
}

class Unpacker {
  public:
    Unpacker(std::string_view bytes, const ArchiveLimits& limits, const std::string& place)
        : bytes_(bytes), limits_(limits), place_(place), handle_(archive_read_new()) {
        if (!handle_) refuse(fmt::format("{}: no memory to unpack it", place_));
    }

    void run() {
        open();
        struct archive_entry* entry = nullptr;
        for (;;) {
            const int code = archive_read_next_header(handle_.get(), &entry);
            if (code == ARCHIVE_EOF) break;
            // a name that the locale cannot show is a warning: the name in UTF-8 is there all the same
            if (code != ARCHIVE_OK && code != ARCHIVE_WARN) damaged();
            take(entry);
        }
        if (archive_read_has_encrypted_entries(handle_.get()) > 0) encrypted();
        require_end_of_tar();
    }

    Files files;
    Odd odd;
    std::set<std::string, std::less<>> folders;

  private:
    void open() {
        struct archive* const handle = handle_.get();
        archive_read_support_filter_gzip(handle);
        archive_read_support_format_tar(handle);
        archive_read_support_format_zip_seekable(handle);
        if (archive_read_open_memory(handle, bytes_.data(), bytes_.size()) != ARCHIVE_OK) damaged();
    }

    void take(struct archive_entry* entry) {
        if (++count_ > kMostEntries) {
            refuse(fmt::format("{}: the archive holds more than {} files", place_, kMostEntries),
                   "pack the folder of the migrations alone");
        }
        const char* const utf8 = archive_entry_pathname_utf8(entry);
        const char* const raw = utf8 != nullptr ? utf8 : archive_entry_pathname(entry);
        if (raw == nullptr)
            refuse(fmt::format("{}: the archive has an entry whose name is no UTF-8", place_));
        const std::string name = safe_name(raw, place_);
        if (archive_entry_is_encrypted(entry) != 0) encrypted();
        // the name stands once more for each folder that it is in
        account(name.size() * static_cast<std::size_t>(1 + std::ranges::count(name, '/')));
        const auto type = archive_entry_filetype(entry);
        if (type == AE_IFDIR) {
            if (!name.empty()) folders.insert(name);
            return;
        }
        if (name.empty()) refuse(fmt::format("{}: the archive has a file without a name", place_));
        if (files.contains(name) || odd.contains(name)) unwanted(place_, name, "there twice");
        if (archive_entry_hardlink(entry) != nullptr || type == AE_IFLNK) {
            odd.emplace(name, "a link");
        } else if (type != AE_IFREG) {
            odd.emplace(name, "no regular file");
        } else {
            take_file(entry, files[name]);
        }
    }

    void take_file(struct archive_entry* entry, std::string& content) {
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        for (;;) {
            const int code = archive_read_data_block(handle_.get(), &data, &size, &offset);
            if (code == ARCHIVE_EOF) break;
            // a warning here is a checksum that is wrong
            if (code != ARCHIVE_OK) damaged();
            append(content, {static_cast<const char*>(data), size}, static_cast<std::uint64_t>(offset));
        }
        // a sparse file may end in zeros that no block holds
        const auto length = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : 0;
        if (length > 0 && static_cast<std::uint64_t>(length) > content.size())
            append(content, {}, static_cast<std::uint64_t>(length));
    }

    void append(std::string& content, std::string_view block, std::uint64_t offset) {
        if (offset < content.size()) damaged();
        const std::uint64_t gap = offset - content.size();  // sparse files leave their zeros out
        account(gap);
        account(block.size());
        content.append(static_cast<std::size_t>(gap), '\0').append(block);
    }

    /// Counts what is about to be kept, before it is.
    void account(std::uint64_t bytes) {
        if (bytes > limits_.max_size - total_) {
            refuse(fmt::format("{}: the archive unpacks to more than {} bytes", place_, limits_.max_size),
                   "allow more with x-max-size=2GB");
        }
        total_ += bytes;
        if (total_ > kRatioMatters && total_ / kMostRatio > bytes_.size())
            refuse(fmt::format("{}: the archive unpacks to more than {} times its size", place_, kMostRatio),
                   "nothing of it was used; if that is meant, pack it less");
    }

    /// A tar ends in two blocks of zeros. libarchive takes one that just stops for whole.
    void require_end_of_tar() {
        const int format = archive_format(handle_.get()) & ARCHIVE_FORMAT_BASE_MASK;
        const bool plain = archive_filter_code(handle_.get(), 0) == ARCHIVE_FILTER_NONE;
        if (format != ARCHIVE_FORMAT_TAR || !plain) return;
        const auto end = bytes_.substr(bytes_.size() - std::min(bytes_.size(), kTarEnd));
        if (end.size() < kTarEnd || std::ranges::any_of(end, [](char c) { return c != '\0'; }))
            refuse(fmt::format("{}: the archive is cut short: it has no end mark", place_), "make it anew");
    }

    [[noreturn]] void damaged() {
        const char* const text = archive_error_string(handle_.get());
        refuse(fmt::format("{}: the archive cannot be unpacked: {}", place_,
                           text != nullptr ? text : "it is damaged"),
               "godwit reads .tar, .tar.gz and .zip; make it anew");
    }
    [[noreturn]] void encrypted() {
        refuse(fmt::format("{}: the archive is encrypted", place_), "offer it without a password");
    }
    std::string_view bytes_;
    const ArchiveLimits& limits_;
    const std::string& place_;
    std::unique_ptr<struct archive, ArchiveDeleter> handle_;
    std::size_t count_ = 0;
    std::uint64_t total_ = 0;
};

/// "" for "a", "x" for "x/a".
std::string parent_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

/// Folders that no entry of their own names.
void add_parents(const Files& files, const Odd& odd, std::set<std::string, std::less<>>& folders) {
    std::vector<std::string> open(folders.begin(), folders.end());
    for (const auto& [path, content] : files)
        open.push_back(path);
    for (const auto& [path, what] : odd)
        open.push_back(path);
    for (std::string path : open) {
        while (!(path = parent_of(path)).empty() && folders.insert(path).second) {
        }
    }
}

struct Children {
    std::vector<std::string> files;
    std::vector<std::string> odd;
    std::vector<std::string> folders;
};

Children children_of(const std::string& folder, const Unpacker& unpacker) {
    Children children;
    for (const auto& [path, content] : unpacker.files) {
        if (parent_of(path) == folder) children.files.push_back(path);
    }
    for (const auto& [path, what] : unpacker.odd) {
        if (parent_of(path) == folder) children.odd.push_back(path);
    }
    for (const std::string& path : unpacker.folders) {
        if (parent_of(path) == folder) children.folders.push_back(path);
    }
    return children;
}

std::string find_folder(const std::string& wanted, const Unpacker& unpacker, const std::string& place) {
    if (wanted == ".") return {};
    if (!wanted.empty()) {
        if (unpacker.folders.contains(wanted)) return wanted;
        refuse(fmt::format("{}: the archive has no folder '{}' (x-dir); at its top are: {}", place, wanted,
                           fmt::join(children_of("", unpacker).folders, ", ")));
    }
    std::string folder;
    for (;;) {
        const Children children = children_of(folder, unpacker);
        const bool leads_on = children.files.empty() && children.odd.empty() && children.folders.size() == 1;
        if (!leads_on) return folder;
        folder = children.folders.front();
    }
}

}  // namespace

Unpacked unpack(std::string_view archive, const std::string& folder, const ArchiveLimits& limits,
                const std::string& place) {
    Unpacker unpacker(archive, limits, place);
    {
        const Utf8Locale locale;
        unpacker.run();
    }
    add_parents(unpacker.files, unpacker.odd, unpacker.folders);
    const std::string root = find_folder(folder, unpacker, place);
    const std::size_t prefix = root.empty() ? 0 : root.size() + 1;
    const Children children = children_of(root, unpacker);
    if (!children.odd.empty()) {
        const std::string& name = children.odd.front();
        unwanted(place, name, unpacker.odd.find(name)->second);
    }
    Unpacked unpacked;
    for (const std::string& path : children.folders)
        unpacked.entries.push_back({.path = path.substr(prefix), .kind = EntryKind::Directory});
    for (const std::string& path : children.files) {
        std::string& content = unpacker.files.find(path)->second;
        unpacked.entries.push_back({.path = path.substr(prefix), .size = content.size()});
        unpacked.contents.emplace(path.substr(prefix), std::move(content));
    }
    return unpacked;
}

}  // namespace godwit::http
