#include "catch.hpp"
#include "database.hpp"
#include "godwit/hash.hpp"
#include "godwit/url.hpp"
#include "integration/support/replaced.hpp"
#include "mysql/driver.hpp"

using namespace godwit;
using namespace godwit::test;

TEST_CASE("failures to connect say what and whether waiting helps", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string user = database.user("_u", "SELECT ON " + database.name() + ".*");
    const ErrorInfo wrong_password = connect_failure(replaced(database.url("", user), ":pw@", ":geheim123@"));
    CHECK(wrong_password.code == Errc::Connect);
    CHECK(wrong_password.sqlstate == "28000");
    CHECK(wrong_password.native_code == "1045");
    CHECK_FALSE(wrong_password.transient);
    CHECK(wrong_password.message.find("geheim123") == std::string::npos);
    const ErrorInfo no_database =
        connect_failure(replaced(database.url(), "/" + database.name(), "/godwit_not_there"));
    CHECK(no_database.native_code == "1049");
    CHECK(no_database.transient);
    CHECK_THAT(no_database.hint, ContainsSubstring("create-db"));
    const ErrorInfo no_rights =
        connect_failure(replaced(database.url("", user), "/" + database.name(), "/mysql"));
    CHECK(no_rights.native_code == "1044");
    const ErrorInfo refused = connect_failure("mysql://u:geheim123@tcp(127.0.0.1:1)/x");
    CHECK(refused.code == Errc::Connect);
    CHECK(refused.transient);
    CHECK_THAT(refused.message, ContainsSubstring("127.0.0.1"));
    DriverOptions bad_init = options();
    bad_init.init_sql = {"SET no_such_setting = 1"};
    CHECK_THAT(connect_failure(database.url(), bad_init).message,
               ContainsSubstring("could not be set up") && ContainsSubstring("no_such_setting"));
    const ErrorInfo variable = connect_failure(database.url("no_such_setting=1"));
    CHECK_THAT(variable.message, ContainsSubstring("no_such_setting"));
    CHECK_FALSE(variable.hint.empty());
    const ErrorInfo no_socket = connect_failure("mysql://u:p@unix(/nowhere/mysqld.sock)/x");
    CHECK(no_socket.transient);
    CHECK_THAT(no_socket.message, ContainsSubstring("/nowhere/mysqld.sock"));
    CHECK(connect_failure("mysql://root@localhost").code == Errc::Usage);
}

TEST_CASE("a driver can connect again after it could not", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string user = database.user("_late", "");
    const auto driver = unconnected(database.url("", user));
    CHECK_THROWS_AS(driver->connect(), Error);
    database.sql("GRANT ALL ON " + database.name() + ".* TO '" + user + "'@'%'");
    CHECK_NOTHROW(driver->connect());
    CHECK(driver->info().user == user);
    CHECK(driver->state().version == std::nullopt);
}

TEST_CASE("every authentication plugin of the server gets in", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string plugin = database.mariadb() ? GENERATE("mysql_native_password", "ed25519")
                                                  : GENERATE("caching_sha2_password", "sha256_password");
    if (plugin == "ed25519" || plugin == "sha256_password")
        if (database.sql("SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = '" + plugin +
                         "'") == "0")
            return;
    const std::string user = database.user("_auth", "");
    database.sql("DROP USER '" + user + "'@'%'");
    if (database.mariadb())
        database.sql("CREATE USER '" + user + "'@'%' IDENTIFIED VIA " + plugin + " USING PASSWORD('pw')");
    else
        database.sql("CREATE USER '" + user + "'@'%' IDENTIFIED WITH " + plugin + " BY 'pw'");
    database.sql("GRANT ALL ON " + database.name() + ".* TO '" + user + "'@'%'");
    CHECK(database.driver("", {}, user)->info().user == user);
    CHECK(database.driver("", {}, user)->info().user == user);  // the server has it in its cache now
}

TEST_CASE("every character gets through a URL", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string password = "p w\"'\\:/?#[]@&=%+ä()";
    const std::string other = database.name() + "_ o/d d?ä";
    const std::string user = database.user("_x@y:z", "");
    database.sql("ALTER USER '" + user + "'@'%' IDENTIFIED BY 'p w\"''\\\\:/?#[]@&=%+ä()'");
    database.sql("CREATE DATABASE `" + other + "`; GRANT ALL ON `" + other + "`.* TO '" + user + "'@'%'");
    const std::string who = percent_encode(user) + ":" + percent_encode(password);
    const std::string place = database.host() + ":" + std::to_string(database.port());
    const std::string query = "?sql_mode=%27ANSI_QUOTES%27&time_zone=%27%2B03%3A00%27";
    for (const std::string& url : {"mysql://" + who + "@tcp(" + place + ")/" + percent_encode(other) + query,
                                   "mariadb://" + who + "@" + place + "/" + percent_encode(other) + query}) {
        CAPTURE(url);
        const auto driver = unconnected(url);
        driver->connect();
        CHECK(driver->info().user == user);
        CHECK(driver->info().database == other);
        Recorder recorder;
        apply_all(
            *driver,
            {up_step(1,
                     "DROP TABLE IF EXISTS \"seen\"; CREATE TABLE seen (z text); INSERT INTO seen SELECT "
                     "@@time_zone;",
                     driver->dialect())},
            recorder);
        CHECK(database.sql("SELECT z FROM `" + other + "`.seen") == "+03:00");
    }
    database.sql("DROP DATABASE `" + other + "`");
}

