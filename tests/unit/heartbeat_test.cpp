// What is told of a run while nothing happens in it, with a clock of the test's own.
#include "render/heartbeat.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "godwit/error.hpp"

using namespace godwit;
using namespace godwit::cli;
using namespace std::chrono_literals;

namespace {

/// Answers one after the other, the last one for ever; an empty list refuses.
class ScriptedWatcher : public Watcher {
  public:
    ScriptedWatcher(std::vector<StatementProgress> answers, int& looks)
        : answers_(std::move(answers)), looks_(looks) {}
    std::optional<StatementProgress> look() override {
        const auto at = static_cast<std::size_t>(looks_++);
        if (answers_.empty()) fail(Errc::Connect, "too many clients");
        return answers_[std::min(at, answers_.size() - 1)];
    }

  private:
    std::vector<StatementProgress> answers_;
    int& looks_;
};

struct Bench {
    explicit Bench(Pace pace)
        : heart(
              pace, [this](const Beat& beat) { told.push_back(beat); },
              [this](const std::string& why) { troubles.push_back(why); }) {}

    void watch(std::vector<StatementProgress> answers) {
        heart.watch(std::make_unique<ScriptedWatcher>(std::move(answers), looks));
    }
    void on(const Event& event) { heart.on(event, now); }
    void begin(std::size_t statements = 3) {
        on(RunStarted{4});
        on(MigrationStarted{"7", "backfill", Direction::Up, "migrations/7_backfill.up.sql", statements});
    }
    /// Time goes by, in ticks of half a second.
    void pass(std::chrono::milliseconds span) {
        for (const auto end = now + span; now < end;) {
            now += 500ms;
            heart.beat(now);
        }
    }

    std::vector<Beat> told;
    std::vector<std::string> troubles;
    int looks = 0;
    Heartbeat heart;
    Heartbeat::Time now{1000s};
};

StatementProgress building(double percent) {
    return {"CREATE INDEX, building index", percent, ""};
}

}  // namespace

TEST_CASE("a pipe hears every ten seconds of a migration that goes on, and of no other") {
    Bench bench(Pace::pipe());
    bench.pass(60s);
    CHECK(bench.told.empty());
    bench.begin();
    bench.pass(9s + 500ms);
    CHECK(bench.told.empty());
    bench.pass(500ms);
    REQUIRE(bench.told.size() == 1);
    CHECK(plain_line(bench.told[0]) == "  … 1 of 4  7_backfill.up.sql  3 statements, running for 10 s");
    bench.pass(20s);
    CHECK(bench.told.size() == 3);
    bench.on(MigrationDone{.version = "7"});
    bench.pass(60s);
    CHECK(bench.told.size() == 3);
}

TEST_CASE("many quick statements do not silence the line, and their count is told") {
    Bench bench(Pace::pipe());
    bench.begin();
    for (std::size_t statement = 1; statement <= 2; ++statement) {
        bench.pass(6s);
        bench.on(StatementDone{"7", statement, 3, 6s, "SELECT 1"});
    }
    REQUIRE(bench.told.size() == 1);
    CHECK(plain_line(bench.told[0]).find("statement 2 of 3, running for 10 s") != std::string::npos);
}

TEST_CASE("the next migration begins with a new ten seconds") {
    Bench bench(Pace::pipe());
    bench.begin();
    bench.pass(9s);
    bench.on(MigrationDone{.version = "7"});
    bench.on(MigrationStarted{"8", "next", Direction::Up, "8_next.up.sql", 1});
    bench.pass(9s);
    CHECK(bench.told.empty());
    bench.pass(1s);
    REQUIRE(bench.told.size() == 1);
    CHECK(plain_line(bench.told[0]) == "  … 2 of 4  8_next.up.sql  1 statement, running for 10 s");
}

TEST_CASE("the server is asked only about statements that take their time") {
    Bench bench(Pace::terminal());
    bench.watch({building(10), building(55)});
    bench.begin();
    bench.pass(1s + 500ms);
    CHECK(bench.looks == 0);
    CHECK_FALSE(bench.told.empty());
    CHECK_FALSE(bench.told.back().progress);
    bench.pass(500ms);
    CHECK(bench.looks == 1);
    CHECK(bench.told.back().progress->percent == 10);
    bench.pass(500ms);
    CHECK(bench.looks == 1);
    bench.pass(500ms);
    CHECK(bench.looks == 2);
    CHECK(bar_line(bench.told.back(), 200) ==
          "  ░░░░░░░░░░░░░░░░░░░░ 0/4  7_backfill.up.sql  3 statements  3 s  CREATE INDEX, building index 55 "
          "%");
}

TEST_CASE("what was said of one statement is not said of the next") {
    Bench bench(Pace::terminal());
    bench.watch({building(99)});
    bench.begin();
    bench.pass(2s);
    CHECK(bench.told.back().progress);
    bench.on(StatementDone{"7", 1, 3, 2s, "CREATE INDEX"});
    bench.pass(500ms);
    CHECK_FALSE(bench.told.back().progress);
}

TEST_CASE("who blocks is named") {
    Bench bench(Pace::pipe());
    bench.watch({{"", std::nullopt, "pid 4711, user app"}});
    bench.begin(1);
    bench.pass(10s);
    REQUIRE(bench.told.size() == 1);
    CHECK(plain_line(bench.told[0]) ==
          "  … 1 of 4  7_backfill.up.sql  1 statement, running for 10 s; blocked by pid 4711, user app");
}

TEST_CASE("a server that cannot be asked is told of once and asked again seldom") {
    Bench bench(Pace::terminal());
    bench.watch({});
    bench.begin();
    bench.pass(12s);
    CHECK(bench.looks == 2);
    CHECK(bench.troubles == std::vector<std::string>{"too many clients"});
    CHECK(bench.told.size() > 10);
}

TEST_CASE("the bar fills, counts minutes, and fits into the line") {
    Beat beat;
    beat.position.steps = 4;
    beat.position.done = 2;
    beat.position.version = "7";
    beat.position.name = "größer";
    beat.position.statements = 5;
    beat.position.statements_done = 5;
    beat.elapsed = 125s;
    const std::string whole = "  ██████████░░░░░░░░░░ 2/4  7 größer  statement 5 of 5  2m 05s";
    CHECK(bar_line(beat, 62) == whole);
    CHECK(bar_line(beat, 61) == "  ██████████░░░░░░░░░░ 2/4  7 größer  statement 5 of 5  2m 0…");
    CHECK(bar_line(beat, 33) == "  ██████████░░░░░░░░░░ 2/4  7 gr…");
    CHECK(bar_line(beat, 1) == "…");
}

TEST_CASE("a thread beats between the events, and only where somebody listens") {
    struct : Reporter {
        void on(const Event&) override { ++heard; }
        int heard = 0;
    } inner;
    const MigrationStarted started{"7", "backfill", Direction::Up, "7_backfill.up.sql", 1};
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t beats = 0;
    {
        BeatingReporter reporter(
            inner, {1ms, 1ms, 1h, 1h},
            [&](const Beat&) {
                const std::lock_guard lock(mutex);
                ++beats;
                changed.notify_all();
            },
            [](const std::string&) {});
        reporter.on(started);
        std::unique_lock lock(mutex);
        CHECK(changed.wait_for(lock, 30s, [&] { return beats >= 3; }));
    }
    BeatingReporter silent(inner, {1ms, 1ms, 1h, 1h}, nullptr, nullptr);
    silent.on(started);
    CHECK(inner.heard == 2);
}
