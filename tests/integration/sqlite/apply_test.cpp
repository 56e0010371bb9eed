#include <chrono>

#include "file.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

std::vector<Step> inserts(const Dialect& dialect, std::size_t count) {
    std::vector<Step> steps;
    steps.push_back(up_step(1, "CREATE TABLE t (id INTEGER PRIMARY KEY);", dialect));
    for (std::uint64_t i = 2; i <= count; ++i)
        steps.push_back(up_step(i, "INSERT INTO t VALUES (" + std::to_string(i) + ");", dialect));
    return steps;
}

}  // namespace

TEST_CASE("steps land in order and the ledger tells of each", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    Recorder recorder;
    std::vector<Step> steps = inserts(driver->dialect(), 3);
    steps[0].down_script = std::string("DROP TABLE t; -- it's \0 a test", 31);
    steps[0].has_down_script = true;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    REQUIRE_FALSE(outcome.failure);
    CHECK(outcome.landed == 3);
    CHECK(recorder.all == std::vector<std::string>{"start 0", "statement 0 0", "land 0", "start 1",
                                                   "statement 1 0", "land 1", "start 2", "statement 2 0",
                                                   "land 2"});
    CHECK(file.version() == "3|0");
    CHECK(file.history() == "1 up applied 1/1 1\n2 up applied 1/1 2\n3 up applied 1/1 3");
    CHECK(
        file.sql(
            "SELECT count(*) FROM schema_migrations_history WHERE layout = 2 AND run_id = 'run-1' AND host = "
            "'test-host' AND duration_ms >= 0 AND started_at BETWEEN datetime('now', '-1 minute') AND "
            "strftime('%Y-%m-%dT%H:%M:%f0', 'now', '+1 minute')") == "3");
    CHECK(driver->stored_down_script(Version::of(1)) == steps[0].down_script);
    CHECK_FALSE(driver->stored_down_script(Version::of(2)));
    CHECK(driver->applied().at(0).checksum == steps[0].script.sha256());
    CHECK(driver->state().head->version == "3");
}

TEST_CASE("the version table is golang-migrate's, letter for letter", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    SECTION("by ensure_version_table") {
        driver->ensure_version_table();
    }
    SECTION("by the first step") {
        land(*driver, {up_step(1, "", driver->dialect())});
        CHECK(file.sql("SELECT typeof(version), typeof(dirty) FROM schema_migrations") == "integer|integer");
    }
    CHECK(file.sql("SELECT sql FROM sqlite_schema WHERE tbl_name = 'schema_migrations' ORDER BY type DESC") ==
          "CREATE TABLE schema_migrations (version uint64,dirty bool)\n"
          "CREATE UNIQUE INDEX version_unique ON schema_migrations (version)");
}

TEST_CASE("a version table may be called by a word of SQL", "[sqlite]") {
    const File file;
    const std::string name = GENERATE("select", "table", "Order");
    const auto driver = file.driver("x-migrations-table=" + name);
    driver->ensure_version_table();
    land(*driver, {up_step(1, "", driver->dialect())});
    CHECK(driver->state().version == Version::of(1));
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE tbl_name = '" + name + "'") == "2");
}

TEST_CASE("golang-migrate's rows are read as it means them", "[sqlite]") {
    const File file;
    file.sql("CREATE TABLE schema_migrations (version uint64,dirty bool)");
    const auto driver = file.driver();
    CHECK_FALSE(driver->state().version);
    file.sql("INSERT INTO schema_migrations VALUES (-1, 1)");
    CHECK_FALSE(driver->state().version);
    CHECK(driver->state().dirty);
    file.sql("UPDATE schema_migrations SET version = 20240101, dirty = false");
    CHECK(driver->state().version == Version::of(20240101));
    CHECK_FALSE(driver->state().dirty);
    file.sql("UPDATE schema_migrations SET version = 'x'");
    CHECK_THAT(thrown([&] { (void)driver->state(); }).message, ContainsSubstring("'x', which is no version"));
}

TEST_CASE("a table of a foreign shape is named with its columns", "[sqlite]") {
    const File file;
    SECTION("dbmate's") {
        file.sql("CREATE TABLE schema_migrations (version varchar(128) primary key)");
        const auto info = thrown([&] { (void)file.driver()->state(); });
        CHECK(info.code == Errc::Validation);
        CHECK_THAT(info.message, ContainsSubstring("columns version varchar(128)"));
        CHECK_THAT(info.hint, ContainsSubstring("--table"));
    }
    SECTION("a view") {
        file.sql("CREATE VIEW schema_migrations AS SELECT 1 AS version, 0 AS dirty");
        CHECK_THAT(thrown([&] { (void)file.driver()->state(); }).message, ContainsSubstring("it is a view"));
    }
    SECTION("of the history") {
        file.sql("CREATE TABLE schema_migrations_history (id integer)");
        CHECK_THAT(thrown([&] { (void)file.driver()->state(); }).message,
                   ContainsSubstring("schema_migrations_history"));
    }
}