TEST_CASE("a user who may only read can look at everything", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string user = database.user("_ro", "SELECT ON " + database.name() + ".*");
    const auto empty = database.driver("", {}, user);
    CHECK_FALSE(empty->state().has_version_table);
    Recorder recorder;
    const auto owner = database.driver();
    apply_all(*owner, {up_step(1, "CREATE TABLE t (x int);", owner->dialect())}, recorder);
    const auto reader =
        database.driver(database.mariadb() ? "tx_read_only=1" : "transaction_read_only=1", {}, user);
    CHECK(reader->state().version == Version::of(1));
    CHECK(reader->history(0).size() == 1);
    CHECK(reader->applied().size() == 1);
    CHECK_FALSE(reader->stored_down_script(Version::of(1)));
    SECTION("and a step fails with a clear word") {
        const auto writer = database.driver("", {}, user);
        const ErrorInfo info = apply_failure(*writer, {up_step(2, "SELECT 2;", writer->dialect())}, recorder);
        CHECK_THAT(info.message, ContainsSubstring("ledger") && ContainsSubstring("denied"));
        CHECK_THAT(info.hint, ContainsSubstring(user + " needs"));
        CHECK(info.native_code == "1142");
        CHECK_THAT(info.state, ContainsSubstring("nothing of this migration was kept"));
        CHECK(database.version() == "1|0");
    }
    SECTION("where the script is what is not allowed") {
        database.sql("GRANT INSERT, UPDATE, DELETE ON " + database.name() + ".* TO '" + user + "'@'%'");
        const auto writer = database.driver("", {}, user);
        const ErrorInfo info = apply_failure(
            *writer, {up_step(2, "SELECT 1;\nCREATE TABLE u (x int);", writer->dialect())}, recorder);
        CHECK(info.native_code == "1142");
        CHECK(info.where.statement == 2);
        CHECK(info.where.line == 2);
    }
}

TEST_CASE("a user without CREATE on the database", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string user =
        database.user("_nc", "SELECT, INSERT, UPDATE, DELETE ON " + database.name() + ".*");
    const auto driver = database.driver("", {}, user);
    Recorder recorder;
    const ErrorInfo info = apply_failure(*driver, {up_step(1, "SELECT 1;", driver->dialect())}, recorder);
    CHECK_THAT(info.message, ContainsSubstring("CREATE command denied"));
    CHECK_THAT(info.hint, ContainsSubstring("needs CREATE on " + database.name()));
    CHECK_FALSE(info.state.empty());
    CHECK_THROWS_AS(driver->ensure_version_table(), Error);
    CHECK(database.sql("SHOW TABLES").empty());
}

TEST_CASE("a version table of a foreign shape is named by its columns", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string made = GENERATE(
        "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY)",
        "CREATE VIEW schema_migrations AS SELECT CAST(1 AS SIGNED) AS version, 0 AS dirty",
        "CREATE TABLE schema_migrations (version bigint)", "CREATE TABLE schema_migrations_history (id int)");
    database.sql(made);
    const auto driver = database.driver();
    try {
        driver->state();
        FAIL("accepted: " << made);
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Validation);
        CHECK_THAT(error.what(),
                   ContainsSubstring(database.name() + ".schema_migrations") && ContainsSubstring("columns"));
        CHECK_FALSE(error.info().hint.empty());
    }
}

TEST_CASE("a version table that was damaged by hand", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto test =
        GENERATE(table<std::string, std::string>({{"CREATE TABLE schema_migrations (version bigint NOT NULL "
                                                   "PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO "
                                                   "schema_migrations VALUES (1, 0), (2, 0)",
                                                   "more than one row"},
                                                  {"CREATE TABLE schema_migrations (version bigint, dirty "
                                                   "boolean); INSERT INTO schema_migrations VALUES (NULL, 0)",
                                                   "NULL"},
                                                  {"CREATE TABLE schema_migrations (version bigint unsigned, "
                                                   "dirty boolean); INSERT INTO schema_migrations VALUES "
                                                   "(18446744073709551615, 0)",
                                                   "18446744073709551615"},
                                                  {"CREATE TABLE schema_migrations (version bigint, dirty "
                                                   "boolean); INSERT INTO schema_migrations VALUES (-7, 0)",
                                                   "-7"}}));
    database.sql(std::get<0>(test));
    const auto driver = database.driver();
    try {
        driver->state();
        FAIL("accepted: " << std::get<0>(test));
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Validation);
        CHECK_THAT(error.info().message, ContainsSubstring(std::get<1>(test)));
        CHECK_FALSE(error.info().hint.empty());
    }
}

