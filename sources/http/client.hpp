#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "http/connections.hpp"
#include "http/settings.hpp"
#include "http/transfer.hpp"

namespace godwit::http {

struct MultiDeleter {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};

/// Fetches, several at once over few connections that stay open in between. Tries again after 429, 5xx and
/// lost connections, with growing pauses; follows redirects that give no credentials away. One thread at a
/// time.
class Client {
  public:
    explicit Client(const Settings& settings);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    using Sink = std::function<void(std::size_t index, Response response)>;
    /// Hands each answer to `sink`, in any order, whatever its status. Throws Errc::Source where there is
    /// none.
    void get_many(std::span<const Address> addresses, const Sink& sink) {
        get_many(addresses, settings_.max_size, sink);
    }
    /// One. An answer of more than `limit` bytes is an error, as is one of more than the settings' own.
    Response get(const Address& address, std::uint64_t limit);

  private:
    using Clock = std::chrono::steady_clock;

    struct Job {
        std::size_t index = 0;
        Address address;
        int attempts = 0;
        int redirects = 0;
        Clock::time_point begun{};  ///< of the first attempt
        Clock::time_point not_before{};
        std::unique_ptr<Transfer> transfer{};
    };
    using Jobs = std::vector<Job>;
    struct Work;

    void get_many(std::span<const Address> addresses, std::uint64_t limit, const Sink& sink);
    void start_ready(Work& work);
    void wait(const Work& work);
    void collect(Work& work, const Sink& sink);
    /// What comes of a finished attempt: true = it is done and was handed out.
    bool settle(Job& job, Attempt attempt, const Sink& sink);
    bool try_again(Job& job, const Attempt& attempt);
    void redirect(Job& job, const Attempt& attempt) const;
    [[nodiscard]] std::chrono::milliseconds pause_before(int attempt);

    const Settings& settings_;
    Connections connections_;  // libcurl tells it of each socket that it closes: it outlives the handles
    std::unique_ptr<CURLM, MultiDeleter> multi_;
    unsigned noise_;
};

}  // namespace godwit::http
