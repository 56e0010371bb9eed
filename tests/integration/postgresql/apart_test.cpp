#include <thread>

#include "catch.hpp"
#include "database.hpp"
#include "postgresql/apart.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// Statements that refuse transactions, behind one that is done.
class Bench {
  public:
    Bench() {
        if (!database.ok()) return;
        database.sql("CREATE TABLE i (x int); INSERT INTO i VALUES (1), (1)");
    }

    [[nodiscard]] bool ok() const noexcept { return database.ok(); }

    /// A run whose session is ended in the second statement: the intent stands, one statement is done.
    void cut_off() {
        const Outcome outcome = apply("SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());", 0);
        REQUIRE(outcome.failure);
        REQUIRE(database.history().starts_with("1 up started 1/2"));
    }

    Outcome resume(const std::string& statement) { return apply("SELECT 1;\n" + statement, 1); }

    Outcome apply(const std::string& script, std::size_t resume_at) {
        const auto driver = database.driver();
        driver->state();
        std::vector<Step> steps{up_step(1, "-- godwit: no-transaction\n" + script, driver->dialect())};
        steps[0].resume_at = resume_at;
        return driver->apply(steps, identity(), recorder);
    }

    /// What a build that broke off leaves.
    void leave_invalid(const std::string& name) {
        database.sql("CREATE INDEX " + name + " ON i (x)");
        database.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '" + name + "'::regclass");
    }

    /// "name|valid", sorted.
    std::string indexes() {
        return database.sql(
            "SELECT c.relname, indisvalid FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid "
            "= 'i'::regclass ORDER BY 1");
    }

    Database database;
    Recorder recorder;
};

}  // namespace

TEST_CASE("an index without a name is told by when it came", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    const std::string statement = "CREATE INDEX CONCURRENTLY ON i (x);";
    SECTION("INVALID since the cut: built again") {
        bench.cut_off();
        bench.leave_invalid("i_x_idx");
        REQUIRE(bench.resume(statement).landed == 1);
        CHECK(bench.indexes() == "i_x_idx|t");
    }
    SECTION("INVALID, through a second cut before anything was mended") {
        bench.cut_off();
        bench.leave_invalid("i_x_idx");
        REQUIRE(bench.resume("SELECT pg_terminate_backend(pg_backend_pid());").failure);
        REQUIRE(bench.resume(statement).landed == 1);
        CHECK(bench.indexes() == "i_x_idx|t");
    }
    SECTION("valid since the cut: done") {
        bench.cut_off();
        bench.database.sql("CREATE INDEX ON i (x)");
        REQUIRE(bench.resume(statement).landed == 1);
        CHECK(bench.indexes() == "i_x_idx|t");
    }
    SECTION("older than the cut: somebody else's") {
        bench.leave_invalid("i_x_idx");
        bench.cut_off();
        REQUIRE(bench.resume(statement).landed == 1);
        CHECK(bench.indexes() == "i_x_idx|f\ni_x_idx1|t");
    }
    SECTION("a failure leaves nothing") {
        const Outcome outcome = bench.apply("CREATE UNIQUE INDEX CONCURRENTLY ON i (x);", 0);
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().sqlstate == "23505");
        CHECK(outcome.failure->info().kept == Kept::Nothing);
        CHECK(bench.indexes().empty());
    }
}

