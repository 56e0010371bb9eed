#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "catch.hpp"
#include "database.hpp"
#include "godwit/hash.hpp"
#include "godwit/url.hpp"
#include "integration/support/replaced.hpp"
#include "integration/support/thrown.hpp"
#include "postgresql/driver.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

std::unique_ptr<Driver> unconnected(const std::string& url, DriverOptions given = options()) {
    return postgresql::open(Url::parse(url), given);
}

ErrorInfo connect_failure(const std::string& url, const DriverOptions& given = options()) {
    INFO("to connect to " << url);
    return thrown([&] { unconnected(url, given)->connect(); });
}

}  // namespace

TEST_CASE("failures to connect say what and whether waiting helps", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string password = Url::parse(database.url()).parts().password.reveal();
    const ErrorInfo wrong_password = connect_failure(replaced(database.url(), password, "geheim123"));
    CHECK(wrong_password.code == Errc::Connect);
    CHECK(wrong_password.sqlstate == "28P01");
    CHECK_FALSE(wrong_password.transient);
    CHECK(wrong_password.message.find("geheim123") == std::string::npos);
    const ErrorInfo no_database =
        connect_failure(replaced(database.url(), database.name(), "godwit_not_there"));
    CHECK(no_database.sqlstate == "3D000");
    CHECK(no_database.transient);
    const ErrorInfo refused = connect_failure("postgres://u:geheim123@127.0.0.1:1/x?sslmode=disable");
    CHECK(refused.code == Errc::Connect);
    CHECK(refused.transient);
    const ErrorInfo no_ssl = connect_failure(replaced(database.url(), "sslmode=disable", "sslmode=require"));
    CHECK_FALSE(no_ssl.transient);
    CHECK_THAT(no_ssl.hint, ContainsSubstring("sslmode=disable"));
    DriverOptions bad_init = options();
    bad_init.init_sql = {"SET no_such_setting = 1"};
    CHECK_THAT(connect_failure(database.url(), bad_init).message, ContainsSubstring("could not be set up"));
    CHECK_THAT(connect_failure(database.url("search_path=nowhere")).message, ContainsSubstring("no schema"));
}

TEST_CASE("a driver can connect again after it could not", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("CREATE ROLE " + database.name() + "_late NOLOGIN");
    const auto driver = unconnected(database.url("", database.name() + "_late"));
    CHECK_THROWS_AS(driver->connect(), Error);
    database.sql("ALTER ROLE " + database.name() + "_late LOGIN PASSWORD 'pw'");
    CHECK_NOTHROW(driver->connect());
    CHECK(driver->info().user == database.name() + "_late");
    database.sql("DROP ROLE " + database.name() + "_late");
}

TEST_CASE("every character gets through a URL", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string role = database.name() + "_ r\"o'l\\e";
    const std::string password = "p w\"'\\:/?#[]@&=%+ä";
    database.sql("CREATE ROLE \"" + replaced(role, "\"", "\"\"") +
                 "\" LOGIN PASSWORD 'p w\"''\\:/?#[]@&=%+ä'");
    const Url::Parts parts = Url::parse(database.url()).parts();
    const std::string url = "postgres://" + percent_encode(role) + ":" + percent_encode(password) + "@" +
                            parts.host + ":" + std::to_string(*parts.port) + "/" + database.name() +
                            "?sslmode=disable&TimeZone=Europe%2FBerlin&godwit.x=a%20b%5Cc'%22";
    const auto driver = unconnected(url);
    driver->connect();
    CHECK(driver->info().user == role);
    Recorder recorder;
    database.sql("GRANT CREATE ON SCHEMA public TO PUBLIC");
    const std::vector<Step> steps{up_step(
        1,
        "CREATE TABLE seen AS SELECT current_setting('TimeZone') AS zone, current_setting('godwit.x') AS x;",
        driver->dialect())};
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql("SELECT zone, x FROM seen") == "Europe/Berlin|a b\\c'\"");
    database.sql("DROP OWNED BY \"" + replaced(role, "\"", "\"\"") + "\"; DROP ROLE \"" +
                 replaced(role, "\"", "\"\"") + "\"");
}

