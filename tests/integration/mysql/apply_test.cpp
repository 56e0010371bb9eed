#include "catch.hpp"
#include "database.hpp"

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

TEST_CASE("what is recorded at once may be larger than a packet", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const std::size_t packet = std::stoull(database.sql("SELECT @@max_allowed_packet"));
    const std::size_t rows = packet / 1'000'000 + 2;
    std::vector<LedgerChange> changes;
    for (std::uint64_t i = 1; i <= rows; ++i) {
        LedgerChange change{Version::of(i), false, HistoryRow{}};
        change.history->version = std::to_string(i);
        change.history->error = std::string(1'000'000, 'x');
        changes.push_back(std::move(change));
    }
    driver->record(changes, identity());
    CHECK(database.version() == std::to_string(rows) + "|0");
    CHECK(database.sql("SELECT COUNT(*) FROM schema_migrations_history") == std::to_string(rows));
    // and all of it or nothing: a version that the table cannot hold is refused behind the rows
    changes.push_back({Version::of(rows), false, changes.front().history});
    changes.back().history->version = std::string(400, '1');
    CHECK_THROWS_AS(driver->record(changes, identity()), Error);
    CHECK(database.sql("SELECT COUNT(*) FROM schema_migrations_history") == std::to_string(rows));
}

TEST_CASE("nothing is written by looking", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const LedgerState state = driver->state();
    CHECK_FALSE(state.has_version_table);
    CHECK_FALSE(state.has_history_table);
    CHECK_FALSE(state.version);
    CHECK(driver->history(0).empty());
    CHECK(driver->applied().empty());
    CHECK_FALSE(driver->stored_down_script(Version::of(1)));
    CHECK(database.sql("SHOW TABLES").empty());
}

