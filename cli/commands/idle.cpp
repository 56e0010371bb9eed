#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/json.hpp"

namespace godwit::cli {

namespace {

/// Blocked, so that they also reach the first process of a container, for which the kernel drops every signal
/// that is neither blocked nor handled.
sigset_t awaited() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
        sigaddset(&set, number);
    return set;
}

/// Whoever is the first process of a container inherits those whose parent has ended.
void reap() {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

void check(int error) {
    if (error != 0) fail(Errc::Internal, fmt::format("cannot wait for signals: {}", std::strerror(error)));
}

int wait_for_end(const sigset_t& set) {
    for (;;) {
        int number = 0;
        check(sigwait(&set, &number));
        if (number != SIGCHLD) return number;
        reap();
    }
}

}  // namespace

int run_idle(Context& context) {
    const auto set = awaited();
    check(pthread_sigmask(SIG_BLOCK, &set, nullptr));
    context.output.say("idle until SIGTERM or SIGINT");
    const auto name = fmt::format("SIG{}", sigabbrev_np(wait_for_end(set)));
    if (context.output.json()) json::fields(context.output, {{"signal", name}});
    return 0;
}

}  // namespace godwit::cli
