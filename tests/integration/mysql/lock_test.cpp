#include <algorithm>
#include <chrono>
#include <thread>

#include "catch.hpp"
#include "database.hpp"
#include "godwit/hash.hpp"

using namespace godwit;
using namespace godwit::test;

TEST_CASE("the lock keeps a second session out and names its holder", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto first = database.driver();
    const auto second = database.driver();
    auto held = first->lock(Deadline::in(Milliseconds(0)), nullptr);
    const auto before = std::chrono::steady_clock::now();
    try {
        second->lock(Deadline::in(Milliseconds(600)), nullptr);
        FAIL("two sessions hold the lock");
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Locked);
        CHECK_THAT(error.what(), ContainsSubstring("user root") && ContainsSubstring("connection id") &&
                                     ContainsSubstring("database " + database.name()));
    }
    const auto took = std::chrono::steady_clock::now() - before;
    CHECK(took >= std::chrono::milliseconds(590));
    CHECK(took < std::chrono::milliseconds(1500));
    std::vector<std::string> holders;
    std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1300));
        held.reset();
    });
    const auto taken = second->lock(Deadline::in(Milliseconds(20'000)),
                                    [&](std::string_view holder, auto) { holders.emplace_back(holder); });
    later.join();
    CHECK(taken != nullptr);
    CHECK_FALSE(holders.empty());
    CHECK_THROWS_AS(first->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
    DriverOptions other = options();
    other.table = "another_table";
    other.table_given = true;
    CHECK(database.driver("", other)->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
    CHECK(database.driver("x-no-lock=true")->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
}

TEST_CASE("golang-migrate's key keeps us out", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const auto key = std::to_string(golang_migrate_lock_id(database.name() + ":schema_migrations"));
    REQUIRE(database.sql("SELECT GET_LOCK('" + key + "', 0)") == "1");
    CHECK_THROWS_AS(driver->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
    database.sql("SELECT RELEASE_LOCK('" + key + "')");
    CHECK(driver->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
}

TEST_CASE("a lock ends with the session that held it", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    auto first = database.driver();
    auto held = first->lock(Deadline::in(Milliseconds(0)), nullptr);
    const std::string id =
        database.sql("SELECT IS_USED_LOCK('" +
                     std::to_string(golang_migrate_lock_id(database.name() + ":schema_migrations")) + "')");
    database.sql("KILL " + id);
    const auto second = database.driver();
    const auto taken = second->lock(Deadline::in(Milliseconds(5000)), nullptr);
    held.reset();  // must not throw, nor take the second one's away
    CHECK_THROWS_AS(database.driver()->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
}

TEST_CASE("a script that gives the lock away does not keep it away", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const std::string script = GENERATE("SELECT RELEASE_ALL_LOCKS();", "DO RELEASE_ALL_LOCKS();",
                                        "CREATE TABLE x (y int); DO RELEASE_ALL_LOCKS();");
    Recorder recorder;
    auto held = driver->lock(Deadline::in(Milliseconds(0)), nullptr);
    apply_all(*driver, {up_step(1, script, driver->dialect()), up_step(2, "SELECT 2;", driver->dialect())},
              recorder);
    CHECK_THROWS_AS(database.driver()->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
    held.reset();
    CHECK(database.driver()->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
}
