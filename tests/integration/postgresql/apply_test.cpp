#include <thread>

#include "catch.hpp"
#include "database.hpp"
#include "integration/support/first_layout.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

std::vector<Step> inserts(const Dialect& dialect, std::size_t count) {
    std::vector<Step> steps;
    steps.push_back(up_step(1, "CREATE TABLE t (id int PRIMARY KEY);", dialect));
    for (std::uint64_t i = 2; i <= count; ++i)
        steps.push_back(up_step(i, "INSERT INTO t VALUES (" + std::to_string(i) + ");", dialect));
    return steps;
}

}  // namespace

TEST_CASE("nothing is written by looking", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const LedgerState state = driver->state();
    CHECK_FALSE(state.has_version_table);
    CHECK_FALSE(state.has_history_table);
    CHECK_FALSE(state.version);
    CHECK(driver->history(0).empty());
    CHECK(driver->applied().empty());
    CHECK_FALSE(driver->stored_down_script(Version::of(1)));
    CHECK(database.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "0");
}

TEST_CASE("steps land one by one and the ledger tells of each", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    Recorder recorder;
    std::vector<Step> steps = inserts(driver->dialect(), 3);
    steps[0].down_script = "DROP TABLE t; -- it's \\ a test";
    steps[0].has_down_script = true;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE_FALSE(outcome.failure);
    CHECK(outcome.landed == 3);
    CHECK(recorder.lines("land") == std::vector<std::string>{"land 0", "land 1", "land 2"});
    CHECK(recorder.lines("notice").empty());
    CHECK(database.version() == "3|f");
    CHECK(database.history() == "1 up applied 1/1 1\n2 up applied 1/1 2\n3 up applied 1/1 3");
    CHECK(database.sql(
              "SELECT count(*) FROM schema_migrations_history WHERE duration_ms > 0 AND duration_ms < 60000 "
              "AND started_at BETWEEN now() - interval '1 minute' AND now() AND db_user = session_user AND "
              "layout = 2 AND run_id = 'run-1' AND host = 'test-host'") == "3");
    CHECK(driver->stored_down_script(Version::of(1)) == steps[0].down_script);
    CHECK_FALSE(driver->stored_down_script(Version::of(2)));
    const auto applied = driver->applied();
    REQUIRE(applied.size() == 3);
    CHECK(applied[0].has_down_script);
    CHECK(applied[0].checksum == steps[0].script.sha256());
    const LedgerState state = driver->state();
    REQUIRE(state.head);
    CHECK(state.head->version == "3");
    CHECK(state.head->name == "step");
    CHECK(state.version == Version::of(3));
    CHECK(driver->history(2).size() == 2);
    CHECK(driver->history(2).front().version == "3");
}

