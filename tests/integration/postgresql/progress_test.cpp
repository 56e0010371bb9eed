// What a second connection sees of the first one's statement.
#include <algorithm>
#include <chrono>
#include <thread>

#include "catch.hpp"
#include "database.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// Looks until the answer is the one that is waited for; nullopt where it never was.
template <typename Wanted>
std::optional<StatementProgress> look_until(Watcher& watcher, Wanted wanted) {
    const auto deadline = Deadline::in(Milliseconds(30'000));
    while (!deadline.expired()) {
        const auto found = watcher.look();
        if (found && wanted(*found)) return found;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("a watcher tells phase and percent of an index that is built", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("CREATE TABLE birds (id int, pad char(1000))");
    database.sql("INSERT INTO birds SELECT i, 'x' FROM generate_series(1, 200) i");
    database.sql(
        "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM "
        "pg_sleep(0.01); "
        "RETURN $1; END $$");
    const auto driver = database.driver();
    const auto watcher = driver->watcher();
    REQUIRE(watcher);
    CHECK_FALSE(watcher->look());
    std::thread applying([&] {
        Recorder recorder;
        const Step step = up_step(1, "CREATE INDEX birds_slow ON birds (slow(id));", driver->dialect());
        CHECK(driver->apply({&step, 1}, identity(), recorder).landed == 1);
    });
    const auto found =
        look_until(*watcher, [](const StatementProgress& said) { return said.percent.has_value(); });
    applying.join();
    REQUIRE(found);
    CHECK_THAT(found->phase, ContainsSubstring("CREATE INDEX, building index: scanning table"));
    CHECK(*found->percent >= 0);
    CHECK(*found->percent <= 100);
    CHECK(found->blocked_by.empty());
    CHECK_FALSE(watcher->look());
}

TEST_CASE("a watcher names who blocks, and goes on when that is over", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("CREATE TABLE birds (id int)");
    const auto driver = database.driver();
    const auto watcher = driver->watcher();
    database.sql("BEGIN");
    database.sql("LOCK TABLE birds");
    const std::string holder = database.sql("SELECT pg_backend_pid()");
    std::thread applying([&] {
        Recorder recorder;
        const Step step = up_step(1, "ALTER TABLE birds ADD COLUMN late int;", driver->dialect());
        CHECK(driver->apply({&step, 1}, identity(), recorder).landed == 1);
    });
    const auto found =
        look_until(*watcher, [](const StatementProgress& said) { return !said.blocked_by.empty(); });
    database.sql("COMMIT");
    applying.join();
    REQUIRE(found);
    CHECK_THAT(found->blocked_by, ContainsSubstring("pid " + holder + ", user ") &&
                                      ContainsSubstring("idle in transaction since 20"));
    CHECK_FALSE(watcher->look());
}

namespace {

/// Lets a statement go on that waits for an advisory lock, once what is before it has been told.
class Releaser final : public Recorder {
  public:
    Releaser(Database& database, std::string awaited) : database_(database), awaited_(std::move(awaited)) {}
    void step_started(std::size_t step) override {
        Recorder::step_started(step);
        release();
    }
    void statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds took) override {
        Recorder::statement_done(step, statement, took);
        release();
    }

  private:
    void release() {
        if (all.back() == awaited_) database_.sql("SELECT pg_advisory_unlock(4711)");
    }

    Database& database_;
    std::string awaited_;
};

}  // namespace

TEST_CASE("what is done is told before a statement that takes long has ended", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("SELECT pg_advisory_lock(4711)");
    DriverOptions limited = options();
    limited.statement_timeout = Milliseconds(20'000);  // without the word: an end, and a failure of this test
    const auto driver = database.driver("", limited);
    const Dialect& dialect = driver->dialect();
    const std::string wait = "SELECT pg_advisory_xact_lock(4711);";
    SECTION("in a round trip that steps share") {
        const std::vector<Step> steps{
            up_step(1, "CREATE TABLE t (id int);", dialect), up_step(2, "INSERT INTO t VALUES (1);", dialect),
            up_step(3, wait, dialect), up_step(4, "INSERT INTO t VALUES (2);", dialect)};
        Releaser releaser(database, "start 2");
        CHECK(driver->apply(steps, identity(), releaser).landed == 4);
        CHECK(releaser.lines("notice").empty());
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const std::string stored = database.sql(
                "SELECT round(duration_ms * 1000) FROM schema_migrations_history "
                "WHERE version = '" +
                std::to_string(i + 1) + "'");
            CHECK(stored == std::to_string(releaser.results[i].duration.count()));
        }
    }
    SECTION("within a script") {
        Step step = up_step(1, "CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n" + wait, dialect);
        SECTION("sent with others") {}
        SECTION("sent alone") {
            step = up_step(1, "-- godwit: timeout 20s\n" + std::string(step.script.text()), dialect);
        }
        Releaser releaser(database, "statement 0 1");
        CHECK(driver->apply({&step, 1}, identity(), releaser).landed == 1);
        CHECK(releaser.lines("notice").empty());
    }
}