TEST_CASE("the lock keeps a second session out and names its holder", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto first = database.driver();
    const auto second = database.driver();
    auto held = first->lock(Deadline::in(Milliseconds(0)), nullptr);
    CHECK(database.sql(
              "SELECT count(DISTINCT objid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND "
              "objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = "
              "current_database())") == "2");
    try {
        second->lock(Deadline::in(Milliseconds(50)), nullptr);
        FAIL("two sessions hold the lock");
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Locked);
        CHECK_THAT(error.what(), ContainsSubstring("user ") && ContainsSubstring("application godwit") &&
                                     ContainsSubstring("since 20"));
    }
    std::vector<std::string> holders;
    std::thread later([&] {
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
}

TEST_CASE("each of golang-migrate's two keys keeps us out", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const std::string slash = GENERATE("/", "");
    std::string joined("public");
    joined.append(1, '\0').append("schema_migrations").append(1, '\0').append(slash + database.name());
    const auto key = std::to_string(golang_migrate_lock_id(joined));
    database.sql("SELECT pg_advisory_lock(" + key + ")");
    CHECK_THROWS_AS(driver->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
    CHECK(database.sql(
              "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
              "pg_database WHERE datname = current_database())") == "1");
    database.sql("SELECT pg_advisory_unlock(" + key + ")");
    CHECK(driver->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
}

TEST_CASE("a script that gives the lock away does not keep it away", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const std::string script = GENERATE("DISCARD ALL;", "SELECT pg_advisory_unlock_all();",
                                        "SELECT 1; DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$;");
    Recorder recorder;
    auto held = driver->lock(Deadline::in(Milliseconds(0)), nullptr);
    const std::vector<Step> steps{up_step(1, script, driver->dialect()),
                                  up_step(2, "SELECT 2;", driver->dialect())};
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK_THROWS_AS(database.driver()->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
    held.reset();
    CHECK(database.driver()->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
}

TEST_CASE("pgx's lock table", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto first = database.driver("x-lock-strategy=table", {}, "", "pgx");
    const auto second = database.driver("x-lock-strategy=table", {}, "", "pgx");
    auto held = first->lock(Deadline::in(Milliseconds(0)), nullptr);
    CHECK_THROWS_AS(second->lock(Deadline::in(Milliseconds(20)), nullptr), Error);
    CHECK(database.sql("SELECT count(*) FROM schema_lock") == "1");
    held.reset();
    CHECK(second->lock(Deadline::in(Milliseconds(0)), nullptr) != nullptr);
}

TEST_CASE("cancel stops the running statement", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    std::atomic<bool> done{false};
    std::thread canceller([&] {
        while (!done) {
            driver->cancel();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    Recorder recorder;
    const std::vector<Step> steps{up_step(1, "SELECT pg_sleep(60);", driver->dialect())};
    std::optional<Outcome> outcome;
    try {
        outcome = driver->apply(steps, identity(), recorder);
    } catch (const Error& error) {
        CHECK(error.info().sqlstate == "57014");
    }
    done = true;
    canceller.join();
    if (outcome) {
        REQUIRE(outcome->failure);
        CHECK(outcome->failure->info().sqlstate == "57014");
    }
    CHECK(database.sql("SELECT to_regclass('schema_migrations') IS NULL") == "t");
}

TEST_CASE("a session that is ended under a step", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string way = GENERATE("", "-- godwit: no-transaction\n");
    const auto driver = database.driver();
    std::vector<Step> steps;
    steps.push_back(up_step(1, "CREATE TABLE kept (x int);", driver->dialect()));
    steps.push_back(up_step(2,
                            way + "CREATE TABLE half (x int); SELECT pg_terminate_backend(pg_backend_pid());",
                            driver->dialect()));
    Recorder recorder;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    CHECK(outcome.landed == 1);
    CHECK(outcome.failure->code() == Errc::Connect);
    CHECK(outcome.failure->info().kept == Kept::Unknown);
    CHECK_FALSE(outcome.failure->info().state.empty());
    const auto again = database.driver();
    const LedgerState state = again->state();
    if (way.empty()) {
        CHECK(database.version() == "1|f");
        CHECK(database.sql("SELECT to_regclass('half') IS NULL") == "t");
    } else {
        CHECK(database.version() == "2|t");
        REQUIRE(state.head);
        CHECK(state.head->state == HistoryState::Started);
        CHECK(state.head->statements_done == 1);
    }
    CHECK_THROWS_AS(driver->state(), Error);
}

TEST_CASE("a user who may only read can look at everything", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string role = database.name() + "_ro";
    database.sql("CREATE ROLE " + role + " LOGIN PASSWORD 'pw'");
    const auto empty = database.driver("", {}, role);
    CHECK_FALSE(empty->state().has_version_table);
    Recorder recorder;
    const auto owner = database.driver();
    const std::vector<Step> steps{up_step(1, "SELECT 1;", owner->dialect())};
    REQUIRE(owner->apply(steps, identity(), recorder).landed == 1);
    database.sql("GRANT SELECT ON schema_migrations, schema_migrations_history TO " + role);
    const auto reader = database.driver("default_transaction_read_only=on", {}, role);
    CHECK(reader->state().version == Version::of(1));
    CHECK(reader->history(0).size() == 1);
    CHECK(reader->applied().size() == 1);
    SECTION("and a step fails with a clear word") {
        const std::vector<Step> more{up_step(2, "SELECT 2;", reader->dialect())};
        const Outcome outcome = reader->apply(more, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK_THAT(outcome.failure->what(), ContainsSubstring("ledger") && ContainsSubstring("read-only"));
    }
    database.sql("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_CASE("a user without CREATE on the schema", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string role = database.name() + "_nc";
    database.sql("CREATE ROLE " + role + " LOGIN PASSWORD 'pw'");
    const auto driver = database.driver("", {}, role);
    Recorder recorder;
    const std::vector<Step> steps{up_step(1, "SELECT 1;", driver->dialect())};
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    CHECK(outcome.landed == 0);
    CHECK_THAT(outcome.failure->what(), ContainsSubstring("permission denied for schema public"));
    CHECK_THAT(outcome.failure->info().hint, ContainsSubstring("needs CREATE on schema public"));
    CHECK_THROWS_AS(driver->ensure_version_table(), Error);
    database.sql("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_CASE("a version table of a foreign shape is named by its columns", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string made = GENERATE(
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
        "CREATE VIEW schema_migrations AS SELECT 1::bigint AS version, false AS dirty",
        "CREATE TABLE schema_migrations (version bigint)", "CREATE TABLE schema_migrations_history (id int)");
    database.sql(made);
    const auto driver = database.driver();
    try {
        driver->state();
        FAIL("accepted: " << made);
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Validation);
        CHECK_THAT(error.what(),
                   ContainsSubstring("public.schema_migrations") && ContainsSubstring("columns"));
    }
}

TEST_CASE("names of the version table", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("CREATE SCHEMA led; CREATE SCHEMA \"We ird\"");
    struct Case {
        std::string query;
        std::string option;
        std::string shown;
        std::string found;  ///< in pg_tables
    };
    const auto test = GENERATE(values<Case>(
        {{"", "led.versions", "led.versions", "led|versions"},
         {"x-migrations-table=a.b", "", "public.a.b", "public|a.b"},
         {"x-migrations-table=%22led%22.%22v%22&x-migrations-table-quoted=true", "", "led.v", "led|v"},
         {"x-migrations-table=%22My%20T%22&x-migrations-table-quoted=1", "", "public.My T", "public|My T"},
         {"search_path=%22We%20ird%22", "", "We ird.schema_migrations", "We ird|schema_migrations"},
         {"x-migrations-table=ignored", "o'k\"", "public.o'k\"", "public|o'k\""}}));
    DriverOptions given = options();
    if (!test.option.empty()) {
        given.table = test.option;
        given.table_given = true;
    }
    const auto driver = database.driver(test.query, given);
    CHECK(driver->info().table == test.shown);
    Recorder recorder;
    const std::vector<Step> steps{up_step(1, "SELECT 1;", driver->dialect())};
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql(
              "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information)' ORDER BY "
              "length(tablename)") == test.found + "\n" + test.found + "_history");
    CHECK(driver->state().version == Version::of(1));
    CHECK(driver->applied().size() == 1);
}

TEST_CASE("record: force, baseline, reconcile", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    HistoryRow baseline;
    baseline.version = "3";
    baseline.kind = "baseline";
    baseline.state = HistoryState::Baseline;
    baseline.version_after = "3";
    HistoryRow force;
    force.kind = "force";
    force.state = HistoryState::Forced;
    force.error = "because 'I' said so \\";
    const std::vector<LedgerChange> changes{{Version::of(3), false, baseline}, {std::nullopt, true, force}};
    driver->record(changes, identity());
    CHECK(database.version() == "-1|t");
    CHECK(driver->history(0).front().error == force.error);
    CHECK(driver->history(0).front().os_user == "tester");
    CHECK(driver->applied().front().state == HistoryState::Baseline);
    const std::vector<LedgerChange> clean{{std::nullopt, false, std::nullopt}};
    driver->record(clean, identity());
    CHECK(database.version().empty());
    CHECK(driver->history(0).size() == 2);
}

TEST_CASE("30 sessions make the version table at once", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int i = 0; i < 30; ++i)
        threads.emplace_back([&] {
            try {
                database.driver()->ensure_version_table();
            } catch (const Error&) {
                ++failures;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(failures == 0);
}

TEST_CASE("drop removes everything but what extensions own", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql(
        "CREATE TABLE t (id serial PRIMARY KEY, g int GENERATED ALWAYS AS IDENTITY); CREATE VIEW v AS SELECT "
        "* FROM t; "
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM v; CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pair AS "
        "(x int, y "
        "mood); CREATE TYPE span AS RANGE (subtype = int); CREATE DOMAIN pos AS int CHECK (VALUE > 0); "
        "CREATE SEQUENCE "
        "alone; CREATE FUNCTION f(mood, int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE "
        "PROCEDURE p() "
        "LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE agg(int) (sfunc = int4pl, stype = int); CREATE TABLE "
        "part (x int) "
        "PARTITION BY LIST (x); CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1); CREATE TABLE "
        "\"Quoted \"\"T\" (x "
        "pos); CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE "
        "TRIGGER tr "
        "BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg(); CREATE SCHEMA other; CREATE TABLE "
        "other.stays (x int); "
        "CREATE COLLATION coll (locale = 'C');");
    const bool extension =
        database.sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'") == "1";
    if (extension) database.sql("CREATE EXTENSION citext");
    const auto driver = database.driver();
    driver->ensure_version_table();
    const auto dropped = driver->drop_everything({});
    CHECK(std::ranges::find(dropped, "table public.t") != dropped.end());
    CHECK(std::ranges::find(dropped, "type public.mood") != dropped.end());
    CHECK(database.sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").empty());
    CHECK(
        database.sql(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT "
            "FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')") == "0");
    CHECK(database.sql("SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typelem "
                       "= 0 AND NOT "
                       "EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')") == "0");
    CHECK(database.sql("SELECT count(*) FROM other.stays") == "0");
    if (extension) CHECK(database.sql("SELECT 'A'::citext = 'a'") == "t");
    CHECK(driver->drop_everything({}).empty());
    CHECK_FALSE(driver->state().has_version_table);
}

TEST_CASE("databases are created and dropped", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string name = database.name() + "_\"x y";
    const auto driver =
        unconnected(replaced(database.url(), "/" + database.name(), "/" + percent_encode(name)));
    REQUIRE(driver->admin() != nullptr);
    CHECK(driver->admin()->create());
    CHECK_FALSE(driver->admin()->create());
    driver->connect();
    CHECK(driver->info().database == name);
    const auto other =
        unconnected(replaced(database.url(), "/" + database.name(), "/" + percent_encode(name)));
    try {
        other->admin()->drop();
        FAIL("dropped under a session");
    } catch (const Error& error) {
        CHECK(error.info().sqlstate == "55006");
        CHECK_THAT(error.info().hint, ContainsSubstring("pid "));
    }
    database.sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" +
                 replaced(name, "\"", "\"") + "'");
    CHECK(other->admin()->drop());
    CHECK_FALSE(other->admin()->drop());
}

TEST_CASE("cancel between two statements stops the next one", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const std::string way = GENERATE("", "-- godwit: no-transaction\n", "-- godwit: timeout 5m\n");
    const auto policy = GENERATE(DirtyPolicy::OnlyWhenKept, DirtyPolicy::Always);
    const auto driver = database.driver();
    std::vector<Step> steps{
        up_step(1, way + "CREATE TABLE begun (id int); SELECT pg_sleep(600);", driver->dialect())};
    steps.front().dirty_policy = policy;
    Canceller canceller(*driver);
    const Outcome outcome = driver->apply(steps, identity(), canceller);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->info().code == Errc::Interrupted);
    CHECK(outcome.failure->info().kept == Kept::Nothing);
    CHECK(database.sql("SELECT to_regclass('begun') IS NULL") == "t");
    CHECK(driver->state().dirty == (policy == DirtyPolicy::Always));
}

TEST_CASE("a cancel that was obeyed is forgotten by the next run", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    Canceller canceller(*driver);
    const std::vector<Step> steps{up_step(1, "CREATE TABLE t (id int);", driver->dialect())};
    driver->apply(steps, identity(), canceller);
    driver->cancel();
    Recorder recorder;
    const Outcome again = driver->apply({steps.data(), steps.size()}, identity(), recorder);
    CHECK_FALSE(again.stopped);
}
