#include "sqlite/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sql/lock_poll.hpp"
#include "sql/values.hpp"
#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

namespace fs = std::filesystem;

class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    [[nodiscard]] int get() const noexcept { return number_; }

  private:
    int number_;
};

class NoLock final : public Lock {};

class FileLock final : public Lock {
  public:
    FileLock(Descriptor descriptor, fs::path path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
    /// Removed while the lock is held: whoever waits for it sees that its file is no longer the one at the
    /// path.
    ~FileLock() override { ::unlink(path_.c_str()); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    Descriptor descriptor_;
    fs::path path_;
};

std::string user_name() {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return fmt::format("uid {}", geteuid());
}

std::string host_name() {
    std::array<char, 256> buffer{};
    return gethostname(buffer.data(), buffer.size() - 1) == 0 ? buffer.data() : "unknown";
}

std::string holder_text(const std::string& application) {
    return fmt::format("pid {}, user {}, host {}, application {}, since {}", getpid(), user_name(),
                       host_name(), application, sql::to_iso8601(sql::now()));
}

std::string read_holder(const fs::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    std::array<char, 512> buffer{};
    const ssize_t size = file.get() < 0 ? 0 : ::read(file.get(), buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

Descriptor open_side_file(const fs::path& path, const std::string& shown) {
    constexpr int flags = O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    Descriptor file(::open(path.c_str(), O_RDWR | flags, 0666));
    const int reason = errno;
    // another user's file can be locked as well, only not signed
    if (file.get() < 0 && reason == EACCES)
        file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0)
        cannot_open(shown + " for writing",
                    fmt::format("the lock file {} cannot be made: {}", path.string(), std::strerror(reason)),
                    "the folder of the database must be writable for whoever migrates it", false);
    return file;
}

bool is_still_at(const Descriptor& file, const fs::path& path) {
    struct stat mine {};
    struct stat there {};
    return ::fstat(file.get(), &mine) == 0 && ::stat(path.c_str(), &there) == 0 &&
           mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

void sign(const Descriptor& file, const std::string& text) {
    if (::ftruncate(file.get(), 0) != 0) return;
    // a lock without a signature is a lock all the same
    [[maybe_unused]] const ssize_t written = ::pwrite(file.get(), text.data(), text.size(), 0);
}

/// One try. Nothing where another holds it.
std::unique_ptr<Lock> try_lock(const fs::path& path, const std::string& shown,
                               const std::string& application) {
    for (;;) {
        Descriptor file = open_side_file(path, shown);
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) return nullptr;
            if (errno == EINTR) continue;
            cannot_open(
                shown + " for writing",
                fmt::format("the lock file {} cannot be locked: {}", path.string(), std::strerror(errno)),
                "the file system of the database must know file locks", false);
        }
        if (!is_still_at(file, path)) continue;  // the last holder has removed it meanwhile
        sign(file, holder_text(application));
        return std::make_unique<FileLock>(std::move(file), path);
    }
}

}  // namespace

fs::path lock_path(const fs::path& file) {
    std::error_code error;
    fs::path real = fs::weakly_canonical(file, error);
    if (error) real = file;
    real += "-godwit-lock";
    return real;
}

std::unique_ptr<Lock> lock_file(const fs::path& path, const std::string& shown,
                                const std::string& application, const Deadline& deadline,
                                const LockWaiting& waiting) {
    std::unique_ptr<Lock> held;
    sql::poll_lock({.try_lock =
                        [&] {
                            held = try_lock(path, shown, application);
                            return held != nullptr;
                        },
                    .holder = [&] { return read_holder(path); }},
                   deadline, waiting);
    return held;
}

std::unique_ptr<Lock> no_lock() {
    return std::make_unique<NoLock>();
}

}  // namespace godwit::sqlite