TEST_CASE("the version table is golang-migrate's", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    SECTION("by ensure_version_table") {
        driver->ensure_version_table();
    }
    SECTION("by the first step") {
        Recorder recorder;
        const std::vector<Step> steps{up_step(1, "", driver->dialect())};
        CHECK(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(database.version() == "1|f");
    }
    CHECK(
        database.sql(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = "
            "'schema_migrations'::regclass AND attnum > 0 ORDER BY attnum") ==
        "version|bigint|t\ndirty|boolean|t");
    CHECK(database.sql("SELECT conname FROM pg_constraint WHERE conrelid = 'schema_migrations'::regclass") ==
          "schema_migrations_pkey");
}

TEST_CASE("a batch stops exactly at the first failure", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const bool batch = GENERATE(true, false);
    const std::string bad = GENERATE("INSERT INTO t VALUES (2);",        // fails when it runs
                                     "INSERT INTO nowhere VALUES (2);",  // fails when it is analysed
                                     "INSERT INTO t VALUE (2);");        // fails when it is read
    DriverOptions given = options();
    given.batch = batch;
    const auto driver = database.driver("", given);
    std::vector<Step> steps = inserts(driver->dialect(), 40);
    steps[29] = up_step(30, bad, driver->dialect());
    Recorder recorder;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    CHECK(outcome.landed == 29);
    CHECK(recorder.lines("land").size() == 29);
    CHECK(recorder.lines("start").size() == 30);
    CHECK(database.version() == "29|f");
    CHECK(database.sql("SELECT count(*), max(id) FROM t") == "28|29");
    CHECK(database.sql("SELECT count(*) FROM schema_migrations_history") == "29");
    const ErrorInfo& info = outcome.failure->info();
    CHECK(info.where.file == "30_step.up.sql");
    CHECK(info.where.version == "30");
    CHECK(info.where.statement == 1);
    CHECK(info.kept == Kept::Nothing);
    CHECK(info.state == "nothing of this migration was kept; the database is at 29, clean");
    // and the session goes on
    Recorder again;
    steps[29] = up_step(30, "INSERT INTO t VALUES (30);", driver->dialect());
    CHECK(driver->apply(std::span(steps).subspan(29), identity(), again).landed == 11);
    CHECK(database.version() == "40|f");
}

TEST_CASE("what is prepared for batches writes what a single step writes", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    Recorder recorder;
    bool batched = true;
    std::optional<std::size_t> prepared = 2;
    std::vector<std::string> before;
    std::size_t culprit = 0;
    std::string culprits;
    SECTION("in batches") {}
    SECTION("one by one") {
        batched = false;
        prepared = 0;
    }
    SECTION("a function takes it away") {
        before = {
            "CREATE FUNCTION forget() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DEALLOCATE "
            "ALL'; END $$"};
        culprit = 20;
        culprits = "SELECT forget();";
        prepared = 0;
    }
    SECTION("a script ends the session's settings") {
        culprit = 20;
        culprits = "SET work_mem = '8MB';";
        prepared = std::nullopt;  // again where the next batch is large, and how large depends on the machine
    }
    SECTION("a rule on the version table refuses it") {
        before = {
            "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not "
            "null)",
            "CREATE TABLE deleted (n bigint)",
            "CREATE RULE also AS ON DELETE TO schema_migrations DO ALSO INSERT INTO deleted VALUES (1)"};
        prepared = 1;  // the clock
    }
    for (const std::string& sql : before)
        database.sql(sql);
    DriverOptions given = options();
    given.batch = batched;
    const auto driver = database.driver("", given);
    std::vector<Step> steps = inserts(driver->dialect(), 100);
    if (culprit > 0) steps[culprit] = up_step(culprit + 1, culprits, driver->dialect());
    for (Step& step : steps) {
        step.down_script = "SELECT '" + step.version.text() + "'; -- it's \\ a test";
        step.has_down_script = true;
    }
    steps[50].has_down_script = false;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE_FALSE(outcome.failure);
    CHECK(outcome.landed == 100);
    CHECK(recorder.lines("land").size() == 100);
    CHECK(recorder.lines("start").size() == 100);
    CHECK(database.version() == "100|f");
    const auto found =
        driver->query("SELECT name FROM pg_prepared_statements WHERE name LIKE 'godwit%'").size();
    CHECK(found == prepared.value_or(found));
    for (const LedgerView& view : {database.driver()->glance(), database.driver()->view(), driver->view()}) {
        REQUIRE(view.state.head);
        CHECK(view.state.head->version == "100");
        CHECK(view.state.version == Version::of(100));
        CHECK(view.applied.size() == 100);
    }
    CHECK(database.sql("SELECT count(*) FROM schema_migrations_history WHERE duration_ms > 0 AND duration_ms "
                       "< 60000 AND started_at BETWEEN now() - interval '1 minute' AND now() AND db_user = "
                       "session_user AND layout = 2 AND run_id = 'run-1' AND host = 'test-host' AND "
                       "direction = 'up' AND state = 'applied' AND version_after = version AND error = '' "
                       "AND statements_done = 1 AND statements_total = 1") == "100");
    for (const AppliedVersion& applied : driver->applied()) {
        const auto i = static_cast<std::size_t>(*applied.version.as_bigint()) - 1;
        INFO(i);
        CHECK(applied.checksum == steps[i].script.sha256());
        CHECK(applied.token_checksum == steps[i].script.token_sha256());
        CHECK(driver->stored_down_script(applied.version) ==
              (i == 50 ? std::nullopt : std::optional(steps[i].down_script)));
        CHECK(driver->stored_up_script(applied.version) == steps[i].script.text());
    }
}

TEST_CASE("a view is read behind the lock, and only there", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto first = database.driver();
    const auto second = database.driver();
    Recorder recorder;
    const std::vector<Step> steps = inserts(first->dialect(), 2);
    CHECK_FALSE(first->glance().state.has_version_table);
    {
        const auto held = first->lock(Deadline::in(Milliseconds(1000)), nullptr);
        CHECK_FALSE(first->view().state.has_history_table);
        REQUIRE(first->apply(std::span(steps).first(1), identity(), recorder).landed == 1);
        CHECK(first->view().applied.size() == 1);
    }
    // what was there when it connected is not what a later look tells
    CHECK(second->state().version == Version::of(1));
    CHECK(second->glance().applied.size() == 1);
    second->lock(Deadline::in(Milliseconds(1000)), nullptr).reset();
    {
        const auto held = first->lock(Deadline::in(Milliseconds(1000)), nullptr);
        REQUIRE(first->apply(std::span(steps).subspan(1), identity(), recorder).landed == 1);
    }
    const LedgerView view = second->view();
    CHECK(view.state.version == Version::of(2));
    REQUIRE(view.applied.size() == 2);
    CHECK(view.applied[1].checksum == steps[1].script.sha256());
    database.sql("DROP TABLE schema_migrations_history");
    CHECK(second->view().applied.empty());
    CHECK(second->view().state.version == Version::of(2));
    const auto held = second->lock(Deadline::in(Milliseconds(1000)), nullptr);
    CHECK_FALSE(second->view().state.has_history_table);
}

TEST_CASE("errors point at the place in the file", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    struct Case {
        std::string script;
        std::size_t line;
        std::size_t column;
        std::size_t statement;
        std::string sqlstate;
    };
    std::string forty;
    for (int i = 1; i < 40; ++i)
        forty += "SELECT " + std::to_string(i) + "; -- größer ✓\n";
    const std::vector<Case> cases{
        {"CREATE TABLEE foo (x int);", 1, 8, 1, "42601"},
        {"SELECT 1;\nSELECT nope;", 2, 8, 2, "42703"},
        {"SELECT 'äöü€😀', nope;", 1, 17, 1, "42703"},
        {"-- ünï\r\nSELECT 1;\r\n\r\n  SELECT\r\n    nope;\r\n", 5, 5, 2, "42703"},
        {"\xEF\xBB\xBFSELECT 1;\nSELECT nope;", 2, 8, 2, "42703"},
        {forty + "SELECT 'ä', nope FROM pg_class;", 40, 13, 40, "42703"},
        {forty + "SELECT FROM WHERE;", 40, 13, 40, "42601"},
        {"CREATE TABLE e (id int CHECK (id > 0));\nINSERT INTO e VALUES (1);\nINSERT INTO e\n VALUES (-1);",
         3, 1, 3, "23514"},
        {"DO $$\nBEGIN\n  RAISE EXCEPTION 'no';\nEND $$;", 1, 1, 1, "P0001"},
    };
    const bool batch = GENERATE(true, false);
    const bool whole = GENERATE(true, false);
    for (const Case& test : cases) {
        CAPTURE(test.script, batch, whole);
        DriverOptions given = options();
        given.batch = batch;
        const auto driver = database.driver("", given);
        database.sql("DROP TABLE IF EXISTS schema_migrations, schema_migrations_history");
        const Dialect& dialect = driver->dialect();
        std::vector<Step> steps;
        for (std::uint64_t i = 1; i <= 5; ++i)
            steps.push_back(up_step(i, "SELECT 'žluťoučký';", dialect));
        if (whole && test.script.starts_with("\xEF"))
            continue;  // golang-migrate sends the mark, and so do we
        steps.push_back(whole ? whole_step(6, test.script, dialect) : up_step(6, test.script, dialect));
        steps.push_back(up_step(7, "SELECT 7;", dialect));
        Recorder recorder;
        const Outcome outcome = driver->apply(steps, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.landed == 5);
        const ErrorInfo& info = outcome.failure->info();
        CHECK(info.sqlstate == test.sqlstate);
        CHECK(info.where.line == test.line);
        CHECK(info.where.column == test.column);
        CHECK(info.where.statement == test.statement);
        CHECK(info.where.file == "6_step.up.sql");
        CHECK_FALSE(info.excerpt.empty());
    }
}

TEST_CASE("golang-migrate's dirty row on failure", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(whole_step(1, "CREATE TABLE a (x int)", dialect));
    steps.push_back(whole_step(2, "CREATE TABLE foo (foo text); CREATE TABLEE bar (bar text);", dialect));
    for (Step& step : steps)
        step.dirty_policy = DirtyPolicy::Always;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    CHECK(outcome.landed == 1);
    CHECK(outcome.failure->info().position == 36);
    CHECK(outcome.failure->info().kept == Kept::Nothing);
    CHECK(database.version() == "2|t");
    CHECK(database.history() == "1 up applied 1/1 1\n2 up failed 0/2 2");
    SECTION("the last down that failed is (-1, true)") {
        std::vector<Step> down;
        down.push_back(down_step(1, "DROP TABLE nowhere", dialect));
        down[0].dirty_policy = DirtyPolicy::Always;
        REQUIRE(driver->apply(down, identity(), recorder).failure);
        CHECK(database.version() == "-1|t");
        const LedgerState state = driver->state();
        CHECK_FALSE(state.version);
        CHECK(state.dirty);
    }
}

TEST_CASE("down to nothing leaves an empty version table", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps = inserts(dialect, 2);
    steps.push_back(down_step(2, "DELETE FROM t", dialect, 1));
    steps.push_back(down_step(1, "DROP TABLE t", dialect, 0));
    REQUIRE(driver->apply(steps, identity(), recorder).landed == 4);
    CHECK(database.version().empty());
    CHECK(database.history() ==
          "1 up applied 1/1 1\n2 up applied 1/1 2\n2 down rolled-back 1/1 1\n1 down rolled-back 1/1 ");
    CHECK(driver->applied().empty());
}

TEST_CASE("settings of a step do not reach the next one", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("CREATE SCHEMA other");
    DriverOptions given = options();
    given.init_sql = {"SET application_name = 'mine; it''s'", "SET work_mem = '5MB'"};
    const auto driver = database.driver("", given);
    const Dialect& dialect = driver->dialect();
    const std::string setting = GENERATE(
        "SET search_path = other;", "SELECT pg_catalog.set_config('search_path', '', false);",
        "BEGIN; SET search_path = other; COMMIT;", "SET work_mem = '1GB'; SET ROLE pg_monitor;",
        "SET SESSION AUTHORIZATION pg_monitor;", "CREATE TEMP TABLE probe (x int);", "PREPARE p AS SELECT 1;",
        "DO $$ BEGIN PERFORM set_config('search_path', 'other', false); END $$;", "LISTEN somebody;");
    CAPTURE(setting);
    Recorder recorder;
    const auto lock = driver->lock(Deadline::in(Milliseconds(0)), nullptr);
    std::vector<Step> steps;
    steps.push_back(up_step(1, "SELECT 1;", dialect));
    steps.push_back(up_step(2, setting, dialect));
    steps.push_back(
        up_step(3,
                "CREATE TABLE seen AS SELECT current_setting('search_path') AS path, "
                "current_setting('work_mem') AS mem, current_user = session_user AS self, "
                "current_setting('application_name') AS app, to_regclass('probe') IS NULL AS gone, "
                "(SELECT count(*) FROM pg_prepared_statements) + (SELECT count(*) FROM "
                "pg_listening_channels()) AS left_over;",
                dialect));
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql("SELECT * FROM public.seen") == "\"$user\", public|5MB|t|mine; it's|t|0");
    CHECK(database.sql(
              "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
              "pg_database WHERE datname = current_database())") == "2");
}

