#include "file.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

constexpr auto kRebuild =
    "PRAGMA foreign_keys=OFF;\n"
    "BEGIN;\n"
    "CREATE TABLE new_p (id INTEGER PRIMARY KEY, name TEXT);\n"
    "INSERT INTO new_p (id) SELECT id FROM p;\n"
    "DROP TABLE p;\n"
    "ALTER TABLE new_p RENAME TO p;\n"
    "COMMIT;\n"
    "PRAGMA foreign_keys=ON;\n";

/// A parent table with a row that a child refers to.
Step family(const Dialect& dialect) {
    return up_step(1,
                   "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);\n"
                   "CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (1);",
                   dialect);
}

}  // namespace

TEST_CASE("a script with its own BEGIN and COMMIT runs as it is", "[sqlite]") {
    const File file;
    const auto query = GENERATE(as<std::string>{}, "_fk=1", "_fk=1&x-no-tx-wrap=true");
    const auto driver = file.driver(query);
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    land(*driver, {family(dialect)});
    const std::vector<Step> steps{up_step(2, kRebuild, dialect)};
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE_FALSE(outcome.failure);
    // with foreign keys on, dropping p would have emptied c
    CHECK(file.sql("SELECT count(*) FROM c") == "1");
    CHECK(file.sql("SELECT name FROM pragma_table_info('p')") == "id\nname");
    CHECK(recorder.lines("statement").size() == 8);
    CHECK(file.version() == "2|0");
    CHECK_THAT(file.history(), ContainsSubstring("2 up applied 8/8 2"));
}

TEST_CASE("settings around a script do not keep it out of one transaction", "[sqlite]") {
    const File file;
    const auto driver = file.driver("_fk=1");
    const Dialect& dialect = driver->dialect();
    land(*driver, {family(dialect)});
    const std::string body =
        "CREATE TABLE q (id);\nDROP TABLE p;\nCREATE TABLE p (id INTEGER PRIMARY KEY, name);\n";
    const std::string begin = "PRAGMA foreign_keys = OFF;\n";
    const Outcome outcome =
        apply(*driver, {up_step(2, begin + body + "SELEC 1;\nPRAGMA foreign_keys = ON;", dialect)});
    CHECK(failure(outcome).kept == Kept::Nothing);
    CHECK(failure(outcome).where.line == 5);
    CHECK(file.version() == "1|0");
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'q'") == "0");
    land(*driver, {up_step(2, begin + body + "PRAGMA foreign_keys = ON;", dialect)});
    CHECK(file.sql("SELECT count(*) FROM c") == "1");
    // and they are back for the next one
    const Outcome next = apply(*driver, {up_step(3, "INSERT INTO c VALUES (77);", dialect)});
    CHECK(failure(next).native_code == "SQLITE_CONSTRAINT_FOREIGNKEY");
}

TEST_CASE("a failure within the script's own transaction keeps what was committed before", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    const std::string text =
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\n"
        "BEGIN;\nINSERT INTO a VALUES (1);\nCOMMIT;\n"
        "BEGIN;\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (1);\nCOMMIT;\n"
        "INSERT INTO a VALUES (3);\n";
    const Outcome outcome = apply(*driver, {up_step(1, text, dialect)});
    const ErrorInfo& info = failure(outcome);
    CHECK(info.where.statement == 7);
    CHECK(info.where.line == 7);
    CHECK(info.kept == Kept::Part);
    CHECK(info.statements_done == 4);
    CHECK(file.sql("SELECT id FROM a") == "1");
    CHECK(file.version() == "1|1");
    CHECK(file.history() == "1 up failed 4/9 1");
    const auto applied = driver->applied();
    REQUIRE(applied.size() == 1);
    CHECK(applied[0].statements_done == 4);
    file.sql("DELETE FROM a");
    Step again = up_step(1, text, dialect);
    again.resume_at = info.statements_done;
    (void)driver->state();
    land(*driver, {again});
    CHECK(file.sql("SELECT group_concat(id) FROM a") == "1,2,3");
    CHECK(file.version() == "1|0");
    CHECK(file.history() == "1 up failed 4/9 1\n1 up applied 9/9 1");
}

TEST_CASE("a failure before anything was committed keeps nothing and needs no force", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    land(*driver, {family(dialect)});
    std::string text = kRebuild;
    text.replace(text.find("ALTER"), 5, "ALTRE");
    const Outcome outcome = apply(*driver, {up_step(2, text, dialect)});
    CHECK(failure(outcome).kept == Kept::Nothing);
    CHECK(failure(outcome).message == "near \"ALTRE\": syntax error");
    CHECK(failure(outcome).where.line == 6);
    CHECK(failure(outcome).where.column == 1);
    CHECK(file.version() == "1|0");
    CHECK(file.sql("SELECT count(*) FROM p") == "1");
    land(*driver, {up_step(2, kRebuild, dialect)});
}