TEST_CASE("an INVALID index that a failure could not clear away is dropped by the next run", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    auto& database = bench.database;
    database.sql(
        "CREATE FUNCTION keep() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;"
        "CREATE EVENT TRIGGER keep ON ddl_command_start WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION keep()");
    const std::string name = GENERATE("", "i_x_idx ");
    const std::size_t done = GENERATE(0U, 1U);
    const std::string script =
        std::string(done > 0 ? "SELECT 1;\n" : "") + "CREATE UNIQUE INDEX CONCURRENTLY " + name + "ON i (x);";

    const Outcome outcome = bench.apply(script, 0);
    REQUIRE(outcome.failure);
    const ErrorInfo& info = outcome.failure->info();
    CHECK(info.sqlstate == "23505");
    CHECK(info.kept == Kept::Part);
    CHECK_THAT(info.state, ContainsSubstring("an INVALID index"));
    CHECK_THAT(info.next, ContainsSubstring("godwit up"));
    CHECK(bench.indexes() == "i_x_idx|f");
    CHECK(database.version() == "1|t");

    SECTION("at once") {}
    SECTION("after another try that cannot either") {
        const Outcome again = bench.apply(script, done);
        REQUIRE(again.failure);
        CHECK(again.failure->info().message == "no room");
        CHECK(again.failure->info().kept == Kept::Part);
    }
    SECTION("after another try that fails before it") {
        REQUIRE(bench.apply("-- godwit: timeout 800h\n" + script, done).failure);
    }
    database.sql("DROP EVENT TRIGGER keep");
    database.sql("TRUNCATE i");
    REQUIRE(bench.apply(script, done).landed == 1);
    CHECK(bench.indexes() == "i_x_idx|t");
    CHECK(database.version() == "1|f");
}

TEST_CASE("an INVALID index that a try could not clear away is dropped by the next try", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    bench.database.sql(
        "CREATE SEQUENCE built; CREATE SEQUENCE dropped;"
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF nextval('built') = 1 "
        "THEN RAISE 'busy' USING ERRCODE = 'lock_not_available'; END IF; RETURN $1; END $$;"
        "CREATE FUNCTION keep() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('dropped') = 1 "
        "THEN RAISE 'busy'; END IF; END $$;"
        "CREATE EVENT TRIGGER keep ON ddl_command_start WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION keep()");
    const Outcome outcome = bench.apply("-- godwit: retry 2\nCREATE INDEX CONCURRENTLY ON i (f(x));", 0);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(bench.indexes() == "i_f_idx|t");
}

TEST_CASE("an INVALID index that another session is building is waited for", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    bench.leave_invalid("ix");
    bench.database.sql("BEGIN; LOCK TABLE i IN SHARE UPDATE EXCLUSIVE MODE");
    Outcome outcome;
    std::thread other(
        [&] { outcome = bench.apply("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON i (x);", 0); });
    while (bench.database.sql(
               "SELECT count(*) FROM pg_locks WHERE relation = 'i'::regclass AND NOT granted") == "0")
        std::this_thread::yield();
    const std::string built = bench.database.sql("SELECT 'ix'::regclass::oid");
    bench.database.sql("UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'ix'::regclass");
    bench.database.sql("COMMIT");
    other.join();
    CHECK(outcome.landed == 1);
    CHECK(bench.indexes() == "ix|t");
    CHECK(bench.database.sql("SELECT 'ix'::regclass::oid") == built);
}

TEST_CASE("REINDEX CONCURRENTLY runs again and takes its leftovers along", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    bench.database.sql("CREATE INDEX ix ON i (x)");
    bench.leave_invalid("older_ccnew");
    bench.cut_off();
    bench.leave_invalid("ix_ccnew");
    bench.leave_invalid("ix_ccold1");
    bench.leave_invalid("unrelated");
    REQUIRE(bench.resume("REINDEX (VERBOSE) INDEX CONCURRENTLY ix;").landed == 1);
    CHECK(bench.indexes() == "ix|t\nolder_ccnew|f\nunrelated|f");
}

TEST_CASE("ALTER TABLE DETACH PARTITION CONCURRENTLY is brought to its end", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    auto& database = bench.database;
    database.sql(
        "CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)");
    const std::string statement = "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;";
    bench.cut_off();
    SECTION("that had not begun") {}
    SECTION("that stopped between its two transactions") {
        database.sql("UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'p1'::regclass");
    }
    SECTION("that had finished") {
        database.sql("ALTER TABLE p DETACH PARTITION p1");
    }
    const Outcome outcome = bench.resume(statement);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql("SELECT count(*) FROM pg_inherits") == "0");
    CHECK(database.version() == "1|f");
}