TEST_CASE("a failure in the middle of many keeps all before it, and nothing of itself or behind it",
          "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    std::vector<Step> steps = inserts(driver->dialect(), 40);
    steps[20] = up_step(21, "INSERT INTO t VALUES (100);\nCREATE TABLE u (id);\nINSERT INTO t VALUES (3);",
                        driver->dialect());
    Recorder recorder;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    CHECK(outcome.landed == 20);
    const ErrorInfo& info = failure(outcome);
    CHECK(info.code == Errc::Statement);
    CHECK(info.message == "UNIQUE constraint failed: t.id");
    CHECK(info.native_code == "SQLITE_CONSTRAINT_PRIMARYKEY");
    CHECK(info.where.version == "21");
    CHECK(info.where.statement == 3);
    CHECK(info.where.line == 3);
    CHECK(info.kept == Kept::Nothing);
    CHECK_THAT(info.state, ContainsSubstring("the database is at 20, clean"));
    CHECK(recorder.lines("land").size() == 20);
    CHECK(recorder.lines("start").size() == 21);
    CHECK(file.version() == "20|0");
    CHECK(file.sql("SELECT count(*), max(id) FROM t") == "19|20");
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'u'") == "0");
    CHECK(file.sql("SELECT count(*) FROM schema_migrations_history") == "20");
}

TEST_CASE("errors that end the whole transaction cost the steps before nothing", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    std::vector<Step> steps = inserts(dialect, 10);
    SECTION("ON CONFLICT ROLLBACK") {
        steps.push_back(up_step(11, "INSERT OR ROLLBACK INTO t VALUES (3);", dialect));
    }
    SECTION("RAISE(ROLLBACK)") {
        steps[4] =
            up_step(5,
                    "CREATE TABLE g (x);\nCREATE TRIGGER no BEFORE INSERT ON g BEGIN SELECT RAISE(ROLLBACK, "
                    "'not here'); END;",
                    dialect);
        steps.push_back(up_step(11, "INSERT INTO g VALUES (1);", dialect));
    }
    steps.push_back(up_step(12, "INSERT INTO t VALUES (12);", dialect));
    Recorder recorder;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    CHECK(outcome.landed == 10);
    CHECK(failure(outcome).where.version == "11");
    CHECK(failure(outcome).kept == Kept::Nothing);
    CHECK(file.version() == "10|0");
    CHECK(recorder.lines("start").size() == 11);
    CHECK(recorder.lines("statement").size() >= 10);
    CHECK(recorder.lines("land").size() == 10);
    land(*driver, {up_step(11, "INSERT INTO t VALUES (11);", dialect)});
}

TEST_CASE("a deferred foreign key is the failure of the step that violates it", "[sqlite]") {
    const File file;
    const auto driver = file.driver("_foreign_keys=1");
    const Dialect& dialect = driver->dialect();
    const Outcome outcome = apply(
        *driver,
        {up_step(1,
                 "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p REFERENCES p DEFERRABLE "
                 "INITIALLY DEFERRED);",
                 dialect),
         up_step(2, "INSERT INTO c VALUES (1);\nINSERT INTO p VALUES (1);", dialect),
         up_step(3, "INSERT INTO c VALUES (2);", dialect), up_step(4, "INSERT INTO p VALUES (2);", dialect)});
    CHECK(outcome.landed == 2);
    CHECK(failure(outcome).where.version == "3");
    CHECK(failure(outcome).message == "FOREIGN KEY constraint failed");
    CHECK_THAT(failure(outcome).detail, ContainsSubstring("row 2 of table c refers to a row that table p"));
    CHECK(file.version() == "2|0");
    CHECK(file.sql("SELECT count(*) FROM c") == "1");
}

TEST_CASE("stop is obeyed between steps, and what ran is kept", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    Recorder recorder;
    recorder.stop_when_landed = 1;
    DriverOptions options;
    options.batch = false;
    const auto single = file.driver("", options);
    const Outcome outcome = single->apply(inserts(driver->dialect(), 5), identity(), recorder);
    CHECK(outcome.stopped);
    CHECK(outcome.landed == 1);
    CHECK(file.version() == "1|0");
}

TEST_CASE("in a large file a step that may take long does not hold back those before it", "[sqlite]") {
    const File file;
    file.sql(
        "CREATE TABLE big (data); PRAGMA synchronous = OFF; INSERT INTO big VALUES (zeroblob(70000000))");
    class Looker final : public Recorder {
      public:
        explicit Looker(const File& file) : file_(file) {}
        void step_started(std::size_t step) override {
            if (step == 2) seen = file_.version();
        }
        std::string seen;

      private:
        const File& file_;
    };
    const auto driver = file.driver("_synchronous=OFF");
    const Dialect& dialect = driver->dialect();
    Looker looker(file);
    const std::vector<Step> steps{up_step(1, "CREATE TABLE t (id);", dialect),
                                  up_step(2, "INSERT INTO t VALUES (1);", dialect),
                                  up_step(3, "UPDATE t SET id = 2;", dialect)};
    CHECK(driver->apply(steps, identity(), looker).landed == 3);
    CHECK(looker.seen == "2|0");
    CHECK(file.version() == "3|0");
}