TEST_CASE("COPY data goes in with the ledger or not at all", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(
        up_step(1,
                "CREATE TABLE c (a int, b text);\nCOPY c (a, b) FROM stdin;\n1\tone\n2\ttwo ; --\n\\.\n"
                "INSERT INTO c VALUES (3, 'three');\nCOPY c FROM stdin;\n\\.\n",
                dialect));
    REQUIRE(driver->apply(steps, identity(), recorder).landed == 1);
    CHECK(database.sql("SELECT * FROM c ORDER BY a") == "1|one\n2|two ; --\n3|three");
    steps[0] =
        up_step(2, "INSERT INTO c VALUES (4, 'x');\nCOPY c FROM stdin;\n5\tfive\nnonsense\n\\.\n", dialect);
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->info().where.statement == 2);
    CHECK(outcome.failure->info().where.line == 4);
    CHECK(database.sql("SELECT count(*) FROM c") == "3");
    CHECK(database.version() == "1|f");
}

TEST_CASE("a script with its own transactions", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    SECTION("lands") {
        steps.push_back(
            up_step(1,
                    "BEGIN; CREATE TABLE o (x int); COMMIT; BEGIN; INSERT INTO o VALUES (1); ROLLBACK; "
                    "INSERT INTO o VALUES (2);",
                    dialect));
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(database.sql("SELECT * FROM o") == "2");
        CHECK(database.history() == "1 up applied 7/7 1");
        CHECK(database.version() == "1|f");
    }
    SECTION("fails in its first transaction: nothing is kept") {
        steps.push_back(up_step(1, "BEGIN; CREATE TABLE o (x int); SELECT nope; COMMIT;", dialect));
        const Outcome outcome = driver->apply(steps, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().kept == Kept::Nothing);
        CHECK(outcome.failure->info().where.statement == 3);
        CHECK(database.version().empty());
        CHECK(database.history() == "1 up failed 0/4 ");
        CHECK(database.sql("SELECT to_regclass('o') IS NULL") == "t");
    }
    SECTION("fails behind its first transaction: that one is kept, and the next run goes on behind it") {
        steps.push_back(up_step(
            1, "BEGIN; CREATE TABLE o (x int); COMMIT; SELECT nope; INSERT INTO o VALUES (1);", dialect));
        const Outcome outcome = driver->apply(steps, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().kept == Kept::Part);
        CHECK(outcome.failure->info().statements_done == 3);
        CHECK(database.version() == "1|t");
        CHECK(database.history() == "1 up failed 3/5 1");
        steps[0] =
            up_step(1, "BEGIN; CREATE TABLE o (x int); COMMIT; SELECT 1; INSERT INTO o VALUES (1);", dialect);
        steps[0].resume_at = 3;
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(database.version() == "1|f");
        CHECK(database.sql("SELECT * FROM o") == "1");
    }
    SECTION("left open: committed with the ledger") {
        steps.push_back(up_step(1, "BEGIN; CREATE TABLE o (x int);", dialect));
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(recorder.lines("notice").size() == 1);
        CHECK(database.sql("SELECT to_regclass('o') IS NULL") == "f");
        CHECK(database.version() == "1|f");
    }
}

