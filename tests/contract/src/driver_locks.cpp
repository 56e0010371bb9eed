#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "bench.hpp"

namespace godwit::contract {
namespace {

using std::chrono::milliseconds;

void ignore_waiting(std::string_view, milliseconds) {}

std::unique_ptr<Lock> lock(Driver& driver, milliseconds at_most) {
    auto held = driver.lock(Deadline::in(at_most), ignore_waiting);
    require(held != nullptr, "lock() returns nothing");
    return held;
}

void check_exclusion(Bench& bench) {
    const auto other = bench.connect();
    auto held = lock(bench.driver(), milliseconds(15'000));
    const auto begin = std::chrono::steady_clock::now();
    const Error error =
        require_error("a second lock()", Errc::Locked, [&] { (void)lock(*other, milliseconds(300)); });
    const auto waited = std::chrono::steady_clock::now() - begin;
    require(waited >= milliseconds(200), "a second lock() gives up before its deadline");
    require(waited < milliseconds(10'000), "a second lock() waits far beyond its deadline");
    held.reset();
    auto second = lock(*other, milliseconds(15'000));
    second.reset();
    held = lock(bench.driver(), milliseconds(15'000));
}

void check_work_under_lock(Bench& bench) {
    const auto held = lock(bench.driver(), milliseconds(15'000));
    require_equal("version, read by another session under the lock", bench.state(), "none");
    bench.land({bench.creating(1)});
    require_equal("version, read by another session under the lock", bench.state(), "1");
}

void check_no_waiting(Bench& bench) {
    const auto held = lock(bench.driver(), milliseconds(0));
    const auto other = bench.connect();
    require_error("lock() without waiting", Errc::Locked, [&] { (void)lock(*other, milliseconds(0)); });
}

void check_dies_with_session(Bench& bench) {
    {
        const auto other = bench.connect();
        const auto held = lock(*other, milliseconds(15'000));
    }
    (void)lock(bench.driver(), milliseconds(15'000));
}

/// The version, and those that are applied: with a '+' where more is told than at a glance.
std::string told(const LedgerView& view) {
    std::string text = shown(view.state);
    for (const AppliedVersion& applied : view.applied)
        text.append(" ").append(applied.version.text()).append(applied.checksum.empty() ? "" : "+");
    return text;
}

/// Whatever a session was told before, or on its way to the lock.
void check_view_under_lock(Bench& bench) {
    const auto other = bench.connect();
    require_equal("a glance before anything was applied", told(other->glance()), "none");
    auto held = lock(bench.driver(), milliseconds(15'000));
    require_equal("a view behind the lock before anything was applied", told(bench.driver().view()), "none");
    bench.land({bench.creating(1)});
    require_equal("a view after a step under the lock", told(bench.driver().view()), "1 1+");
    held.reset();
    held = lock(*other, milliseconds(15'000));
    require_equal("a view behind the lock, after another session's step", told(other->view()), "1 1+");
    held.reset();
    lock(*other, milliseconds(15'000)).reset();
    held = lock(bench.driver(), milliseconds(15'000));
    bench.land({bench.creating(2)});
    held.reset();
    require_equal("a view without the lock that was held before", told(other->view()), "2 1+ 2+");
}

void check_crowd(Bench& bench) {
    constexpr int crowd = 8;
    std::atomic<int> landed{0};
    const Step step = bench.creating(1);
    const auto work = [&] {
        const auto driver = bench.connect();
        const auto held = lock(*driver, milliseconds(60'000));
        if (driver->state().version) return;
        Witness witness;
        landed += static_cast<int>(driver->apply({&step, 1}, identity(), witness).landed);
    };
    std::vector<std::future<void>> all;
    for (int i = 0; i < crowd; ++i)
        all.push_back(std::async(std::launch::async, work));
    for (auto& one : all)
        one.get();
    require_equal("how many of eight sessions applied the only step", static_cast<std::size_t>(landed), 1);
}

void check_idle_cancel(Bench& bench) {
    bench.driver().cancel();
    bench.land({bench.creating(1)});
    bench.driver().cancel();
    require_equal("version after an idle cancel()", bench.state(), "1");
    bench.land({bench.creating(2)});
}

void check_cancel(Bench& bench) {
    const Step step = bench.up(1, bench.quirks().endless + ";\n");
    Witness witness;
    auto run = std::async(std::launch::async, [&] {
        return bench.driver().apply({&step, 1}, identity(), witness);
    });
    const auto begin = std::chrono::steady_clock::now();
    while (run.wait_for(milliseconds(50)) == std::future_status::timeout)
        bench.driver().cancel();
    const Outcome outcome = run.get();
    require(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30),
            "cancel() takes half a minute");
    require(outcome.failure && outcome.landed == 0, "a cancelled step is no failure");
    bench.land({bench.creating(1)});
    require_equal("version after a cancelled step and another", bench.state(), "1");
}

}  // namespace

void check_locks(Suite& suite, const DriverQuirks& quirks) {
    on_bench(suite, quirks, "the lock excludes another session until it is given back", check_exclusion);
    on_bench(suite, quirks, "work goes on under the lock, and others may look", check_work_under_lock);
    on_bench(suite, quirks, "a view behind the lock tells what is there", check_view_under_lock);
    on_bench(suite, quirks, "a deadline of zero does not wait", check_no_waiting);
    on_bench(suite, quirks, "the lock ends with its session", check_dies_with_session);
    if (quirks.concurrent)
        on_bench(suite, quirks, "of many sessions one applies", check_crowd);
    else
        suite.skip("of many sessions one applies", "not for use by several threads");
    on_bench(suite, quirks, "cancel() without a statement does nothing", check_idle_cancel);
    if (quirks.endless.empty())
        suite.skip("cancel() ends a running statement", "no endless statement");
    else
        on_bench(suite, quirks, "cancel() ends a running statement", check_cancel);
}

}  // namespace godwit::contract
