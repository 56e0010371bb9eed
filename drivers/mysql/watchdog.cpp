#include "mysql/watchdog.hpp"

namespace godwit::mysql {
namespace {

/// The server's own limit, where it counts, comes first: its error says more.
constexpr Milliseconds kBehindServer{150};

}  // namespace

Watchdog::Watchdog(Connection& connection, Milliseconds limit) : connection_(connection), limit_(limit) {
    if (limit_.count() == 0) return;
    until_ = std::chrono::steady_clock::now() + limit_ + kBehindServer;
    thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void Watchdog::next() {
    if (limit_.count() == 0) return;
    const std::lock_guard guard(mutex_);
    until_ = std::chrono::steady_clock::now() + limit_ + kBehindServer;
}

bool Watchdog::fired() const {
    const std::lock_guard guard(mutex_);
    return fired_;
}

void Watchdog::watch(const std::stop_token& stop) {
    std::unique_lock guard(mutex_);
    while (!stop.stop_requested()) {
        const auto until = until_;
        changed_.wait_until(guard, stop, until, [] { return false; });
        if (stop.stop_requested() || until != until_) continue;
        fired_ = true;
        guard.unlock();
        connection_.kill_running();
        return;
    }
}

Milliseconds unwatched_limit(const Connection& connection, std::optional<Milliseconds> directive) {
    if (connection.facts().mariadb) return Milliseconds(0);
    return directive.value_or(connection.target().statement_timeout);
}

}  // namespace godwit::mysql
