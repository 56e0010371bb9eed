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
