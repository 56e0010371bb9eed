#include "notebook_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <godwit/error.hpp>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

namespace notebook {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class HeldLock final : public godwit::Lock {
  public:
    explicit HeldLock(const fs::path& path)
        : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
        if (fd_ < 0)
            godwit::fail(godwit::Errc::Connect, "lock file " + path.string() + " cannot be opened: " +
                                                    std::generic_category().message(errno));
    }
    ~HeldLock() override { ::close(fd_); }

    [[nodiscard]] bool try_lock() const {
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) return false;
        const std::string holder = "pid " + std::to_string(::getpid()) + "\n";
        // only a help for whoever waits: the lock holds without it
        return ::ftruncate(fd_, 0) == 0 && ::pwrite(fd_, holder.data(), holder.size(), 0) >= 0;
    }
    [[nodiscard]] std::string holder() const {
        std::ifstream in(path_);
        std::string line;
        std::getline(in, line);
        return line.empty() ? "unknown" : line;
    }

  private:
    fs::path path_;
    int fd_;
};

}  // namespace

std::unique_ptr<godwit::Lock> lock_notebook(const fs::path& notebook, const godwit::Deadline& deadline,
                                            const godwit::LockWaiting& waiting) {
    const auto begin = std::chrono::steady_clock::now();
    auto told = begin;
    auto lock = std::make_unique<HeldLock>(notebook.string() + ".lock");
    while (!lock->try_lock()) {
        const auto now = std::chrono::steady_clock::now();
        if (deadline.expired())
            godwit::fail(
                godwit::Errc::Locked,
                "notebook " + notebook.string() + " is locked by another migration (" + lock->holder() + ")",
                "wait for it, or give a longer --lock-timeout");
        if (waiting && now - told >= std::chrono::seconds(1)) {
            told = now;
            waiting(lock->holder(), std::chrono::duration_cast<milliseconds>(now - begin));
        }
        std::this_thread::sleep_for(deadline.remaining(milliseconds(20)));
    }
    return lock;
}

}  // namespace notebook