TEST_CASE("a step that takes long does not hold back those before it", "[sqlite]") {
    const std::string endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000) ";
    // an interrupted write takes the whole transaction with it, a read does not
    const std::string slow = GENERATE("SELECT count(*) FROM n;", "INSERT INTO t SELECT count(*) FROM n;");
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    /// Cancels the third step as soon as it is told of.
    class Canceller final : public Recorder {
      public:
        Canceller(const File& file, Driver& driver) : file_(file), driver_(driver) {}
        void step_started(std::size_t step) override {
            Recorder::step_started(step);
            if (step != 2) return;
            seen = file_.version();
            driver_.cancel();
        }
        std::string seen;

      private:
        const File& file_;
        Driver& driver_;
    };
    Canceller canceller(file, *driver);
    const std::vector<Step> steps{up_step(1, "CREATE TABLE t (id);", dialect),
                                  up_step(2, "INSERT INTO t VALUES (1);", dialect),
                                  up_step(3, endless + slow, dialect)};
    const Outcome outcome = driver->apply(steps, identity(), canceller);
    CHECK(canceller.seen == "2|0");
    CHECK(outcome.landed == 2);
    CHECK(failure(outcome).code == Errc::Interrupted);
    CHECK(file.sql("SELECT count(*) FROM t") == "1");
    CHECK(file.version() == "2|0");
}

TEST_CASE("a thousand small migrations share their commits", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const std::vector<Step> steps = inserts(driver->dialect(), 1000);
    /// How often what lies in the file moved on from one step to the next.
    class Counter final : public Recorder {
      public:
        explicit Counter(const File& file) : file_(file) {}
        void step_landed(std::size_t step, const StepResult& result) override {
            Recorder::step_landed(step, result);
            if (step % 10 != 0) return;
            const std::string now = file_.version();
            if (now != last_) ++commits;
            last_ = now;
        }
        int commits = 0;

      private:
        const File& file_;
        std::string last_;
    };
    Counter counter(file);
    CHECK(driver->apply(steps, identity(), counter).landed == 1000);
    CHECK(counter.commits < 100);
    CHECK(file.sql("SELECT count(*), max(id) FROM t") == "999|1000");
    CHECK(file.sql("SELECT count(*) FROM schema_migrations_history") == "1000");
}

TEST_CASE("golang-migrate's dirty row where its policy is asked for", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    land(*driver, {up_step(1, "CREATE TABLE t (id);", dialect)});
    Step step = up_step(2, "CREATE TABLE u (id);\nINSERT INTO nowhere VALUES (1);", dialect);
    step.dirty_policy = DirtyPolicy::Always;
    const Outcome outcome = apply(*driver, {step});
    CHECK(failure(outcome).message == "no such table: nowhere");
    CHECK(failure(outcome).kept == Kept::Nothing);
    CHECK(file.version() == "2|1");
    CHECK(file.history() == "1 up applied 1/1 1\n2 up failed 0/2 2");
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'u'") == "0");
}

TEST_CASE("whoever moves the version while a run is under way is noticed", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    land(*driver, {up_step(1, "CREATE TABLE t (id);", dialect)});
    (void)driver->state();
    file.sql("UPDATE schema_migrations SET version = 2");
    const auto info = thrown([&] { (void)apply(*driver, {up_step(2, "CREATE TABLE u (id);", dialect)}); });
    CHECK(info.code == Errc::Validation);
    CHECK_THAT(info.message,
               ContainsSubstring("was at 1, clean when this run looked, and is at 2, clean now"));
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'u'") == "0");
    CHECK(file.version() == "2|0");
    land(*driver, {up_step(3, "CREATE TABLE u (id);", dialect)});
}

TEST_CASE("a script that nobody has split is run whole", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    land(*driver, {whole_step(1, "CREATE TABLE t (id);\nINSERT INTO t VALUES (';');\n-- end", dialect)});
    CHECK(file.sql("SELECT id FROM t") == ";");
    const Outcome outcome =
        apply(*driver, {whole_step(2, "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES ('x", dialect)});
    CHECK(failure(outcome).message == "unrecognized token: \"'x\"");
    CHECK(failure(outcome).where.line == 2);
    CHECK(file.sql("SELECT count(*) FROM t") == "1");
    const Outcome nul = apply(*driver, {whole_step(2, std::string("SELECT 1;\0DROP TABLE t;", 23), dialect)});
    CHECK_THAT(failure(nul).message, ContainsSubstring("NUL"));
}