TEST_CASE("CREATE INDEX CONCURRENTLY", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    database.sql("CREATE TABLE i (x int); INSERT INTO i VALUES (1), (1)");
    const auto valid = [&] {
        return database.sql(
            "SELECT c.relname, indisvalid FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE "
            "indrelid = 'i'::regclass");
    };
    Recorder recorder;
    std::vector<Step> steps;
    SECTION("lands, in a batch of others") {
        steps.push_back(up_step(1, "SELECT 1;", dialect));
        steps.push_back(
            up_step(2,
                    "CREATE INDEX CONCURRENTLY ON i (x);\nCREATE INDEX CONCURRENTLY \"My ix\" ON public.i "
                    "(x);",
                    dialect));
        steps.push_back(up_step(3, "SELECT 3;", dialect));
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 3);
        CHECK(valid() == "i_x_idx|t\nMy ix|t");
        CHECK(database.history() == "1 up applied 1/1 1\n2 up applied 2/2 2\n3 up applied 1/1 3");
    }
    SECTION("that fails leaves no INVALID index and nothing dirty") {
        steps.push_back(up_step(1, "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ux ON i (x);", dialect));
        const Outcome outcome = driver->apply(steps, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().kept == Kept::Nothing);
        CHECK(outcome.failure->info().sqlstate == "23505");
        CHECK(valid().empty());
        CHECK(database.version().empty());
    }
    SECTION("an INVALID one that a kill left is built again") {
        database.sql("CREATE INDEX ux ON i (x)");
        database.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ux'::regclass");
        steps.push_back(up_step(1, "CREATE INDEX CONCURRENTLY IF NOT EXISTS ux ON i (x);", dialect));
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(valid() == "ux|t");
    }
    SECTION("that had finished when the kill came is not built twice") {
        database.sql("CREATE INDEX ux ON i (x)");
        steps.push_back(up_step(1, "SELECT 1; CREATE INDEX CONCURRENTLY ux ON i (x); SELECT 2;", dialect));
        steps[0].resume_at = 1;
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(valid() == "ux|t");
        CHECK(recorder.lines("statement") == std::vector<std::string>{"statement 0 2"});
    }
}