TEST_CASE("whole databases: there already after a cut is done, otherwise an error", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    const std::string made = bench.database.name() + "_made";
    const std::string create = "CREATE DATABASE " + made + ";";
    const std::string drop = "DROP DATABASE " + made + ";";
    SECTION("after a cut") {
        bench.cut_off();
        bench.database.sql(create);
        CHECK(bench.resume(create).landed == 1);
        bench.database.sql(drop);
    }
    SECTION("dropped before the cut") {
        bench.cut_off();
        CHECK(bench.resume(drop).landed == 1);
    }
    SECTION("without a cut") {
        bench.database.sql(create);
        const Outcome outcome = bench.apply("SELECT 1;\n" + create, 0);
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().sqlstate == "42P04");
        bench.database.sql(drop);
    }
}

TEST_CASE("what may simply run again", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    // the reset of what was never set: the server belongs to all tests
    const auto* statement =
        GENERATE("VACUUM i;", "VACUUM (FULL, ANALYZE) i;", "ALTER SYSTEM RESET deadlock_timeout;",
                 "REINDEX TABLE CONCURRENTLY i;", "DROP INDEX CONCURRENTLY gone;");
    CAPTURE(statement);
    bench.cut_off();
    const Outcome outcome = bench.resume(statement);
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(bench.database.history().ends_with("\n1 up applied 2/2 1"));
}

TEST_CASE("ALTER TYPE ADD VALUE is in the transaction of its migration", "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    auto& database = bench.database;
    database.sql("CREATE TYPE e AS ENUM ('one')");
    const auto driver = database.driver();
    const auto run = [&](const std::string& script) {
        const std::vector<Step> steps{up_step(1, script, driver->dialect())};
        return driver->apply(steps, identity(), bench.recorder);
    };
    const auto labels = [&] { return database.sql("SELECT enum_range(NULL::e)"); };
    SECTION("and goes with it") {
        REQUIRE(run("ALTER TYPE e ADD VALUE 'two';\nSELECT 1 / 0;").failure);
        CHECK(labels() == "{one}");
        CHECK(run("ALTER TYPE e ADD VALUE 'two';").landed == 1);
        CHECK(labels() == "{one,two}");
    }
    SECTION("where the value cannot be used yet, which the error explains") {
        const Outcome outcome = run("ALTER TYPE e ADD VALUE 'two';\nSELECT 'two'::e;");
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().sqlstate == "55P04");
        CHECK(outcome.failure->info().hint.find("-- godwit: no-transaction") != std::string::npos);
        CHECK(labels() == "{one}");
    }
    SECTION("and without one can be used behind it") {
        REQUIRE(run("-- godwit: no-transaction\nALTER TYPE e ADD VALUE 'two';\nSELECT 'two'::e;").landed ==
                1);
        CHECK(labels() == "{one,two}");
    }
}

TEST_CASE("a statement that is left out counts as done, so that the one in question is the right one",
          "[postgresql]") {
    Bench bench;
    if (!bench.ok()) return;
    REQUIRE(bench
                .apply("SELECT 0;\n-- godwit: skip-if SELECT true\nSELECT 1;\nSELECT "
                       "pg_terminate_backend(pg_backend_pid());",
                       0)
                .failure);
    CHECK(bench.database.history().starts_with("1 up started 2/3"));
}

TEST_CASE("the partition that is detached concurrently", "[postgresql]") {
    const auto shown = [](std::string_view sql) {
        const auto detach = postgresql::concurrent_detach(sql);
        return detach ? detach->parent + " " + detach->child : "-";
    };
    CHECK(shown("ALTER TABLE p DETACH PARTITION c CONCURRENTLY") == "p c");
    CHECK(shown("alter table if exists only \"a.b\".p detach /* x */ partition s.c concurrently") ==
          "\"a.b\".p s.c");
    CHECK(shown("ALTER TABLE p DETACH PARTITION c") == "-");
    CHECK(shown("ALTER TABLE p DETACH PARTITION c FINALIZE") == "-");
    CHECK(shown("ALTER TABLE p ADD COLUMN c int") == "-");
}
