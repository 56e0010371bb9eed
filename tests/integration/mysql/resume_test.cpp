// What a run that was cut off or failed leaves, and how the next one goes on: the engine over the real
// driver.
#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include "catch.hpp"
#include "database.hpp"
#include "godwit/migrator.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// A folder in memory.
class Folder final : public Source {
  public:
    explicit Folder(std::map<std::string, std::string> files) : files_(std::move(files)) {}
    std::vector<Entry> list() override {
        std::vector<Entry> entries;
        for (const auto& [path, text] : files_)
            entries.push_back({path, text.size(), EntryKind::File, {}});
        return entries;
    }
    std::string read(const Entry& entry) override { return files_.at(entry.path); }
    [[nodiscard]] std::string describe() const override { return "memory"; }

  private:
    std::map<std::string, std::string> files_;
};

class Heard final : public Reporter {
  public:
    void on(const Event& event) override {
        if (const auto* found = std::get_if<FindingReported>(&event)) findings.push_back(found->finding);
    }
    std::vector<Finding> findings;
};

/// One migration, and a process of its own for each run.
struct Runs {
    explicit Runs(Database& on) : database(on) {}

    Result run(const std::string& script, const Goal& goal = GoUp{}) {
        Folder folder({{"1_m.up.sql", script}, {"1_m.down.sql", "DO 0;"}});
        const auto driver = database.driver();
        heard.findings.clear();
        MigratorOptions given;
        given.reporter = &heard;
        return Migrator(folder, *driver, given).run(goal);
    }
    ErrorInfo refused(const std::string& script, const Goal& goal = GoUp{}) {
        try {
            run(script, goal);
        } catch (const Error& error) {
            return error.info();
        }
        FAIL("it was not refused: " << script);
        return {};
    }
    void goes_on(const std::string& script, const Goal& goal = GoUp{}) {
        const Result result = run(script, goal);
        if (result.failed) FAIL(result.failed->what());
        CHECK(database.version() == "1|0");
    }

    Database& database;
    Heard heard;
};

std::string newest(Database& database) {
    const std::string all = database.history();
    return all.substr(all.rfind('\n') + 1);
}