TEST_CASE("a version table with columns that are not its own", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    database.sql(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL, who text NOT "
        "NULL)");
    const auto driver = database.driver();
    Recorder recorder;
    const ErrorInfo info = apply_failure(*driver, {up_step(1, "SELECT 1;", driver->dialect())}, recorder);
    CHECK_THAT(info.message, ContainsSubstring("the ledger") && ContainsSubstring("who"));
    CHECK_THAT(info.hint, ContainsSubstring("columns or constraints"));
    CHECK(info.kept == Kept::Nothing);
    const std::vector<LedgerChange> changes{{Version::of(2), false, std::nullopt}};
    try {
        driver->record(changes, identity());
        FAIL("recorded");
    } catch (const Error& error) {
        CHECK_THAT(error.info().hint, ContainsSubstring("columns or constraints"));
        CHECK(error.info().state == "nothing was changed");
    }
    CHECK(database.version().empty());
}

TEST_CASE("a ledger that may not be read", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto owner = database.driver();
    Recorder recorder;
    apply_all(*owner, {up_step(1, "SELECT 1;", owner->dialect())}, recorder);
    const std::string user = database.user("_np", "CREATE ON " + database.name() + ".*");
    const auto driver = database.driver("", {}, user);
    try {
        driver->state();
        FAIL("read without the right to");
    } catch (const Error& error) {
        CHECK(error.info().native_code == "1142");
        CHECK_THAT(error.info().message, ContainsSubstring("cannot be read"));
        CHECK_THAT(error.info().hint, ContainsSubstring(user + " needs") && ContainsSubstring("SELECT"));
        CHECK(error.info().state == "nothing was changed");
    }
}

TEST_CASE("names of the version table", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    struct Case {
        std::string query;
        std::string option;
        std::string table;
        bool other;  ///< in another database
    };
    const std::string other = database.name() + "_led";
    database.sql("CREATE DATABASE " + other);
    const auto test =
        GENERATE_COPY(values<Case>({{"", other + ".versions", "versions", true},
                                    {"x-migrations-table=a.b", "", "a.b", false},
                                    {"x-migrations-table=My%20T%60", "", "My T`", false},
                                    {"x-migrations-table=a:b%27c:d", "", "a:b'c:d", false},
                                    {"x-migrations-table=ignored", "o'k\"\\", "o'k\"\\", false}}));
    CAPTURE(test.table);
    DriverOptions given = options();
    if (!test.option.empty()) {
        given.table = test.option;
        given.table_given = true;
    }
    const auto driver = database.driver(test.query, given);
    CHECK(driver->info().table == (test.other ? other : database.name()) + "." + test.table);
    Recorder recorder;
    apply_all(*driver,
              {up_step(1, "CREATE TABLE t (x int);", driver->dialect()),
               up_step(2, "SELECT 1;", driver->dialect())},
              recorder);
    CHECK(driver->state().version == Version::of(2));
    CHECK(driver->applied().size() == 2);
    CHECK(driver->stored_down_script(Version::of(1)) == std::nullopt);
    const auto reader = database.driver(test.query, given);
    CHECK(reader->history(0).size() == 2);
    CHECK(database.sql("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '" +
                       (test.other ? other : database.name()) + "' AND TABLE_NAME LIKE '%_history'") == "1");
    database.sql("DROP DATABASE " + other);
}

TEST_CASE("a server that is read-only", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    // the switch is the server's: a user's own transactions are made read-only instead, as a replica answers
    // alike
    const std::string user = database.user("_r", "ALL ON " + database.name() + ".*");
    const auto owner = database.driver();
    Recorder recorder;
    apply_all(*owner, {up_step(1, "CREATE TABLE t (x int);", owner->dialect())}, recorder);
    const auto driver =
        database.driver(database.mariadb() ? "tx_read_only=1" : "transaction_read_only=1", {}, user);
    CHECK(driver->state().version == Version::of(1));
    const std::string script = GENERATE("INSERT INTO t VALUES (1);", "CREATE TABLE u (x int);");
    const ErrorInfo info = apply_failure(*driver, {up_step(2, script, driver->dialect())}, recorder);
    CHECK(info.native_code == "1792");
    CHECK(info.sqlstate == "25006");
    CHECK(info.kept == Kept::Nothing);
    CHECK_THAT(info.state,
               ContainsSubstring("nothing of this migration was kept; the database is at 1, clean"));
    CHECK(database.version() == "1|0");
}
