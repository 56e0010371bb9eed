#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "godwit/error.hpp"

namespace godwit::cli {

namespace {

/// One stream of the child's.
class Pipe {
  public:
    Pipe() {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0)
            fail(Errc::Internal, fmt::format("pipe: {}", std::strerror(errno)));
    }
    ~Pipe() {
        close(ends_[0]);
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    [[nodiscard]] int reader() const { return ends_[0]; }
    [[nodiscard]] int writer() const { return ends_[1]; }
    void close_writer() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

class Actions {
  public:
    Actions() { posix_spawn_file_actions_init(&actions_); }
    ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

/// False at the end of the stream, and where it has become longer than it may.
bool take(int fd, std::string& text, std::size_t most) {
    std::array<char, 65536> buffer;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 && (most == 0 || text.size() <= most);
}

/// Both streams at once: a child that fills the one while the other is read would never end.
void read_both(const Pipe& out, const Pipe& err, std::size_t most, Finished& result) {
    std::array<pollfd, 2> streams{pollfd{out.reader(), POLLIN, 0}, pollfd{err.reader(), POLLIN, 0}};
    std::array<std::string*, 2> texts{&result.out, &result.err};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        if (poll(streams.data(), streams.size(), -1) < 0 && errno != EINTR) return;
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (streams[i].fd < 0 || streams[i].revents == 0) continue;
            if (!take(streams[i].fd, *texts[i], i == 0 ? most : 0)) streams[i].fd = -1;
        }
    }
}

std::vector<char*> environment_without(std::span<const std::string_view> names) {
    std::vector<char*> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto name = text.substr(0, text.find('='));
        if (std::ranges::find(names, name) == names.end()) kept.push_back(*entry);
    }
    kept.push_back(nullptr);
    return kept;
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t start(std::vector<std::string>& words, Actions& actions, std::span<const std::string_view> without) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const auto environment = environment_without(without);
    pid_t child = 0;
    const int error = posix_spawnp(&child, argv[0], actions.get(), nullptr, argv.data(), environment.data());
    if (error != 0) fail(Errc::Usage, fmt::format("cannot run {}: {}", words.front(), std::strerror(error)));
    return child;
}

}  // namespace

Finished run_program(std::vector<std::string> words, const ProgramWish& wish) {
    Pipe out;
    Pipe err;
    Actions actions;
    if (wish.alone) {
        posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(actions.get(), err.writer(), STDERR_FILENO);
    }
    posix_spawn_file_actions_adddup2(actions.get(), out.writer(), STDOUT_FILENO);
    if (!wish.folder.empty()) posix_spawn_file_actions_addchdir_np(actions.get(), wish.folder.c_str());
    const pid_t child = start(words, actions, wish.without);
    out.close_writer();
    err.close_writer();
    Finished result;
    read_both(out, err, wish.most_bytes, result);
    if (wish.most_bytes > 0 && result.out.size() > wish.most_bytes) kill(child, SIGKILL);
    result.status = wait_for(child);
    return result;
}

}  // namespace godwit::cli