/// The session that waits for a table with a statement that begins so.
std::string waiting_session(Database& database, const std::string& begin) {
    for (int i = 0; i < 3000; ++i) {
        const std::string id = database.sql(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO REGEXP "
            "'^[[:space:]]*" +
            begin + "' AND STATE REGEXP 'metadata lock' AND ID <> CONNECTION_ID()");
        if (!id.empty()) return id;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("nobody waits with " << begin);
    return "";
}

/// Ends it, and waits until the server has: a statement that is granted its lock before it sees the KILL
/// runs.
void kill_waiting(Database& database, const std::string& begin) {
    const std::string id = waiting_session(database, begin);
    database.sql("KILL " + id);
    for (int i = 0; i < 3000; ++i) {
        if (database.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE ID = " + id).empty()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("the session " << id << " does not end");
}

/// Runs up, and kills its session while it waits for the lock of table t, which this test holds.
void cut_off(Runs& runs, const std::string& script, const std::string& begin) {
    Database& database = runs.database;
    database.sql("START TRANSACTION; SELECT COUNT(*) FROM t");
    std::jthread killer([&] { kill_waiting(database, begin); });
    const Result result = runs.run(script);
    killer.join();
    database.sql("COMMIT");
    REQUIRE(result.failed);
    CHECK(result.failed->code() == Errc::Connect);
    CHECK(database.version() == "1|1");
}

std::string first_word(const std::string& statement) {
    return statement.substr(0, statement.find(' '));
}

}  // namespace

TEST_CASE("whether a schema change ran before its session died is found out", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string statement = GENERATE(
        "ALTER TABLE t ADD COLUMN extra int", "ALTER TABLE t MODIFY x bigint NOT NULL DEFAULT 7",
        "ALTER TABLE t COMMENT 'other'", "ALTER TABLE t ADD CONSTRAINT c CHECK (x > 0)",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES parent (id)",
        "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 3", "ALTER TABLE t RENAME TO u",
        "CREATE UNIQUE INDEX i ON t (x)", "DROP INDEX old ON t", "DROP TABLE t",
        "RENAME TABLE t TO u, parent TO t", "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.x = 1",
        "/*!40101 ALTER TABLE t ADD COLUMN extra int */");
    const bool ran = GENERATE(false, true);
    CAPTURE(statement, ran, database.mariadb());
    database.sql(
        "CREATE TABLE log (n int); CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE t (id int NOT NULL "
        "PRIMARY KEY, x int, KEY old (x))");
    Runs runs(database);
    const std::string script = "INSERT INTO log VALUES (1);\n" + statement + ";\nINSERT INTO log VALUES (3);";
    cut_off(runs, script, statement.starts_with("/*") ? "/.!40101 ALTER" : first_word(statement));
    CHECK(newest(database) == "1 up started 1/3 1");
    if (ran) database.sql(statement);
    runs.goes_on(script);
    CHECK(database.sql("SELECT GROUP_CONCAT(n ORDER BY n) FROM log") == "1,3");
    CHECK(newest(database) == "1 up applied 3/3 1");
    REQUIRE(runs.heard.findings.size() == 1);
    CHECK(runs.heard.findings[0].code == "resumed");
    const std::string said = ran ? "had taken effect" : "left nothing";
    CHECK_THAT(runs.heard.findings[0].message, ContainsSubstring(said));
    CHECK_THAT(database.sql("SELECT error FROM schema_migrations_history ORDER BY id DESC LIMIT 1"),
               ContainsSubstring(said));
}

TEST_CASE("how a session shows a definition makes no difference", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const bool ran = GENERATE(false, true);
    CAPTURE(ran, database.mariadb());
    database.sql(
        "CREATE TABLE log (n int); CREATE TABLE t (id int, x int, y int AS (x + 1) STORED, c "
        "varchar(9) DEFAULT 'ä' COMMENT 'öä', CHECK (x > id)) COMMENT 'ß'");
    Runs runs(database);
    const std::string statement = "ALTER TABLE t ADD COLUMN extra int";
    const std::string script =
        "SET NAMES latin1; SET sql_mode = 'ANSI_QUOTES';\nINSERT INTO \"log\" VALUES (1);\n" + statement +
        ";\nINSERT INTO \"log\" VALUES (3);";
    cut_off(runs, script, "ALTER");
    CHECK(newest(database) == "1 up started 3/5 1");
    if (ran) database.sql(statement);
    runs.goes_on(script);
    REQUIRE(runs.heard.findings.size() == 1);
    CHECK_THAT(runs.heard.findings[0].message, ContainsSubstring(ran ? "had taken effect" : "left nothing"));
    CHECK(database.sql("SELECT GROUP_CONCAT(n ORDER BY n) FROM log") == "1,3");
}

TEST_CASE("what cannot be found out is asked, and the answer is obeyed", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    struct Case {
        std::string statement;
        std::string why;
    };
    const auto test =
        GENERATE(values<Case>({{"ALTER TABLE p EXCHANGE PARTITION a WITH TABLE t", "EXCHANGE PARTITION"},
                               {"CALL work()", "anything"},
                               {"RENAME TABLE t TO temporary, twin TO t, temporary TO twin", "alike"}}));
    const bool done = GENERATE(false, true);
    CAPTURE(test.statement, done, database.mariadb());
    database.sql(
        "CREATE TABLE log (n int); CREATE TABLE t (id int NOT NULL PRIMARY KEY); INSERT INTO t VALUES (1); "
        "CREATE TABLE twin LIKE t; CREATE TABLE p LIKE t; ALTER TABLE p PARTITION BY RANGE (id) (PARTITION a "
        "VALUES LESS THAN (100)); CREATE PROCEDURE work() ALTER TABLE t COMMENT 'worked'");
    Runs runs(database);
    const std::string script =
        "INSERT INTO log VALUES (1);\n" + test.statement + ";\nINSERT INTO log VALUES (3);";
    cut_off(runs, script, "(ALTER|CALL|RENAME)");
    const ErrorInfo info = runs.refused(script);
    CHECK(info.code == Errc::Dirty);
    CHECK_THAT(info.message, ContainsSubstring("statement 2 (line 2 of 1_m.up.sql)"));
    CHECK_THAT(info.message, ContainsSubstring(test.why));
    CHECK_THAT(info.excerpt, ContainsSubstring(test.statement.substr(0, 10)));
    CHECK_THAT(info.next, ContainsSubstring("godwit resume --done"));
    CHECK_THAT(info.next, ContainsSubstring("godwit resume --again"));
    CHECK(runs.refused(script, Resume{}).code == Errc::Dirty);
    CHECK(runs.refused(script, GoDown{}).code == Errc::Dirty);
    CHECK(newest(database) == "1 up started 1/3 1");
    if (done) database.sql(test.statement);
    runs.goes_on(script, Resume{done ? ResumeWish::Done : ResumeWish::Again});
    CHECK(database.sql("SELECT GROUP_CONCAT(n ORDER BY n) FROM log") == "1,3");
    CHECK_THAT(database.sql("SELECT error FROM schema_migrations_history ORDER BY id DESC LIMIT 1"),
               ContainsSubstring(done ? "resume --done" : "resume --again"));
    // there is nothing to be asked any more
    CHECK(runs.refused(script, Resume{ResumeWish::Done}).code == Errc::Usage);
    CHECK(runs.run(script, Resume{}).done.empty());
}

TEST_CASE("rows of a statement that was cut off are not written twice", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string engine = GENERATE("InnoDB", "MyISAM");
    CAPTURE(engine, database.mariadb());
    database.sql("CREATE TABLE log (n int) ENGINE=" + engine + "; CREATE TABLE t (x int)");
    Runs runs(database);
    const std::string script =
        "CREATE TABLE first (x int);\nINSERT INTO log SELECT 2;\nINSERT INTO t SELECT 1 FROM log WHERE "
        "'waits' = 'waits';\nCREATE TABLE last (x int);";
    database.sql("LOCK TABLES t READ");
    std::jthread killer([&] { kill_waiting(database, "INSERT INTO t"); });
    const Result result = runs.run(script);
    killer.join();
    database.sql("UNLOCK TABLES");
    REQUIRE(result.failed);
    CHECK(newest(database) == "1 up started 1/4 1");
    if (engine == "MyISAM") {
        const ErrorInfo info = runs.refused(script);
        CHECK_THAT(info.message, ContainsSubstring("knows no transactions"));
        return;
    }
    runs.goes_on(script);
    CHECK(database.sql("SELECT COUNT(*) FROM log") == "1");
    CHECK(database.sql("SELECT COUNT(*) FROM t") == "1");
}

TEST_CASE("a script that failed goes on when what is behind the done statements was mended", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    Runs runs(database);
    const std::string begin =
        "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1); -- one\nCREATE TABLE b (x int);\n";
    CHECK(runs.run(begin + "CREATE TABEL c (x int);\nCREATE TABLE d (x int);").failed);
    CHECK(newest(database) == "1 up failed 3/5 1");
    const std::string mended = "CREATE TABLE c (x int);\nCREATE TABLE d (x int);\nINSERT INTO d VALUES (4);";
    SECTION("the rest") {
        runs.goes_on(begin + mended);
        CHECK(database.sql("SELECT COUNT(*) FROM a") == "1");
        CHECK(database.sql("SELECT x FROM d") == "4");
        CHECK(newest(database) == "1 up applied 6/6 1");
    }
    SECTION("layout does not count") {
        runs.goes_on(
            "-- said later\nCREATE   TABLE a (x int); INSERT INTO a VALUES (1);\nCREATE TABLE b (x "
            "int);\n" +
            mended);
        CHECK(database.sql("SELECT COUNT(*) FROM a") == "1");
    }
    SECTION("what has run may not change") {
        const ErrorInfo info = runs.refused(
            "CREATE TABLE a (x int);\nINSERT INTO a VALUES (2);\nCREATE TABLE b (y int);\n" + mended);
        CHECK(info.code == Errc::Dirty);
        CHECK_THAT(info.message,
                   ContainsSubstring("statements 2 (line 2), 3 (line 3) of 1_m.up.sql are not"));
        CHECK(newest(database) == "1 up failed 3/5 1");
        CHECK_THAT(runs.refused("CREATE TABLE a (x int);").message, ContainsSubstring("3 (gone)"));
    }
    SECTION("down is refused with the choices") {
        const ErrorInfo info = runs.refused(begin + mended, GoDown{});
        CHECK(info.code == Errc::Dirty);
        CHECK_THAT(info.next, ContainsSubstring("godwit resume\n"));
        CHECK_THAT(info.next, ContainsSubstring("after undoing it by hand: godwit force none"));
    }
    SECTION("mended by hand") {
        database.sql("CREATE TABLE c (x int)");
        runs.goes_on(begin + mended, Resume{ResumeWish::Done});
        CHECK(database.sql("SELECT x FROM d") == "4");
    }
}

TEST_CASE("a procedure that failed in its middle is not called again unasked", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    database.sql(
        "CREATE TABLE log (n int); CREATE PROCEDURE half() BEGIN INSERT INTO log VALUES (1); SIGNAL SQLSTATE "
        "'45000'; END");
    Runs runs(database);
    CHECK(runs.run("CALL half();").failed);
    CHECK(newest(database) == "1 up failed 0/1 1");
    CHECK_THAT(runs.refused("CALL half();").next, ContainsSubstring("godwit resume --done"));
    runs.goes_on("CALL half();", Resume{ResumeWish::Done});
    CHECK(database.sql("SELECT COUNT(*) FROM log") == "1");
}

TEST_CASE("what the done statements set in the session is set again, or missed aloud", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    struct Case {
        std::string begin;
        std::string rest;
        std::string lost;  ///< "" = it goes on
    };
    const auto test = GENERATE(values<Case>({
        {"SET @a = 5, @b = CONCAT('x', 'y');", "INSERT INTO log VALUES (@a + LENGTH(@b));", ""},
        {"SET NAMES utf8mb4; SET SESSION sql_mode = 'ANSI_QUOTES';", "INSERT INTO \"log\" VALUES (7);", ""},
        {"PREPARE p FROM 'INSERT INTO log VALUES (7)';", "EXECUTE p;", ""},
        {"SET @a = (SELECT 7);", "INSERT INTO log VALUES (@a);", "statement 2"},
        {"SELECT 7 INTO @a;", "INSERT INTO log VALUES (7);", ""},
        {"SELECT 7 INTO @a;", "INSERT INTO log VALUES (@a);", "statement 2"},
        {"CREATE TEMPORARY TABLE temp AS SELECT 7 AS x;", "INSERT INTO log SELECT x FROM temp;",
         "statement 2"},
        {"CREATE TEMPORARY TABLE temp AS SELECT 7 AS x;", "INSERT INTO log VALUES (7);", ""},
        {"LOCK TABLES log WRITE;", "INSERT INTO log VALUES (7); UNLOCK TABLES;", ""},
    }));
    CAPTURE(test.begin, test.rest, database.mariadb());
    database.sql("CREATE TABLE log (n int)");
    Runs runs(database);
    const std::string begin = "CREATE TABLE a (x int);\n" + test.begin + "\n";
    CHECK(runs.run(begin + "INSERT INTO log VALUES (no_such_column);").failed);
    CHECK(database.version() == "1|1");
    if (!test.lost.empty()) {
        const ErrorInfo info = runs.refused(begin + test.rest);
        CHECK(info.code == Errc::Dirty);
        CHECK_THAT(info.message, ContainsSubstring(test.lost));
        return;
    }
    runs.goes_on(begin + test.rest);
    CHECK(database.sql("SELECT n FROM log") == "7");
}

TEST_CASE("a history of the first layout is read, and brought up to date by the next write", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    Runs runs(database);
    runs.goes_on("CREATE TABLE a (x int);");
    database.sql(
        "ALTER TABLE schema_migrations_history DROP COLUMN up_script, DROP COLUMN statement_hashes, DROP "
        "COLUMN fingerprint; UPDATE "
        "schema_migrations_history SET layout = 1");
    const auto driver = database.driver();
    CHECK(driver->state().head->version == "1");
    CHECK(driver->applied().size() == 1);
    CHECK(driver->history(0).size() == 1);
    CHECK_FALSE(driver->stored_up_script(Version::of(1)));
    CHECK(runs.run("CREATE TABLE a (x int);").done.empty());
    CHECK(database.sql("SHOW COLUMNS FROM schema_migrations_history LIKE 'fingerprint'").empty());
    Recorder recorder;
    apply_all(*driver, {up_step(2, "CREATE TABLE b (x int);", driver->dialect())}, recorder);
    CHECK(database.history() == "1 up applied 1/1 1\n2 up applied 1/1 2");
    CHECK(
        database.sql("SELECT layout, statement_hashes IS NULL FROM schema_migrations_history ORDER BY id") ==
        "1|1\n2|0");
    CHECK(database.driver()->history(0).size() == 2);
}
