#include <algorithm>

#include "catch.hpp"
#include "database.hpp"
#include "godwit/url.hpp"
#include "integration/support/replaced.hpp"
#include "mysql/driver.hpp"

using namespace godwit;
using namespace godwit::test;

TEST_CASE("drop removes what is in the database and nothing else", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string other = database.name() + "_other";
    database.sql("CREATE DATABASE " + other + "; CREATE TABLE " + other + ".t (x int)");
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int, FOREIGN KEY "
        "(a) "
        "REFERENCES a (id)); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id); CREATE TABLE self (id int "
        "PRIMARY "
        "KEY, p int, FOREIGN KEY (p) REFERENCES self (id)); CREATE TABLE `we``ird 'n\"ame` (x int) ENGINE = "
        "MyISAM; "
        "CREATE VIEW v AS SELECT * FROM a; CREATE VIEW w AS SELECT * FROM v; CREATE PROCEDURE p() SELECT 1; "
        "CREATE "
        "FUNCTION f() RETURNS int DETERMINISTIC RETURN 1; CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW "
        "SET NEW.id "
        "= 1; CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO SELECT 1");
    if (database.mariadb())
        database.sql(
            "CREATE SEQUENCE s; CREATE TABLE sv (x int) WITH SYSTEM VERSIONING; CREATE VIEW broken AS SELECT "
            "* FROM self; RENAME TABLE self TO self2");
    const auto driver = database.driver();
    Recorder recorder;
    apply_all(*driver, {up_step(1, "SELECT 1;", driver->dialect())}, recorder);
    const auto dropped = driver->drop_everything({});
    CHECK(std::ranges::find(dropped, "table " + database.name() + ".we`ird 'n\"ame") != dropped.end());
    CHECK(std::ranges::find(dropped, "view " + database.name() + ".w") != dropped.end());
    CHECK(std::ranges::find(dropped, "event " + database.name() + ".e") != dropped.end());
    for (const std::string table :
         {"TABLES WHERE TABLE", "ROUTINES WHERE ROUTINE", "TRIGGERS WHERE TRIGGER", "EVENTS WHERE EVENT"})
        CHECK(database.sql("SELECT COUNT(*) FROM information_schema." + table + "_SCHEMA = DATABASE()") ==
              "0");
    CHECK(database.sql("SHOW TABLES FROM " + other) == "t");
    CHECK(driver->drop_everything({}).empty());
    CHECK_FALSE(driver->state().has_version_table);
    // the session has its settings back, and goes on
    apply_all(*driver,
              {up_step(1, "CREATE TABLE fk (x int); INSERT INTO fk VALUES (@@foreign_key_checks);",
                       driver->dialect())},
              recorder);
    CHECK(database.sql("SELECT x FROM fk") == "1");
    database.sql("DROP DATABASE " + other);
}

TEST_CASE("drop says what it may not", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    database.sql("CREATE TABLE a (x int); CREATE TABLE b (x int)");
    const std::string user = database.user("_d", "SELECT ON " + database.name() + ".*");
    const auto driver = database.driver("", {}, user);
    try {
        driver->drop_everything({});
        FAIL("dropped without the right to");
    } catch (const Error& error) {
        CHECK_THAT(error.info().message, ContainsSubstring("cannot drop table " + database.name() + ".a"));
        CHECK(error.info().native_code == "1142");
        CHECK_FALSE(error.info().state.empty());
    }
    CHECK(database.sql("SHOW TABLES") == "a\nb");
}

TEST_CASE("databases are created and dropped", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string name = database.name() + "_`x y";
    const std::string url = replaced(database.url(), "/" + database.name(), "/" + percent_encode(name));
    const auto driver = unconnected(url);
    REQUIRE(driver->admin() != nullptr);
    CHECK(driver->admin()->create());
    CHECK_FALSE(driver->admin()->create());
    driver->connect();
    CHECK(driver->info().database == name);
    const auto other = unconnected(url);
    CHECK(other->admin()->drop());
    CHECK_FALSE(other->admin()->drop());
    CHECK(connect_failure(url).native_code == "1049");
    const std::string user = database.user("_a", "SELECT ON " + database.name() + ".*");
    const auto powerless =
        unconnected(replaced(database.url("", user), "/" + database.name(), "/" + percent_encode(name)));
    try {
        powerless->admin()->create();
        FAIL("created without the right to");
    } catch (const Error& error) {
        CHECK(error.info().native_code == "1044");
        CHECK_THAT(error.info().message, ContainsSubstring("CREATE DATABASE"));
    }
}
