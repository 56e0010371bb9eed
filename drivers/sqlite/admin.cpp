#include "sqlite/admin.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sqlite/errors.hpp"
#include "sqlite/lock.hpp"

namespace godwit::sqlite {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void in_memory(const Target& target) {
    fail(Errc::Usage,
         fmt::format("{} is a database in memory: it comes and goes with its program", target.shown),
         "name a file: sqlite:app.db");
}

[[noreturn]] void refused(const Target& target, std::string_view doing, int error) {
    cannot_open(target.shown, fmt::format("{}: {}", doing, std::strerror(error)),
                "the folder must be there and writable", false);
}

void remove_file(const Target& target, const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        refused(target, fmt::format("{} cannot be removed", path.string()), errno);
}

}  // namespace

bool Admin::create() {
    const Target& target = connection_.target();
    if (target.in_memory()) in_memory(target);
    const int file = ::open(target.file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0 && errno == EEXIST) {
        std::error_code ignored;
        if (fs::is_directory(target.file, ignored)) refused(target, "it is a folder", EISDIR);
        return false;
    }
    if (file < 0) refused(target, "the file cannot be made", errno);
    ::close(file);
    return true;
}

void Admin::require_unused() {
    const Target& target = connection_.target();
    Connection own(target, DriverOptions{});
    try {
        own.connect();
        own.set_limits({.busy = Milliseconds(0), .statement = Milliseconds(0)});
        own.execute("BEGIN EXCLUSIVE");
        own.rollback();
    } catch (const Error& error) {
        ErrorInfo info = error.info();
        if (is_busy(info)) {
            info.code = Errc::Locked;
            info.message = fmt::format("{} is in use: {}", target.shown, info.message);
            info.hint = "end the programs that have it open";
        }
        info.state = "the file is still there";
        throw Error(std::move(info));
    }
}

bool Admin::drop() {
    const Target& target = connection_.target();
    if (target.in_memory()) in_memory(target);
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(target.file, ignored))) return false;
    connection_.close();
    const auto lock = lock_file(lock_path(target.file), target.shown, application_,
                                Deadline::in(Milliseconds(0)), LockWaiting());
    require_unused();
    fs::path real = fs::weakly_canonical(target.file, ignored);
    if (ignored) real = target.file;
    // the journals first: without them the file is whole, without the file they would spoil a new one
    for (const std::string_view end : {"-wal", "-shm", "-journal", ""}) {
        fs::path path = real;
        path += end;
        remove_file(target, path);
    }
    if (real != target.file) remove_file(target, target.file);
    return true;
}

}  // namespace godwit::sqlite
