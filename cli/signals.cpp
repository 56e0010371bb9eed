#include "signals.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "godwit/error.hpp"

namespace godwit::cli {

namespace {

sigset_t handled() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        // nohup and some shells' background jobs have it ignored: that stays so.
        struct sigaction action {};
        sigaction(number, nullptr, &action);
        if (action.sa_handler != SIG_IGN) sigaddset(&set, number);
    }
    return set;
}

}  // namespace

Signals::Signals(std::function<void()> abandon, std::function<void(int)> asked)
    : abandon_(std::move(abandon)), asked_(std::move(asked)) {
    const auto set = handled();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC);
    end_fd_ = eventfd(0, EFD_CLOEXEC);
    if (signal_fd_ < 0 || end_fd_ < 0)
        fail(Errc::Internal, fmt::format("cannot listen for signals: {}", std::strerror(errno)));
    thread_ = std::thread([this] { loop(); });
}

Signals::~Signals() {
    const std::uint64_t one = 1;
    if (write(end_fd_, &one, sizeof one) == sizeof one) thread_.join();
    close(signal_fd_);
    close(end_fd_);
}

void Signals::watch(Driver* driver) {
    const std::lock_guard lock(driver_mutex_);
    driver_ = driver;
}

void Signals::loop() {
    for (;;) {
        pollfd waits[2] = {{signal_fd_, POLLIN, 0}, {end_fd_, POLLIN, 0}};
        if (poll(waits, 2, -1) < 0) continue;
        if (waits[1].revents != 0) return;
        signalfd_siginfo info{};
        if (read(signal_fd_, &info, sizeof info) == sizeof info) receive();
    }
}

void Signals::receive() {
    if (finished_) return;
    const int number = ++count_;
    if (!running_ || number > 2) {
        abandon_();
        _exit(130);
    }
    asked_(number);
    if (number < 2) return;
    const std::lock_guard lock(driver_mutex_);
    if (driver_) driver_->cancel();
}

}  // namespace godwit::cli
