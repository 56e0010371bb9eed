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

Signals::Signals(std::function<void()> abandon, std::function<void(Stopping)> asked)
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

void Signals::watch(Driver& driver) {
    const std::lock_guard lock(driver_mutex_);
    drivers_.push_back(&driver);
}

void Signals::unwatch(Driver& driver) {
    const std::lock_guard lock(driver_mutex_);
    std::erase(drivers_, &driver);
}

void Signals::loop() {
    for (;;) {
        pollfd waits[2] = {{signal_fd_, POLLIN, 0}, {end_fd_, POLLIN, 0}};
        const int ready = poll(waits, 2, patience());
        if (ready < 0) continue;
        if (waits[1].revents != 0) return;
        if (ready == 0) {
            cancel(Stopping::GraceOver);
            continue;
        }
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
    if (number > 1) return cancel(Stopping::Cancelling);
    if (grace_ >= 0) grace_end_ = Deadline::in(Milliseconds(grace_));
    asked_(Stopping::Behind);
}

/// How long poll() may sleep: to the end of the grace where one runs. A last part of a millisecond counts as
/// a whole one, so that it does not wake up early again and again.
int Signals::patience() const {
    return grace_end_ ? static_cast<int>(grace_end_->remaining().count()) + 1 : -1;
}

void Signals::cancel(Stopping why) {
    if (why == Stopping::GraceOver && !grace_end_->expired()) return;
    grace_end_.reset();
    if (finished_) return;
    cancelled_ = true;
    asked_(why);
    const std::lock_guard lock(driver_mutex_);
    for (Driver* const driver : drivers_)
        driver->cancel();
}

}  // namespace godwit::cli
