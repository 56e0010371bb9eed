#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "godwit/error.hpp"
#include "http/errors.hpp"

namespace godwit::http {
namespace {

constexpr int kMostAttempts = 4;
constexpr int kMostRedirects = 5;
constexpr std::size_t kMostAtOnce = 32;
constexpr long kMostConnections = 6;

void start_libcurl() {
    static const CURLcode kCode = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (kCode != CURLE_OK)
        fail(Errc::Internal, fmt::format("libcurl does not start: {}", curl_easy_strerror(kCode)));
}

void check(CURLMcode code) {
    if (code != CURLM_OK) fail(Errc::Internal, fmt::format("libcurl: {}", curl_multi_strerror(code)));
}

bool is_passing(long status) {
    return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

bool is_passing(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_CONNECT:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            return true;
        default:
            return false;
    }
}

[[noreturn]] void refuse_excess(const std::string& place) {
    refuse(fmt::format("{}: the server sent more than the length it had announced", place),
           "the server, or something between it and godwit, is broken");
}

bool is_redirect(long status) {
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/// Why a redirect must not be followed; "" where it may.
std::string_view objection(const Address& from, const Address& to, bool has_credentials) {
    if (from.scheme == "https" && to.scheme != "https") return "that gives up the encryption";
    const bool upgraded = from.scheme == "http" && to.scheme == "https" && to.port == 443;
    const bool same = from.host == to.host && (from.port == to.port || upgraded);
    if (has_credentials && !same) return "credentials for one host are not sent to another";
    return "";
}

}  // namespace

struct Client::Work {
    Jobs jobs;                       ///< never resized while transfers are under way
    std::deque<std::size_t> queued;  ///< positions in `jobs`
    std::uint64_t limit = 0;         ///< of each answer
    std::size_t running = 0;
    std::size_t done = 0;
};

Client::Client(const Settings& settings) : settings_(settings), noise_(std::random_device()()) {
    start_libcurl();
    multi_.reset(curl_multi_init());
    if (!multi_) fail(Errc::Internal, "libcurl gives no handle");
    check(curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX)));
    check(curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, kMostConnections));
}

Response Client::get(const Address& address, std::uint64_t limit) {
    Response response;
    get_many({&address, 1}, std::min(limit, settings_.max_size),
             [&](std::size_t, Response answer) { response = std::move(answer); });
    return response;
}

void Client::get_many(std::span<const Address> addresses, std::uint64_t limit, const Sink& sink) {
    Work work;
    work.limit = limit;
    work.jobs.resize(addresses.size());
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        work.jobs[i].index = i;
        work.jobs[i].address = addresses[i];
        work.queued.push_back(i);
    }
    while (work.done < work.jobs.size()) {
        start_ready(work);
        int running = 0;
        check(curl_multi_perform(multi_.get(), &running));
        const std::size_t before = work.done;
        collect(work, sink);
        if (work.done == before) wait(work);
    }
    if (!connections_.have_leftovers()) return;
    const auto first = addresses.front().shown();
    refuse_excess(addresses.size() == 1 ? first : first + " or a file beside it");
}

void Client::start_ready(Work& work) {
    const auto now = Clock::now();
    for (std::size_t looked = work.queued.size(); looked > 0 && work.running < kMostAtOnce; --looked) {
        const std::size_t at = work.queued.front();
        work.queued.pop_front();
        Job& job = work.jobs[at];
        if (job.not_before > now) {
            work.queued.push_back(at);
            continue;
        }
        if (job.attempts++ == 0) job.begun = now;
        job.transfer = std::make_unique<Transfer>(multi_.get(), settings_, job.address, work.limit, at);
        connections_.watch(job.transfer->handle());
        ++work.running;
    }
}

void Client::wait(const Work& work) {
    auto span = std::chrono::milliseconds(1000);
    const auto now = Clock::now();
    if (work.running < kMostAtOnce) {
        for (const std::size_t at : work.queued) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(work.jobs[at].not_before - now);
            span = std::clamp(left, std::chrono::milliseconds(0), span);
        }
    }
    check(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(span.count()), nullptr));
}

void Client::collect(Work& work, const Sink& sink) {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        const std::size_t at = Transfer::tag_of(message->easy_handle);
        Job& job = work.jobs[at];
        Attempt attempt = job.transfer->finish(code);
        job.transfer.reset();
        --work.running;
        if (settle(job, std::move(attempt), sink))
            ++work.done;
        else
            work.queued.push_front(at);
    }
}

bool Client::settle(Job& job, Attempt attempt, const Sink& sink) {
    if (attempt.code != CURLE_OK) {
        if (attempt.too_large || !try_again(job, attempt))
            refuse_attempt(settings_, job.address, attempt, job.attempts);
        return false;
    }
    if (attempt.excess) refuse_excess(job.address.shown());
    Response& response = attempt.response;
    if (is_redirect(response.status)) {
        redirect(job, attempt);
        return false;
    }
    if (is_passing(response.status) && try_again(job, attempt)) return false;
    response.attempts = job.attempts;
    sink(job.index, std::move(response));
    return true;
}

/// Sets when to try again, if at all: as often as is useful, and while the time-out lasts.
bool Client::try_again(Job& job, const Attempt& attempt) {
    const bool answered = attempt.code == CURLE_OK;
    if (job.attempts >= kMostAttempts || (!answered && !is_passing(attempt.code))) return false;
    auto pause = pause_before(job.attempts);
    if (attempt.response.retry_after && answered)
        pause =
            std::max<std::chrono::milliseconds>(pause, std::chrono::seconds(*attempt.response.retry_after));
    job.not_before = Clock::now() + pause;
    return job.not_before - job.begun <= settings_.timeout;
}

/// Doubled each time, more or less a quarter: many copies that were refused together come back apart.
std::chrono::milliseconds Client::pause_before(int attempt) {
    noise_ = noise_ * 1664525U + 1013904223U;
    const auto pause = settings_.first_pause * (1 << (attempt - 1));
    return pause * 3 / 4 + pause * ((noise_ >> 16) % 512) / 1024;
}

void Client::redirect(Job& job, const Attempt& attempt) const {
    const auto target = parse_address(attempt.redirect);
    if (!target) refuse(fmt::format("{} redirects to no address of a web server", job.address.shown()));
    const auto why = objection(job.address, *target, settings_.has_credentials());
    if (!why.empty()) {
        refuse(fmt::format("{} redirects to {}: {}", job.address.shown(), target->origin(), why),
               "if that is where the migrations are, name it as the source");
    }
    if (++job.redirects > kMostRedirects) {
        refuse(fmt::format("{} redirects more than {} times", job.address.shown(), kMostRedirects));
    }
    job.address = *target;
    job.attempts = 0;
}

}  // namespace godwit::http
