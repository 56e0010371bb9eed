#include "sqlite/locks.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "sql/values.hpp"
#include "sqlite/lock.hpp"

namespace godwit::sqlite {
namespace {

namespace fs = std::filesystem;

/// One line of /proc/locks: "1: POSIX  ADVISORY  WRITE 4711 08:01:131 1073741824 1073741825".
struct KernelLock {
    std::string kind;  ///< POSIX, FLOCK, OFDLCK
    bool writes = false;
    std::string pid;
    std::uint64_t inode = 0;
};

std::optional<KernelLock> parse(const std::string& line) {
    std::istringstream words(line);
    std::string number, advisory, access, place;
    KernelLock lock;
    words >> number >> lock.kind;
    if (lock.kind == "->") return std::nullopt;  // waits inside the kernel: nobody does that here
    words >> advisory >> access >> lock.pid >> place;
    const auto colon = place.rfind(':');
    if (!words || colon == std::string::npos) return std::nullopt;
    lock.writes = access == "WRITE";
    std::istringstream(place.substr(colon + 1)) >> lock.inode;
    return lock;
}

/// Devices are left out of the comparison: layered file systems give another one here than stat() does.
std::vector<KernelLock> locks_on(const fs::path& file) {
    struct stat there {};
    std::vector<KernelLock> found;
    if (::stat(file.c_str(), &there) != 0) return found;
    std::ifstream table("/proc/locks");
    for (std::string line; std::getline(table, line);) {
        auto lock = parse(line);
        if (lock && lock->inode == there.st_ino) found.push_back(*std::move(lock));
    }
    return found;
}

std::string content(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string program_of(const std::string& pid) {
    std::string name = content("/proc/" + pid + "/comm");
    if (name.ends_with('\n')) name.pop_back();
    return name;
}

/// "pid 4711, user app, host db1, application godwit, since 2026-11-21T05:42:38.000000Z".
LockSession read_signature(const std::string& text) {
    LockSession session;
    const std::array<std::pair<std::string_view, std::string*>, 4> fields{
        {{"pid ", &session.id},
         {"user ", &session.user},
         {"host ", &session.host},
         {"application ", &session.application}}};
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
        part.erase(0, part.find_first_not_of(' '));
        for (const auto& [word, into] : fields)
            if (part.starts_with(word)) *into = part.substr(word.size());
        if (part.starts_with("since ")) session.since = sql::parse_timestamp(part.substr(6));
    }
    return session;
}

void add_holder(LockReport& report, const fs::path& side) {
    const std::string signature = content(side);
    const auto locks = locks_on(side);
    const bool readable = std::ifstream("/proc/locks").good();
    if (readable ? locks.empty() : signature.empty()) return;
    LockSession session = read_signature(signature);
    session.certain = readable;
    // a lock without a signature is a lock all the same
    if (session.id.empty() && !locks.empty()) session.id = locks.front().pid;
    session.state = "holds the lock file";
    report.sessions.push_back(std::move(session));
}

/// In WAL mode every connection has a lock on the file, and who writes has one on the shared memory.
std::vector<KernelLock> database_locks(const fs::path& file) {
    fs::path shared = file;
    shared += "-shm";
    auto locks = locks_on(shared);
    if (!locks.empty())
        std::erase_if(locks, [](const KernelLock& lock) { return !lock.writes; });
    else
        locks = locks_on(file);
    std::ranges::sort(locks, [](const KernelLock& a, const KernelLock& b) {
        return std::pair(a.pid, b.writes) < std::pair(b.pid, a.writes);
    });
    const auto same = [](const KernelLock& a, const KernelLock& b) { return a.pid == b.pid; };
    locks.erase(std::unique(locks.begin(), locks.end(), same), locks.end());
    return locks;
}

void add_blockers(LockReport& report, const fs::path& file) {
    if (report.sessions.empty()) return;
    const std::string holder = report.sessions.front().id;
    for (const KernelLock& lock : database_locks(file)) {
        if (lock.pid == holder || lock.pid == std::to_string(getpid())) continue;
        LockSession session;
        session.role = LockRole::Blocker;
        session.id = lock.pid;
        session.application = program_of(lock.pid);
        session.state = lock.writes ? "writes" : "reads";
        session.blocks = holder;
        session.object = "the database file";
        session.certain = lock.writes;
        report.sessions.push_back(std::move(session));
    }
}

}  // namespace

LockReport read_locks(const fs::path& file, const std::string& shown) {
    LockReport report;
    const fs::path side = lock_path(file);
    report.lock = fmt::format("file {}-godwit-lock", shown);
    add_holder(report, side);
    add_blockers(report, fs::path(side.string().substr(0, side.string().rfind("-godwit-lock"))));
    return report;
}

std::string file_holders(const fs::path& file) {
    std::string all;
    for (const KernelLock& lock : database_locks(file)) {
        if (lock.pid == std::to_string(getpid())) continue;
        const std::string program = program_of(lock.pid);
        all += fmt::format("{}pid {}{}", all.empty() ? "" : ", ", lock.pid,
                           program.empty() ? "" : " (" + program + ")");
    }
    return all;
}

}  // namespace godwit::sqlite
