// What a second connection sees of the first one's statement.
#include <chrono>
#include <thread>

#include "catch.hpp"
#include "database.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// InnoDB's tables of transactions and locks are made anew only where nobody has read them for 100 ms.
constexpr std::chrono::milliseconds kForLocks{150};
constexpr std::chrono::milliseconds kForPercents{2};

/// Looks until the answer is the one that is waited for; nullopt where it never was.
template <typename Wanted>
std::optional<StatementProgress> look_until(Watcher& watcher, std::chrono::milliseconds pause,
                                            Wanted wanted) {
    const auto deadline = Deadline::in(Milliseconds(30'000));
    while (!deadline.expired()) {
        const auto found = watcher.look();
        if (found && wanted(*found)) return found;
        std::this_thread::sleep_for(pause);
    }
    return std::nullopt;
}

/// The server sends a statement's end before it calls the session idle.
bool idle_soon(Watcher& watcher) {
    const auto deadline = Deadline::in(Milliseconds(30'000));
    while (watcher.look())
        if (deadline.expired()) return false;
    return true;
}

}  // namespace

TEST_CASE("a watcher names who blocks a table, and goes on when that is over", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    database.sql("CREATE TABLE birds (id INT)");
    database.sql("INSERT INTO birds VALUES (1)");
    const auto driver = database.driver();
    const auto watcher = driver->watcher();
    REQUIRE(watcher);
    CHECK(idle_soon(*watcher));
    database.sql("START TRANSACTION");
    database.sql("UPDATE birds SET id = 2");
    const std::string holder = database.sql("SELECT CONNECTION_ID()");
    std::thread applying([&] {
        Recorder recorder;
        const Step step = up_step(1, "ALTER TABLE birds ADD COLUMN late INT;", driver->dialect());
        CHECK(driver->apply({&step, 1}, identity(), recorder).landed == 1);
    });
    const auto found = look_until(*watcher, kForLocks, [](const StatementProgress& said) {
        return said.phase.find("metadata lock") != std::string::npos &&
               said.blocked_by.find("connection id") != std::string::npos;
    });
    database.sql("COMMIT");
    applying.join();
    REQUIRE(found);
    CHECK_THAT(found->blocked_by, ContainsSubstring("connection id " + holder + ", user "));
    CHECK(idle_soon(*watcher));
}

TEST_CASE("a watcher names who blocks a row", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    database.sql("CREATE TABLE birds (id INT PRIMARY KEY)");
    database.sql("INSERT INTO birds VALUES (1)");
    const auto driver = database.driver();
    const auto watcher = driver->watcher();
    database.sql("START TRANSACTION");
    database.sql("DELETE FROM birds");
    const std::string holder = database.sql("SELECT CONNECTION_ID()");
    std::thread applying([&] {
        Recorder recorder;
        const Step step = up_step(1, "DELETE FROM birds WHERE id = 1;", driver->dialect());
        CHECK(driver->apply({&step, 1}, identity(), recorder).landed == 1);
    });
    const auto found = look_until(*watcher, kForLocks,
                                  [](const StatementProgress& said) { return !said.blocked_by.empty(); });
    database.sql("COMMIT");
    applying.join();
    REQUIRE(found);
    CHECK_THAT(found->blocked_by, ContainsSubstring("connection id " + holder + ", user "));
}

TEST_CASE("MariaDB tells the percent of a table that is copied", "[mysql]") {
    Database database(Product::MariaDb);
    if (!database.ok()) return;
    database.sql("CREATE TABLE birds (id INT, name CHAR(100))");
    database.sql("INSERT INTO birds SELECT seq, 'godwit' FROM seq_1_to_100000");
    const auto driver = database.driver();
    const auto watcher = driver->watcher();
    std::thread applying([&] {
        Recorder recorder;
        std::string sql;
        for (int i = 0; i < 5; ++i)
            sql += "ALTER TABLE birds FORCE, ALGORITHM=COPY;\n";
        const Step step = up_step(1, sql, driver->dialect());
        CHECK(driver->apply({&step, 1}, identity(), recorder).landed == 1);
    });
    const auto found =
        look_until(*watcher, kForPercents, [](const StatementProgress& said) { return said.percent > 0; });
    applying.join();
    REQUIRE(found);
    CHECK_THAT(found->phase, ContainsSubstring("copy to tmp table"));
    CHECK(*found->percent <= 100);
}