TEST_CASE("statements that turn out to refuse a transaction run without one", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    database.sql(
        "CREATE TABLE p (x int); CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO p VALUES "
        "(1); "
        "COMMIT; INSERT INTO p VALUES (2); COMMIT; END $$");
    const bool whole = GENERATE(true, false);
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(whole ? whole_step(1, "CALL fill();", dialect) : up_step(1, "CALL fill();", dialect));
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql("SELECT x FROM p ORDER BY x") == "1\n2");
    CHECK(database.version() == "1|f");
}

TEST_CASE("notices are events of their step", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(up_step(1, "SELECT 1;", dialect));
    steps.push_back(up_step(2, "DROP TABLE IF EXISTS nowhere;", dialect));
    steps.push_back(up_step(3, "DO $$ BEGIN RAISE WARNING 'careful'; END $$;", dialect));
    REQUIRE(driver->apply(steps, identity(), recorder).landed == 3);
    CHECK(recorder.lines("notice") ==
          std::vector<std::string>{"notice 1 info table \"nowhere\" does not exist, skipping",
                                   "notice 2 warning careful"});
}

TEST_CASE("a script that begins with LOCK TABLE sees what was committed while it waited", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    database.sql("CREATE TABLE t (x int); INSERT INTO t VALUES (1)");
    DriverOptions limited = options();
    limited.statement_timeout = Milliseconds(20'000);
    const auto driver = database.driver("default_transaction_isolation=repeatable%20read", limited);
    database.sql("BEGIN");
    database.sql("UPDATE t SET x = 2");
    std::thread committing([&] {
        while (database.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass") ==
               "0")
            std::this_thread::yield();
        database.sql("COMMIT");
    });
    const std::string begin = GENERATE("", "-- godwit: timeout 20s\n", "SET LOCAL work_mem = '8MB';\n");
    const Step step = up_step(1, begin + "LOCK TABLE t;\nUPDATE t SET x = x + 1;", driver->dialect());
    Recorder recorder;
    const Outcome outcome = driver->apply({&step, 1}, identity(), recorder);
    committing.join();
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql("SELECT x FROM t") == "3");
}

