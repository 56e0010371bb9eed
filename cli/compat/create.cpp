#include "compat/create.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <glob.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

#include "compat/go_flags.hpp"
#include "compat/go_time.hpp"
#include "godwit/ascii.hpp"

namespace godwit::compat {

namespace {

namespace fs = std::filesystem;

struct Refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Go's text of a system error in an *os.PathError.
std::string path_error(std::string_view operation, const std::string& path, int code) {
    std::string text = std::strerror(code);
    if (!text.empty()) text[0] = ascii_lower(text[0]);
    return fmt::format("{} {}: {}", operation, path, text);
}

/// filepath.Join: cleaned, and relative to the working folder without a leading "./".
std::string join(const std::string& folder, const std::string& name) {
    return (fs::path(folder) / name).lexically_normal().string();
}

std::vector<std::string> matching(const std::string& pattern) {
    glob_t found{};
    const int code = ::glob(pattern.c_str(), GLOB_PERIOD, nullptr, &found);
    const std::unique_ptr<glob_t, void (*)(glob_t*)> guard(&found, ::globfree);
    if (code != 0) return {};
    return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

std::string padded(std::uint64_t number, long digits) {
    return fmt::format("{:0{}}", number, static_cast<int>(digits));
}

std::string next_sequence(const CreateWish& wish, const std::string& folder, const std::string& extension) {
    if (wish.digits <= 0) throw Refused("digits must be positive");
    std::uint64_t next = 1;
    const auto files = matching(join(folder, "*" + extension));
    if (!files.empty()) {
        const std::string base = fs::path(files.back()).filename().string();
        const auto end = base.find('_');
        if (end == std::string::npos || end < 1)
            throw Refused("malformed migration filename: " + files.back());
        const std::string digits = base.substr(0, end);
        const auto last = parse_go_uint(digits);
        if (!last)
            throw Refused(fmt::format("strconv.ParseUint: parsing {}: invalid syntax", go_quote(digits)));
        next = *last + 1;
    }
    std::string version = padded(next, wish.digits);
    if (version.size() > static_cast<std::size_t>(wish.digits)) {
        throw Refused(fmt::format("next sequence number {} too large, at most {} digits are allowed", version,
                                  wish.digits));
    }
    return version;
}

std::string time_version(const CreateWish& wish, const ZonedTime& time) {
    if (wish.format.empty()) throw Refused("time format may not be empty");
    if (wish.format == "unix") return fmt::format("{}", time.unix);
    if (wish.format == "unixNano") return fmt::format("{}{:09}", time.unix, time.nanoseconds);
    return go_format(time, wish.format);
}

void make_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) throw Refused(path_error("open", path, errno));
    ::close(file);
}

void make_folder(const std::string& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) throw Refused(path_error("mkdir", folder, code.value()));
}

void create_files(const CreateWish& wish, const ZonedTime& time,
                  const std::function<void(std::string_view)>& made) {
    if (wish.sequential && wish.format != CreateWish().format) {
        throw Refused("the seq and format options are mutually exclusive");
    }
    const std::string folder = wish.folder.empty() ? "." : fs::path(wish.folder).lexically_normal().string();
    const std::string extension = "." + wish.extension.substr(wish.extension.starts_with('.') ? 1 : 0);
    const std::string version =
        wish.sequential ? next_sequence(wish, folder, extension) : time_version(wish, time);
    if (!matching(join(folder, version + "_*" + extension)).empty()) {
        throw Refused("duplicate migration version: " + version);
    }
    make_folder(folder);
    for (const std::string_view direction : {"up", "down"}) {
        const std::string path =
            join(folder, fmt::format("{}_{}.{}{}", version, wish.name, direction, extension));
        make_file(path);
        made(fs::absolute(path).lexically_normal().string());
    }
}

}  // namespace

CreateResult create(const CreateWish& wish, const std::function<void(std::string_view path)>& made) {
    const auto time = in_zone(wish.now, wish.zone);
    if (!time) return {"unknown time zone " + wish.zone, true};
    try {
        create_files(wish, *time, made);
    } catch (const Refused& refused) {
        return {refused.what(), false};
    }
    return {};
}

}  // namespace godwit::compat