TEST_CASE("a transaction that a script leaves open is an error", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Outcome outcome = apply(*driver, {up_step(1, "BEGIN;\nCREATE TABLE a (id);", driver->dialect())});
    CHECK_THAT(failure(outcome).message, ContainsSubstring("does not end it"));
    CHECK(failure(outcome).kept == Kept::Nothing);
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'a'") == "0");
    CHECK(file.version().empty());
}

TEST_CASE("statements that refuse a transaction run outside of one", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    const std::vector<Step> steps{
        up_step(1, "CREATE TABLE t (id);", dialect), up_step(2, "VACUUM;", dialect),
        up_step(3, "PRAGMA journal_mode = WAL;\nINSERT INTO t VALUES (1);", dialect),
        up_step(4, "INSERT INTO t VALUES (2);", dialect)};
    REQUIRE_FALSE(driver->apply(steps, identity(), recorder).failure);
    CHECK(file.sql("PRAGMA journal_mode") == "wal");
    CHECK(file.sql("SELECT count(*) FROM t") == "2");
    CHECK(file.version() == "4|0");
    CHECK_THAT(file.history(), ContainsSubstring("3 up applied 2/2 3"));
}

TEST_CASE("no-transaction counts statement by statement", "[sqlite]") {
    const File file;
    const bool by_directive = GENERATE(true, false);
    const auto driver = file.driver(by_directive ? "" : "x-no-tx-wrap=1");
    const std::string text = std::string(by_directive ? "-- godwit: no-transaction\n" : "-- nothing\n") +
                             "CREATE TABLE a (id);\nCREATE TABLE b (id);\nINSERT INTO nowhere VALUES (1);\n";
    const Outcome outcome = apply(*driver, {up_step(5, text, driver->dialect())});
    CHECK(failure(outcome).kept == Kept::Part);
    CHECK(failure(outcome).statements_done == 2);
    CHECK(failure(outcome).where.line == 4);
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')") == "2");
    CHECK(file.version() == "5|1");
    CHECK(file.history() == "5 up failed 2/3 5");
    CHECK(file.sql("SELECT error FROM schema_migrations_history") == "no such table: nowhere");
}

TEST_CASE("a run that was cut off is as far as its row says", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    (void)apply(*driver, {up_step(1, "-- godwit: no-transaction\nCREATE TABLE a (id);\nSELEC;\n", dialect)});
    // as a kill leaves it
    file.sql("UPDATE schema_migrations_history SET state = 'started', error = ''");
    const LedgerState state = driver->state();
    REQUIRE(state.head);
    CHECK(state.head->state == HistoryState::Failed);
    CHECK(state.head->statements_done == 1);
    CHECK(driver->applied().at(0).state == HistoryState::Failed);
}

TEST_CASE("the migrate face refuses a transaction within the one around the script, as golang-migrate",
          "[sqlite]") {
    const File file;
    DriverOptions options;
    options.golang_migrate = true;
    const auto driver = file.driver("", options);
    Step step = up_step(1, "BEGIN;\nCREATE TABLE a (id);\nCOMMIT;", driver->dialect());
    step.dirty_policy = DirtyPolicy::Always;
    CHECK(failure(apply(*driver, {step})).message == "cannot start a transaction within a transaction");
    CHECK(file.version() == "1|1");
}