TEST_CASE("steps land one by one and the ledger tells of each", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    CHECK(driver->info().product == (database.mariadb() ? "MariaDB" : "MySQL"));
    CHECK(driver->info().table == database.name() + ".schema_migrations");
    Recorder recorder;
    std::vector<Step> steps = inserts(driver->dialect(), 3);
    steps[0].down_script = "DROP TABLE t; -- it's \\ a test ✓";
    steps[0].has_down_script = true;
    apply_all(*driver, steps, recorder);
    CHECK(recorder.lines("land") == std::vector<std::string>{"land 0", "land 1", "land 2"});
    CHECK(recorder.lines("notice").empty());
    CHECK(database.version() == "3|0");
    CHECK(database.history() == "1 up applied 1/1 1\n2 up applied 1/1 2\n3 up applied 1/1 3");
    CHECK(database.sql(
              "SELECT COUNT(*) FROM schema_migrations_history WHERE duration_ms >= 0 AND duration_ms < "
              "60000 AND started_at BETWEEN UTC_TIMESTAMP() - INTERVAL 1 MINUTE AND UTC_TIMESTAMP(6) AND "
              "db_user = 'root' AND layout = 2 AND run_id = 'run-1' AND host = 'test-host'") == "3");
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

TEST_CASE("the version table is golang-migrate's", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    SECTION("by ensure_version_table") {
        driver->ensure_version_table();
    }
    SECTION("by the first step") {
        Recorder recorder;
        apply_all(*driver, {up_step(1, "", driver->dialect())}, recorder);
        CHECK(database.version() == "1|0");
    }
    CHECK(database.sql(
              "SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE, COLUMN_KEY, COALESCE(COLUMN_DEFAULT, '-') FROM "
              "information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "
              "'schema_migrations' ORDER BY ORDINAL_POSITION") ==
          "version|bigint|NO|PRI|-\ndirty|tinyint|NO||-");
}

TEST_CASE("a batch stops exactly at the first failure", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const bool batch = GENERATE(true, false);
    const std::string bad = GENERATE("INSERT INTO t VALUES (2);",        // fails when it runs
                                     "INSERT INTO nowhere VALUES (2);",  // fails when it is resolved
                                     "INSERT INTO t VALUE (2) (;",       // fails when it is read
                                     "INSERT INTO t VALUES (1000); INSERT INTO t VALUES (2);");
    DriverOptions given = options();
    given.batch = batch;
    const auto driver = database.driver("", given);
    std::vector<Step> steps = inserts(driver->dialect(), 40);
    steps[29] = up_step(30, bad, driver->dialect());
    Recorder recorder;
    const ErrorInfo info = apply_failure(*driver, steps, recorder);
    CHECK(recorder.lines("land").size() == 29);
    CHECK(recorder.lines("start").size() == 30);
    CHECK(database.version() == "29|0");
    CHECK(database.sql("SELECT COUNT(*), MAX(id) FROM t") == "28|29");
    CHECK(database.sql("SELECT COUNT(*) FROM schema_migrations_history") == "29");
    CHECK(info.where.file == "30_step.up.sql");
    CHECK(info.where.version == "30");
    CHECK(info.where.statement == steps[29].script.statements().size());
    CHECK(info.kept == Kept::Nothing);
    CHECK(info.state == "nothing of this migration was kept; the database is at 29, clean");
    // and the session goes on
    Recorder again;
    steps[29] = up_step(30, "INSERT INTO t VALUES (30);", driver->dialect());
    apply_all(*driver, {steps.begin() + 29, steps.end()}, again);
    CHECK(database.version() == "40|0");
}

TEST_CASE("DDL that fails in the middle says how much is kept, and the rest can be run", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const auto driver = database.driver("", given);
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps = inserts(dialect, 5);
    steps.push_back(up_step(6,
                            "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n"
                            "CREATE TABLE b (x int, y nonsense);\nCREATE TABLE c (x int);",
                            dialect));
    steps.push_back(up_step(7, "CREATE TABLE d (x int);", dialect));
    const ErrorInfo info = apply_failure(*driver, steps, recorder);
    CHECK(recorder.lines("land").size() == 5);
    CHECK(recorder.lines("start").size() == 6);
    CHECK(info.kept == Kept::Part);
    CHECK(info.statements_done == 3);
    CHECK(info.where.statement == 4);
    CHECK(info.where.line == 4);
    CHECK(info.where.column == 26);
    CHECK(info.native_code == (database.mariadb() ? "4161" : "1064"));
    CHECK(info.sqlstate == (database.mariadb() ? "HY000" : "42000"));
    CHECK(info.state == "3 of 5 statements are kept; the database is at 6, dirty");
    CHECK(database.version() == "6|1");
    CHECK(database.sql("SELECT state, statements_done, statements_total, error IS NOT NULL FROM "
                       "schema_migrations_history ORDER BY id DESC LIMIT 1") == "failed|3|5|1");
    CHECK(database.sql("SELECT COUNT(*) FROM a") == "2");
    // the next run goes on behind what is done
    steps[5] = up_step(6,
                       "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n"
                       "CREATE TABLE b (x int, y int);\nCREATE TABLE c (x int);",
                       dialect);
    steps[5].resume_at = 3;
    Recorder again;
    apply_all(*driver, {steps.begin() + 5, steps.end()}, again);
    CHECK(database.version() == "7|0");
    CHECK(database.sql("SELECT COUNT(*) FROM a") == "2");
    CHECK(database.sql(
              "SELECT state, statements_done FROM schema_migrations_history ORDER BY id DESC LIMIT 2") ==
          "applied|1\napplied|5");
}

TEST_CASE("a first DDL statement that fails leaves nothing dirty", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    Recorder recorder;
    std::vector<Step> steps = inserts(driver->dialect(), 2);
    steps.push_back(up_step(3, "CREATE TABLE t (id int);\nCREATE TABLE u (id int);", driver->dialect()));
    const ErrorInfo info = apply_failure(*driver, steps, recorder);
    CHECK(info.kept == Kept::Nothing);
    CHECK(info.native_code == "1050");
    CHECK(info.state == "nothing of this migration was kept; the database is at 2, clean");
    CHECK(database.version() == "2|0");
}

TEST_CASE("errors point at the place in the file", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    struct Case {
        std::string script;
        std::size_t line;
        std::size_t column;
        std::size_t statement;
        std::string native;
    };
    std::string forty;
    for (int i = 1; i < 40; ++i)
        forty += "SELECT " + std::to_string(i) + "; -- größer ✓\n";
    const std::vector<Case> cases{
        {"CREATE TABLEE foo (x int);", 1, 8, 1, "1064"},
        {"SELECT 1;\nSELECT nope;", 2, 8, 2, "1054"},
        {"SELECT 'äöü€😀', nope;", 1, 17, 1, "1054"},
        {"SELECT 'äöü€😀' FROMM x y;", 1, 22, 1, "1064"},
        {"-- ünï\r\nSELECT 1;\r\n\r\n  SELECT\r\n    nope;\r\n", 5, 5, 2, "1054"},
        {"-- ünï\r\nSELECT 1;\r\n\r\n  SELECT 'ü'\r\n    FROM WHERE;\r\n", 5, 10, 2, "1064"},
        {"\xEF\xBB\xBFSELECT 1;\nSELECT nope;", 2, 8, 2, "1054"},
        {forty + "SELECT 'ä', nope FROM information_schema.TABLES;", 40, 13, 40, "1054"},
        {forty + "SELECT FROM WHERE;", 40, 8, 40, "1064"},
        {forty + "CREATE TABLE f (x int,\n  y int,\n  'ö' z int);", 42, 3, 40, "1064"},
        {"CREATE TABLE e (id int PRIMARY KEY);\nINSERT INTO e VALUES (1);\nINSERT INTO e\n VALUES (1);", 3, 1,
         3, "1062"},
        {"SELECT 1;\nSELECT (1;", 2, 10, 2, "1064"},
    };
    const bool batch = GENERATE(true, false);
    const bool whole = GENERATE(true, false);
    for (const Case& test : cases) {
        CAPTURE(test.script, batch, whole);
        DriverOptions given = options();
        given.batch = batch;
        const auto driver = database.driver("", given);
        database.sql("DROP TABLE IF EXISTS schema_migrations, schema_migrations_history, e");
        const Dialect& dialect = driver->dialect();
        std::vector<Step> steps;
        for (std::uint64_t i = 1; i <= 5; ++i)
            steps.push_back(up_step(i, "SELECT 'žluťoučký';", dialect));
        steps.push_back(whole ? whole_step(6, test.script, dialect) : up_step(6, test.script, dialect));
        steps.push_back(up_step(7, "SELECT 7;", dialect));
        Recorder recorder;
        const ErrorInfo info = apply_failure(*driver, steps, recorder);
        CAPTURE(info.message);
        CHECK(recorder.lines("land").size() == 5);
        CHECK(info.native_code == test.native);
        CHECK(info.sqlstate.size() == 5);
        CHECK(info.where.line == test.line);
        CHECK(info.where.column == test.column);
        CHECK(info.where.statement == test.statement);
        CHECK(info.where.file == "6_step.up.sql");
        CHECK_FALSE(info.excerpt.empty());
    }
}

TEST_CASE("golang-migrate's dirty row on failure", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(whole_step(1, "CREATE TABLE a (x int)", dialect));
    steps.push_back(whole_step(2, "CREATE TABLEE bar (bar text);", dialect));
    for (Step& step : steps)
        step.dirty_policy = DirtyPolicy::Always;
    const ErrorInfo info = apply_failure(*driver, steps, recorder);
    CHECK(info.kept == Kept::Nothing);
    CHECK(database.version() == "2|1");
    CHECK(database.history() == "1 up applied 1/1 1\n2 up failed 0/1 2");
    SECTION("the last down that failed is (-1, true)") {
        std::vector<Step> down{down_step(1, "DROP TABLE nowhere", dialect)};
        down[0].dirty_policy = DirtyPolicy::Always;
        apply_failure(*driver, down, recorder);
        CHECK(database.version() == "-1|1");
        const LedgerState state = driver->state();
        CHECK_FALSE(state.version);
        CHECK(state.dirty);
    }
    SECTION("DML alone as well") {
        std::vector<Step> more{
            whole_step(3, "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);", dialect)};
        more[0].dirty_policy = DirtyPolicy::Always;
        CHECK(apply_failure(*driver, more, recorder).kept == Kept::Nothing);
        CHECK(database.version() == "3|1");
        CHECK(database.sql("SELECT COUNT(*) FROM a") == "0");
    }
}

TEST_CASE("down to nothing leaves an empty version table", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps = inserts(dialect, 2);
    steps.push_back(down_step(2, "DELETE FROM t", dialect, 1));
    steps.push_back(down_step(1, "DROP TABLE t", dialect, 0));
    apply_all(*driver, steps, recorder);
    CHECK(database.version().empty());
    CHECK(database.history() ==
          "1 up applied 1/1 1\n2 up applied 1/1 2\n2 down rolled-back 1/1 1\n1 down rolled-back 1/1 ");
    CHECK(driver->applied().empty());
}

TEST_CASE("DML that fails in a table without transactions", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string engine = GENERATE("MyISAM", "MEMORY");
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(up_step(1, "CREATE TABLE m (x int PRIMARY KEY) ENGINE = " + engine, dialect));
    steps.push_back(up_step(2, "CREATE TABLE i (x int PRIMARY KEY) ENGINE = InnoDB", dialect));
    apply_all(*driver, steps, recorder);
    const std::vector<Step> bad{
        up_step(3, "INSERT INTO i VALUES (3);", dialect),
        up_step(4, "INSERT INTO i VALUES (4); INSERT INTO m VALUES (4); INSERT INTO nowhere VALUES (4);",
                dialect)};
    const ErrorInfo info = apply_failure(*driver, bad, recorder);
    CHECK(info.kept == Kept::Part);
    CHECK(info.statements_done == 2);
    CHECK_THAT(info.state, ContainsSubstring("no transactions"));
    CHECK(database.version() == "4|1");
    // what the ledger counts as done is there
    CHECK(database.sql("SELECT x FROM i ORDER BY x") == "3\n4");
    CHECK(database.sql("SELECT x FROM m") == "4");
    CHECK(database.sql(
              "SELECT state, statements_done, statements_total FROM schema_migrations_history ORDER BY id "
              "DESC LIMIT 1") == "failed|2|3");
}

TEST_CASE("a script with its own transactions", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    database.sql("CREATE TABLE o (x int)");
    SECTION("lands") {
        apply_all(
            *driver,
            {up_step(1,
                     "BEGIN; INSERT INTO o VALUES (0); COMMIT; START TRANSACTION; INSERT INTO o VALUES (1); "
                     "ROLLBACK; INSERT INTO o VALUES (2);",
                     dialect)},
            recorder);
        CHECK(database.sql("SELECT * FROM o ORDER BY x") == "0\n2");
        CHECK(database.history() == "1 up applied 7/7 1");
        CHECK(database.version() == "1|0");
    }
    SECTION("fails in its first transaction: nothing is kept") {
        const ErrorInfo info = apply_failure(
            *driver, {up_step(1, "BEGIN; INSERT INTO o VALUES (0); SELECT nope; COMMIT;", dialect)},
            recorder);
        CHECK(info.kept == Kept::Nothing);
        CHECK(info.where.statement == 3);
        CHECK(database.version().empty());
        CHECK(database.sql("SELECT * FROM o").empty());
    }
    SECTION("fails behind its first transaction: that one is kept") {
        const ErrorInfo info = apply_failure(
            *driver,
            {up_step(1, "BEGIN; INSERT INTO o VALUES (0); COMMIT; SELECT nope; INSERT INTO o VALUES (1);",
                     dialect)},
            recorder);
        CHECK(info.kept == Kept::Part);
        CHECK(info.statements_done == 3);
        CHECK(database.version() == "1|1");
        CHECK(database.history() == "1 up failed 3/5 1");
    }
    SECTION("left open: committed with the ledger") {
        apply_all(*driver, {up_step(1, "BEGIN; INSERT INTO o VALUES (0);", dialect)}, recorder);
        CHECK(recorder.lines("notice").size() == 1);
        CHECK(database.sql("SELECT * FROM o") == "0");
        CHECK(database.version() == "1|0");
    }
    SECTION("without autocommit") {
        apply_all(*driver,
                  {up_step(1, "SET autocommit = 0; INSERT INTO o VALUES (0); COMMIT;", dialect),
                   up_step(2, "INSERT INTO o VALUES (1);", dialect)},
                  recorder);
        CHECK(database.sql("SELECT * FROM o ORDER BY x") == "0\n1");
        CHECK(database.version() == "2|0");
    }
    SECTION("locks tables") {
        apply_all(
            *driver,
            {up_step(
                 1, "LOCK TABLES o WRITE; INSERT INTO o VALUES (0); UNLOCK TABLES; INSERT INTO o VALUES (1);",
                 dialect),
             up_step(2, "LOCK TABLES o WRITE; INSERT INTO o VALUES (2);", dialect)},
            recorder);
        CHECK(database.sql("SELECT * FROM o ORDER BY x") == "0\n1\n2");
        CHECK(database.version() == "2|0");
    }
}

TEST_CASE("warnings are events of their step", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(up_step(1, "SELECT 1;", dialect));
    steps.push_back(up_step(2, "DROP TABLE IF EXISTS nowhere;", dialect));
    steps.push_back(up_step(3, "SELECT 3;", dialect));
    apply_all(*driver, steps, recorder);
    const auto notices = recorder.lines("notice");
    REQUIRE(notices.size() == 1);
    CHECK_THAT(notices[0], StartsWith("notice 1 info Unknown table") && ContainsSubstring("nowhere"));
}

TEST_CASE("a script's time-outs are not the ledger's", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    apply_all(*driver, {up_step(1, "CREATE TABLE t (x int);", dialect)}, recorder);
    const std::string limit = database.mariadb() ? "@@max_statement_time" : "@@max_execution_time";
    database.sql("CREATE TRIGGER unlimited BEFORE INSERT ON schema_migrations_history FOR EACH ROW IF " +
                 limit + " <> 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'limited'; END IF");
    const std::string begin =
        GENERATE("-- godwit: timeout 1m\n", "-- godwit: timeout 1m\n-- godwit: skip-if SELECT true\n");
    apply_all(*driver, {up_step(2, begin + "INSERT INTO t VALUES (1);", dialect)}, recorder);
    CHECK(database.version() == "2|0");
}

TEST_CASE("directives are obeyed", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    struct Case {
        std::string script;
        std::string native;  ///< "" = lands; "rows" = expect-rows
        bool skipped;
    };
    const std::string mine = database.mariadb() ? "mariadb" : "mysql";
    const std::string other = database.mariadb() ? "sqlite" : "mariadb";
    const std::string limit = database.mariadb() ? "@@max_statement_time" : "@@max_execution_time";
    const std::string late = database.mariadb() ? "1969" : "3024";
    const bool own_way = GENERATE(false, true);
    const std::vector<Case> cases{
        {"-- godwit: timeout 100ms\nSELECT COUNT(*) FROM r WHERE SLEEP(5) = 0;", late, false},
        {"SELECT 1;\n-- godwit: timeout 100ms\nSELECT COUNT(*) FROM r WHERE SLEEP(5) = 0;", late, false},
        {"-- godwit: timeout 100ms\nSELECT 1;\nINSERT INTO limits SELECT " + limit + ";", "", false},
        {"-- godwit: only " + other + "\nSELECT nope;", "", true},
        {"-- godwit: only " + mine + "\nSELECT 1;", "", false},
        {"SELECT 1;\n-- godwit: only " + other + "\nSELECT nope;\nSELECT 2;", "", false},
        {"-- godwit: skip-if SELECT true\nSELECT nope;", "", true},
        {"-- godwit: skip-if SELECT COUNT(*) FROM r WHERE false\nSELECT 1;", "", false},
        {"SELECT 1;\n-- godwit: skip-if SELECT 1\nSELECT nope;\nSELECT 2;", "", false},
        {"-- godwit: skip-if SELECT nope\nSELECT 1;", "1054", false},
        {"SELECT 1;\n-- godwit: expect-rows 2\nDELETE FROM r;", "", false},
        {"SELECT 1;\n-- godwit: expect-rows 3\nDELETE FROM r;", "rows", false},
    };
    for (const Case& test : cases) {
        const std::string script = own_way ? "-- godwit: no-transaction\n" + test.script : test.script;
        CAPTURE(script);
        recorder.results.clear();
        database.sql("DROP TABLE IF EXISTS schema_migrations, schema_migrations_history, r, limits");
        database.sql("CREATE TABLE r (x int); INSERT INTO r VALUES (1), (2); CREATE TABLE limits (x text)");
        const auto fresh = database.driver();
        std::vector<Step> steps{up_step(1, script, dialect),
                                up_step(2, "INSERT INTO limits SELECT " + limit + ";", dialect)};
        const Outcome outcome = fresh->apply(steps, identity(), recorder);
        if (test.native.empty()) {
            if (outcome.failure) FAIL(outcome.failure->what());
            CHECK(outcome.landed == 2);
            CHECK(recorder.results.front().skipped == test.skipped);
            CHECK(database.sql("SELECT CAST(x AS DECIMAL) FROM limits WHERE x + 0 = 0") == "0");
            continue;
        }
        REQUIRE(outcome.failure);
        CHECK(outcome.landed == 0);
        CHECK(database.sql("SELECT COUNT(*) FROM r") == "2");
        // with no-transaction what ran before is done, even where it was a query
        const bool part = own_way && test.script.starts_with("SELECT");
        CHECK(outcome.failure->info().kept == (part ? Kept::Part : Kept::Nothing));
        CHECK(database.version() == (part ? "1|1" : ""));
        if (test.native == "rows")
            CHECK_THAT(outcome.failure->what(), ContainsSubstring("2 rows were affected"));
        else
            CHECK(outcome.failure->info().native_code == test.native);
    }
}

TEST_CASE("a lock time-out is tried again", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    database.sql("CREATE TABLE busy (x int)");
    const std::string script = "-- godwit: lock-timeout 1s\n-- godwit: retry 1\nALTER TABLE busy ADD y int;";
    Recorder recorder;
    database.sql("LOCK TABLES busy READ");
    const ErrorInfo info = apply_failure(*driver, {up_step(1, script, driver->dialect())}, recorder);
    CHECK(info.native_code == "1205");
    CHECK(info.transient);
    CHECK(info.kept == Kept::Nothing);
    database.sql("UNLOCK TABLES");
    apply_all(*driver, {up_step(1, script, driver->dialect())}, recorder);
}

TEST_CASE("a run is stopped between steps", "[mysql]") {
    Database database(each_product());
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
    CHECK(database.version() == "3|0");
}

TEST_CASE("bytes that are no text", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps = inserts(dialect, 3);
    SECTION("in a script") {
        steps[2] = up_step(3, "SELECT 1;\nINSERT INTO t VALUES ('caf\xE9');", dialect);
        const ErrorInfo info = apply_failure(*driver, steps, recorder);
        CHECK(info.where.line == 2);
        CHECK(info.where.statement == 2);
    }
    SECTION("in a down script, which is only stored") {
        steps[1].has_down_script = true;
        steps[1].down_script = std::string("DELETE FROM t -- caf\xE9 \0", 23);
        apply_all(*driver, steps, recorder);
        CHECK(recorder.lines("notice").size() == 1);
        CHECK_FALSE(driver->stored_down_script(Version::of(2)));
    }
    SECTION("in a whole script a NUL byte does not cut it") {
        steps[1] = whole_step(2, std::string("SELECT 1;\0DROP TABLE t;", 23), dialect);
        const ErrorInfo info = apply_failure(*driver, steps, recorder);
        CHECK(recorder.lines("land").size() == 1);
        CHECK(info.position == 9);
    }
}