TEST_CASE("a script's time-outs are not the ledger's", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    const Step first = up_step(1, "CREATE TABLE t (x int);", dialect);
    REQUIRE(driver->apply({&first, 1}, identity(), recorder).landed == 1);
    database.sql(
        "CREATE FUNCTION unlimited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
        "current_setting('statement_timeout') <> '0' THEN RAISE 'limited'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER unlimited BEFORE INSERT ON schema_migrations_history FOR EACH ROW EXECUTE FUNCTION "
        "unlimited()");
    const std::string begin =
        GENERATE("-- godwit: timeout 1m\n", "-- godwit: timeout 1m\n-- godwit: skip-if SELECT true\n");
    const Step second = up_step(2, begin + "SELECT 1;", dialect);
    const Outcome outcome = driver->apply({&second, 1}, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(outcome.landed == 1);
}

TEST_CASE("directives are obeyed", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    struct Case {
        std::string script;
        std::string sqlstate;  ///< "" = lands; "rows" = expect-rows
        bool skipped;
    };
    const bool own_way = GENERATE(false, true);
    const auto test = GENERATE(values<Case>({
        {"-- godwit: timeout 100ms\nSELECT pg_sleep(5);", "57014", false},
        {"SELECT 1;\n-- godwit: timeout 100ms\nSELECT pg_sleep(5);", "57014", false},
        {"-- godwit: timeout 100ms\nSELECT 1;\nSELECT current_setting('statement_timeout');", "", false},
        {"-- godwit: only mysql\nSELECT nope;", "", true},
        {"-- godwit: only postgres\nSELECT 1;", "", false},
        {"SELECT 1;\n-- godwit: only mysql\nSELECT nope;\nSELECT 2;", "", false},
        {"-- godwit: skip-if SELECT true\nSELECT nope;", "", true},
        {"-- godwit: skip-if SELECT count(*) FROM pg_class WHERE false\nSELECT 1;", "", false},
        {"SELECT 1;\n-- godwit: skip-if SELECT 1\nSELECT nope;\nSELECT 2;", "", false},
        {"-- godwit: skip-if SELECT nope\nSELECT 1;", "42703", false},
        {"SELECT 1;\n-- godwit: expect-rows 2\nDELETE FROM r;", "", false},
        {"SELECT 1;\n-- godwit: expect-rows 3\nDELETE FROM r;", "rows", false},
    }));
    const std::string script = own_way ? "-- godwit: no-transaction\n" + test.script : test.script;
    CAPTURE(script);
    database.sql("CREATE TABLE r (x int); INSERT INTO r VALUES (1), (2)");
    std::vector<Step> steps;
    steps.push_back(up_step(1, script, dialect));
    steps.push_back(up_step(
        2, "SELECT 1 / (CASE WHEN current_setting('statement_timeout') = '0' THEN 1 ELSE 0 END);", dialect));
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    if (test.sqlstate.empty()) {
        if (outcome.failure) FAIL(outcome.failure->what());
        CHECK(outcome.landed == 2);
        CHECK(recorder.results.front().skipped == test.skipped);
        return;
    }
    REQUIRE(outcome.failure);
    CHECK(outcome.landed == 0);
    CHECK(database.sql("SELECT count(*) FROM r") == "2");
    if (test.sqlstate == "rows")
        CHECK_THAT(outcome.failure->what(), ContainsSubstring("2 rows were affected"));
    else
        CHECK(outcome.failure->info().sqlstate == test.sqlstate);
}

TEST_CASE("a lock time-out is tried again", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    database.sql("CREATE TABLE busy (x int)");
    const bool own_way = GENERATE(false, true);
    const std::string script =
        std::string(own_way ? "-- godwit: no-transaction\n" : "") +
        "-- godwit: lock-timeout 50ms\n-- godwit: retry 1\nALTER TABLE busy ADD y int;";
    std::vector<Step> steps;
    steps.push_back(up_step(1, script, driver->dialect()));
    Recorder recorder;
    database.sql("BEGIN; LOCK TABLE busy");
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->info().sqlstate == "55P03");
    CHECK(outcome.failure->info().transient);
    CHECK(outcome.failure->info().kept == Kept::Nothing);
    database.sql("COMMIT");
    CHECK(driver->apply(steps, identity(), recorder).landed == 1);
}