TEST_CASE("directives", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    land(*driver, {up_step(1, "CREATE TABLE t (id);", dialect)});
    SECTION("only: a whole script") {
        Recorder recorder;
        const std::vector<Step> steps{up_step(2, "-- godwit: only postgres\nNOT SQL;", dialect)};
        CHECK(driver->apply(steps, identity(), recorder).landed == 1);
        CHECK(recorder.results.at(0).skipped);
        CHECK(file.version() == "2|0");
    }
    SECTION("only: one statement") {
        land(*driver, {up_step(2,
                               "INSERT INTO t VALUES (1);\n-- godwit: only mysql\nNOT SQL;\n-- godwit: only "
                               "sqlite\nINSERT INTO t VALUES (2);",
                               dialect)});
        CHECK(file.sql("SELECT count(*) FROM t") == "2");
    }
    SECTION("skip-if: a whole script") {
        const std::string text = "-- godwit: skip-if SELECT count(*) > 0 FROM t\nINSERT INTO t VALUES (1);";
        land(*driver, {up_step(2, text, dialect), up_step(3, text, dialect)});
        CHECK(file.sql("SELECT count(*) FROM t") == "1");
        CHECK(file.version() == "3|0");
        CHECK_THAT(file.history(), ContainsSubstring("3 up applied 0/1 3"));
    }
    SECTION("skip-if: one statement, and its mistakes") {
        land(*driver,
             {up_step(2, "INSERT INTO t VALUES (1);\n-- godwit: skip-if SELECT 1\nNOT SQL;", dialect)});
        const auto outcome =
            apply(*driver, {up_step(3, "-- godwit: skip-if SELECT missing\nSELECT 1;", dialect)});
        CHECK(failure(outcome).message == "skip-if: no such column: missing");
        CHECK(failure(outcome).where.version == "3");
    }
    SECTION("expect-rows") {
        land(*driver, {up_step(2, "INSERT INTO t VALUES (1), (2), (3);", dialect)});
        const auto outcome = apply(
            *driver,
            {up_step(3, "DELETE FROM t WHERE id = 1;\n-- godwit: expect-rows 1\nDELETE FROM t;", dialect)});
        CHECK_THAT(failure(outcome).message, ContainsSubstring("2 rows were affected"));
        CHECK(failure(outcome).where.statement == 2);
        CHECK(file.sql("SELECT count(*) FROM t") == "3");
        land(*driver, {up_step(3, "-- godwit: expect-rows 3\nDELETE FROM t;", dialect)});
    }
    SECTION("timeout") {
        const auto outcome = apply(
            *driver,
            {up_step(2,
                     "INSERT INTO t VALUES (1);\n-- godwit: timeout 50ms\nINSERT INTO t WITH RECURSIVE c(x) "
                     "AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c;",
                     dialect)});
        CHECK_THAT(failure(outcome).message, ContainsSubstring("longer than its limit of 50 ms"));
        CHECK(failure(outcome).where.line == 3);
        CHECK(failure(outcome).kept == Kept::Nothing);
        CHECK(file.sql("SELECT count(*) FROM t") == "0");
        land(*driver, {up_step(2, "INSERT INTO t VALUES (1);", dialect)});
    }
}

TEST_CASE("the time limit of the command line holds for steps that share a transaction", "[sqlite]") {
    const File file;
    DriverOptions options;
    options.statement_timeout = Milliseconds(50);
    const auto driver = file.driver("", options);
    const Dialect& dialect = driver->dialect();
    const Outcome outcome =
        apply(*driver,
              {up_step(1, "CREATE TABLE t (id);", dialect), up_step(2, "INSERT INTO t VALUES (1);", dialect),
               up_step(3,
                       "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT "
                       "max(x) FROM c;",
                       dialect)});
    CHECK(outcome.landed == 2);
    CHECK(failure(outcome).where.version == "3");
    CHECK(file.version() == "2|0");
    CHECK(file.sql("SELECT count(*) FROM t") == "1");
}

TEST_CASE("the place of an error is right behind multi-byte text and CRLF", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    std::string text = "\xEF\xBB\xBF-- žluťoučký kůň 🐎\r\n";
    for (int i = 1; i < 40; ++i)
        text += "CREATE TABLE t" + std::to_string(i) + " (id);\r\n";
    text += "/* ž */ SELECT 'ěšč', missing\r\nFROM t1;\r\n";
    const Outcome outcome = apply(*driver, {up_step(1, text, driver->dialect())});
    const ErrorInfo& info = failure(outcome);
    CHECK(info.message == "no such column: missing");
    CHECK(info.where.statement == 40);
    CHECK(info.where.line == 41);
    CHECK(info.where.column == 23);
    REQUIRE(info.position);
    CHECK(text.substr(*info.position, 7) == "missing");
    CHECK_THAT(info.excerpt, ContainsSubstring("^^^^^^^"));
    CHECK(info.native_code == "SQLITE_ERROR");
}

TEST_CASE("a name that SQLite speaks of is found where it gives no place", "[sqlite]") {
    const auto [sql, column] = GENERATE(table<std::string, std::size_t>({
        {"UPDATE t SET pionts = 1;", 14},
        {"INSERT INTO t (id, pionts) VALUES (1, 2);", 20},
        {"CREATE INDEX i ON t (ž, pionts);", 22},
        {"DROP TABLE main.nowhere;", 12},
        {"UPDATE t SET pionts = pionts + 1;", 23},
        {"INSERT INTO t VALUES ('pionts', (SELECT 1 FROM a));", 48},
    }));
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    const Outcome outcome =
        apply(*driver, {up_step(1, "CREATE TABLE t (id, note);", dialect), up_step(2, sql, dialect)});
    INFO(sql << ": " << failure(outcome).message);
    CHECK(failure(outcome).where.column == column);
}

TEST_CASE("a parameter without a value is an error, not NULL", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    const Outcome outcome =
        apply(*driver, {up_step(1, "CREATE TABLE t (id); INSERT INTO t VALUES (:id);", dialect)});
    CHECK_THAT(failure(outcome).hint, ContainsSubstring(":id"));
    CHECK(failure(outcome).where.statement == 2);
}