TEST_CASE("an edited session is stopped between steps", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = false;
    const auto driver = database.driver("", given);
    Recorder recorder;
    recorder.stop_when_landed = 3;
    const std::vector<Step> steps = inserts(driver->dialect(), 10);
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    CHECK(outcome.stopped);
    CHECK_FALSE(outcome.failure);
    CHECK(outcome.landed == 3);
    CHECK(database.version() == "3|f");
}

TEST_CASE("bytes that are no text", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps = inserts(dialect, 3);
    SECTION("in a script") {
        steps.insert(steps.begin() + 2, up_step(9, "SELECT 1;\nSELECT 'caf\xE9';", dialect));
        const Outcome outcome = driver->apply(steps, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.landed == 2);
        CHECK(outcome.failure->info().sqlstate == "22021");
        CHECK(outcome.failure->info().where.line == 2);
    }
    SECTION("in a down script, which is only stored") {
        steps[1].has_down_script = true;
        steps[1].down_script = std::string("DELETE FROM t -- caf\xE9 \0", 23);
        REQUIRE(driver->apply(steps, identity(), recorder).landed == 3);
        CHECK(recorder.lines("notice").size() == 1);
        CHECK_FALSE(driver->stored_down_script(Version::of(2)));
    }
    SECTION("in a whole script a NUL byte does not cut it") {
        steps[1] = whole_step(2, std::string("SELECT 1;\0DROP TABLE t;", 23), dialect);
        const Outcome outcome = driver->apply(steps, identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.landed == 1);
        CHECK(outcome.failure->info().position == 9);
    }
}

TEST_CASE("a history of the first layout is read, and brought up to date by the next write", "[postgresql]") {
    Database database;
    if (!database.ok()) return;
    check_first_layout(*database.driver(), [&](const std::string& sql) { return database.sql(sql); });
}
