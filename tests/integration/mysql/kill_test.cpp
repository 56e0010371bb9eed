#include <chrono>
#include <thread>

#include "catch.hpp"
#include "database.hpp"
#include "godwit/url.hpp"
#include "mysql/driver.hpp"
#include "mysql/ledger.hpp"
#include "mysql/url.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// The session that works on a database, as another one sees it; waits for a statement of it.
std::string session_running(Database& database, const std::string& text) {
    // a server may show the rest of the packet: what is looked for must stand in its first statement
    for (int i = 0; i < 1000; ++i) {
        const std::string id = database.sql(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO REGEXP '^[^;]*" +
            text + "' AND ID <> CONNECTION_ID()");
        if (!id.empty()) return id;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("nobody runs " << text);
    return "";
}

/// Cancels on a thread of its own, a while after the step was announced.
class CancelLater : public Recorder {
  public:
    CancelLater(Driver& driver, std::chrono::microseconds after) : driver_(driver), after_(after) {}
    void step_started(std::size_t step) override {
        Recorder::step_started(step);
        thread_ = std::jthread([this] {
            std::this_thread::sleep_for(after_);
            driver_.cancel();
        });
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

  private:
    Driver& driver_;
    std::chrono::microseconds after_;
    std::jthread thread_;
};

/// Kills what a session of the server runs, again and again, until its own end.
class KillStorm {
  public:
    KillStorm(const Database& database, const std::string& id)
        : connection_(mysql_init(nullptr), &mysql_close), kill_("KILL QUERY " + id) {
        REQUIRE(mysql_real_connect(connection_.get(), database.host().c_str(), "root",
                                   database.password().c_str(), nullptr, database.port(), nullptr,
                                   0) != nullptr);
        thread_ = std::jthread([this](const std::stop_token& stop) {
            for (unsigned pause = 1; !stop.stop_requested(); pause = pause * 31 % 997) {
                mysql_query(connection_.get(), kill_.c_str());
                std::this_thread::sleep_for(std::chrono::microseconds(pause / 3));
            }
        });
    }

  private:
    std::unique_ptr<MYSQL, decltype(&mysql_close)> connection_;
    std::string kill_;
    std::jthread thread_;  ///< last: it uses the others
};

/// False where it was killed.
bool runs(mysql::Connection& connection, const std::string& sql) {
    try {
        connection.query(sql);
        return true;
    } catch (const Error& error) {
        if (error.info().native_code != "1317") throw;
        return false;
    }
}

/// Each change to t writes to log.
void make_triggered_table(Database& database) {
    database.sql("CREATE TABLE t (id int, x int); CREATE TABLE log (x int); INSERT INTO t VALUES (1, 0)");
    database.sql("CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW INSERT INTO log VALUES (NEW.x * 10)");
}

/// Kills a session while it opens t, until the server has kept t with a trigger that it could not read. False
/// where that does not come.
bool leave_trigger_unread(Database& database) {
    mysql::Connection victim(mysql::read_target(Url::parse(database.url()), options()), {}, Milliseconds(0));
    victim.open();
    const KillStorm storm(database, std::to_string(victim.facts().id));
    bool unread = false;
    for (int i = 0; i < 20'000 && !unread; ++i) {
        database.sql("FLUSH LOCAL TABLES t");
        try {
            runs(victim, "UPDATE t SET x = x WHERE id = 1");
            runs(victim, "UPDATE t SET x = x WHERE id = 1");
        } catch (const Error& error) {
            if (error.info().native_code != "1064") throw;
            unread = true;
        }
    }
    database.sql("DELETE FROM log");
    return unread;
}

/// Cancels within the first step, on the thread that works: the server is mostly done with what it was sent.
class CancelNow : public Recorder {
  public:
    explicit CancelNow(Driver& driver) : driver_(driver) {}
    void step_started(std::size_t step) override {
        Recorder::step_started(step);
        if (step == 0) driver_.cancel();
    }

  private:
    Driver& driver_;
};

}  // namespace

// MariaDB calls a DELETE with a condition a success that was killed before its first row.
TEST_CASE("whatever is killed, no version stands beside another one", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    mysql::Connection connection(mysql::read_target(Url::parse(database.url()), options()), {},
                                 Milliseconds(0));
    connection.open();
    mysql::Ledger ledger(connection, false);
    ledger.create();
    const KillStorm storm(database, std::to_string(connection.facts().id));
    int killed = 0;
    for (std::uint64_t version = 1; version <= 1500; ++version) {
        bool all = runs(connection, "START TRANSACTION");
        for (const std::string& sql : ledger.set_version(Version::of(version), false))
            all = all && runs(connection, sql);
        while (!runs(connection, all ? "COMMIT" : "ROLLBACK"))
            all = false;
        killed += all ? 0 : 1;
        REQUIRE(database.sql("SELECT COUNT(*) <= 1 FROM schema_migrations") == "1");
    }
    CHECK(killed > 0);
}

// MariaDB keeps a table open, for every session, whose trigger it could not read because that statement was
// killed.
TEST_CASE("a trigger that a KILL has left unread is read again", "[mysql]") {
    Database database(Product::MariaDb);
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const std::string script = GENERATE(values<std::string>(
        {"UPDATE t SET x = x + 1;\nINSERT INTO log VALUES (2);",
         "INSERT INTO log VALUES (2);\nUPDATE t SET x = x + 1;",
         "CREATE TABLE u (x int);\nUPDATE t SET x = x + 1;\nINSERT INTO log VALUES (2);",
         "-- godwit: timeout 9s\nUPDATE t SET x = x + 1;\nINSERT INTO log VALUES (2);",
         "-- godwit: no-transaction\nUPDATE t SET x = x + 1;\nINSERT INTO log VALUES (2);"}));
    CAPTURE(given.batch, script);
    make_triggered_table(database);
    const auto driver = database.driver("", given);
    const std::vector<Step> steps{up_step(1, "INSERT INTO log VALUES (1);", driver->dialect()),
                                  up_step(2, script, driver->dialect()),
                                  up_step(3, "INSERT INTO log VALUES (3);", driver->dialect())};
    if (!leave_trigger_unread(database)) {
        WARN("SKIPPED: this server reads every trigger whole");
        return;
    }
    Recorder recorder;
    apply_all(*driver, steps, recorder);
    CHECK(database.sql("SELECT x FROM t") == "1");
    CHECK(database.sql("SELECT GROUP_CONCAT(x ORDER BY x) FROM log") == "1,2,3,10");
    CHECK(database.version() == "3|0");
}

TEST_CASE("a trigger that a KILL has left unread is told to who may not FLUSH", "[mysql]") {
    Database database(Product::MariaDb);
    if (!database.ok()) return;
    make_triggered_table(database);
    const auto driver =
        database.driver("", options(), database.user("_k", "ALL ON `" + database.name() + "`.*"));
    const std::vector<Step> steps{up_step(1, "UPDATE t SET x = x + 1;", driver->dialect())};
    if (!leave_trigger_unread(database)) {
        WARN("SKIPPED: this server reads every trigger whole");
        return;
    }
    Recorder recorder;
    const ErrorInfo told = apply_failure(*driver, steps, recorder);
    CHECK_THAT(told.hint, ContainsSubstring("RELOAD"));
    CHECK(told.next.starts_with("run FLUSH TABLES as a user with the right RELOAD, then: "));
    CHECK(told.kept == Kept::Nothing);
    database.sql("FLUSH TABLES");
    apply_all(*driver, steps, recorder);
}

TEST_CASE("a DELETE that was cancelled is not taken for done", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string script = GENERATE(values<std::string>(
        {"DELETE FROM t WHERE x = 1;", "INSERT INTO t VALUES (9); DELETE FROM t WHERE x IN (1, 9);",
         "-- godwit: timeout 9s\nDELETE FROM t WHERE x = 1;",
         "CREATE TABLE u (x int);\nDELETE FROM t WHERE x = 1;",
         "-- godwit: no-transaction\nDELETE FROM t WHERE x = 1;"}));
    CAPTURE(script);
    database.sql("CREATE TABLE t (x int PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    const auto driver = database.driver();
    CancelNow recorder(*driver);
    const Step step = up_step(1, script, driver->dialect());
    const Outcome outcome = driver->apply({&step, 1}, identity(), recorder);
    const bool there = database.sql("SELECT COUNT(*) FROM t WHERE x = 1") == "1";
    CHECK(outcome.failure.has_value() == (outcome.landed == 0));
    CHECK(there == outcome.failure.has_value());
    if (database.mariadb()) REQUIRE(outcome.failure);
    if (!outcome.failure) return;
    const ErrorInfo& info = outcome.failure->info();
    CAPTURE(info.message, info.state);
    CHECK((info.code == Errc::Interrupted || info.code == Errc::Connect));
    CHECK_FALSE(info.state.empty());
    const auto again = database.driver();
    const auto newest = again->history(1);
    Step rest = up_step(1, script, driver->dialect());
    if (!newest.empty()) rest.resume_at = newest.front().statements_done;
    Recorder quiet;
    REQUIRE(again->apply({&rest, 1}, identity(), quiet).landed == 1);
    CHECK(database.sql("SELECT x FROM t") == "2");
}

TEST_CASE("cancel stops the running statement", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    database.sql("CREATE TABLE there (x int); INSERT INTO there VALUES (1)");
    const auto driver = database.driver();
    struct Case {
        std::string script;
        std::string version;
    };
    const auto test =
        GENERATE(values<Case>({{"SELECT COUNT(*) FROM information_schema.COLUMNS WHERE SLEEP(100) = 0;", ""},
                               {"DELETE FROM there WHERE x = SLEEP(100);", ""},
                               {"CREATE TABLE done (x int); INSERT INTO done SELECT 1 FROM "
                                "information_schema.COLUMNS WHERE SLEEP(100) = 0; "
                                "CREATE TABLE behind (x int);",
                                "1|1"},
                               {"-- godwit: no-transaction\nSELECT 1; SELECT COUNT(*) FROM "
                                "information_schema.COLUMNS WHERE SLEEP(100) = 0;",
                                "1|1"}}));
    CAPTURE(test.script);
    std::jthread canceller([&] {
        session_running(database, "SLEEP.100.");
        driver->cancel();
    });
    Recorder recorder;
    const ErrorInfo info = apply_failure(
        *driver, {up_step(1, test.script, driver->dialect()), up_step(2, "SELECT 2;", driver->dialect())},
        recorder);
    canceller.join();
    CHECK(recorder.lines("land").empty());
    CHECK(info.code == Errc::Interrupted);
    CHECK(info.native_code == "1317");
    CHECK(info.sqlstate == "70100");
    if (info.kept == Kept::Nothing) CHECK_FALSE(info.next.empty());
    CHECK(database.sql("SHOW TABLES LIKE 'behind'").empty());
    CHECK(database.version() == test.version);
    // nothing is left of it for the next statement
    CHECK(driver->state().has_version_table);
}

TEST_CASE("a definition that took effect although it was cancelled counts as done", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    for (std::uint64_t round = 1; round <= 12; ++round) {
        INFO("round " << round << (database.mariadb() ? ", MariaDB" : ", MySQL"));
        database.sql("CREATE PROCEDURE p() SELECT 1");
        const auto driver = database.driver();
        CancelLater recorder(*driver, std::chrono::microseconds(round * 100));
        Step step = up_step(round, "DROP PROCEDURE p;", driver->dialect());
        driver->state();
        const Outcome outcome = driver->apply({&step, 1}, identity(), recorder);
        recorder.join();
        if (!outcome.failure) continue;
        const ErrorInfo& info = outcome.failure->info();
        INFO(info.message << "; " << info.state);
        const bool gone = database.sql("SHOW PROCEDURE STATUS WHERE Db = DATABASE()").empty();
        // a cancel that comes between two statements may end the session: then the next run finds out
        REQUIRE((info.code == Errc::Interrupted || info.code == Errc::Connect));
        if (info.code == Errc::Interrupted) REQUIRE(info.kept == (gone ? Kept::All : Kept::Nothing));
        const auto again = database.driver();
        again->state();
        const auto newest = again->history(1);
        const bool begun = !newest.empty() && newest.front().version == std::to_string(round);
        if (begun && newest.front().state == HistoryState::Applied) continue;
        step.resume_at = begun ? newest.front().statements_done : 0;
        if (begun && newest.front().state == HistoryState::Started && step.resume_at == 0) {
            const auto found = again->effect_of(newest.front(), step.script);
            REQUIRE(found);
            REQUIRE(found->effect == (gone ? Effect::Taken : Effect::None));
            step.resume_at = gone ? 1 : 0;
        }
        Recorder quiet;
        REQUIRE(again->apply({&step, 1}, identity(), quiet).landed == 1);
    }
}

TEST_CASE("cancel ends a bare SLEEP at once", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const std::string script = GENERATE("SELECT SLEEP(100);", "DO SLEEP(100);");
    CAPTURE(script);
    std::jthread canceller([&] {
        session_running(database, "SLEEP.100.");
        driver->cancel();
    });
    Recorder recorder;
    const auto before = std::chrono::steady_clock::now();
    const Outcome outcome =
        driver->apply(std::vector<Step>{up_step(1, script, driver->dialect())}, identity(), recorder);
    canceller.join();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
    // either may let SLEEP return 1 and call the statement a success, or never answer
    const bool answered = !outcome.failure || outcome.failure->code() != Errc::Connect;
    if (outcome.failure && answered) CHECK(outcome.failure->info().native_code == "1317");
    if (answered) CHECK(database.version() == (outcome.failure ? "" : "1|0"));
}

// A KILL between two statements of a packet leaves both sides waiting for each other.
TEST_CASE("a cancel ends every packet", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    std::string script;
    for (int i = 0; i < 200; ++i)
        script += "SELECT 1;\n";
    auto driver = database.driver();
    std::uint64_t version = 1;
    int cut = 0;
    for (int round = 0; round < 25; ++round) {
        CancelLater recorder(*driver, std::chrono::microseconds(round * 137 % 3000));
        const auto before = std::chrono::steady_clock::now();
        const Outcome outcome = driver->apply(std::vector<Step>{up_step(version, script, driver->dialect())},
                                              identity(), recorder);
        recorder.join();
        REQUIRE(std::chrono::steady_clock::now() - before < std::chrono::seconds(15));
        cut += outcome.failure ? 1 : 0;
        if (!outcome.failure) ++version;
        const bool lost = outcome.failure && outcome.failure->code() == Errc::Connect;
        if (lost) driver = database.driver();
    }
    CHECK(cut > 0);
}

TEST_CASE("nothing of a script is sent behind a cancel", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    // each goes in a packet of its own
    const std::string script =
        GENERATE("/*!40101 SET @a = SLEEP(100) */; CREATE TABLE behind (x int);",
                 "-- godwit: timeout 90s\nDO SLEEP(100); CREATE TABLE behind (x int);",
                 "-- godwit: timeout 90s\nDO SLEEP(100); INSERT INTO there VALUES (1);");
    CAPTURE(script);
    database.sql("CREATE TABLE there (x int)");
    std::jthread canceller([&] {
        session_running(database, "SLEEP.100.");
        driver->cancel();
    });
    Recorder recorder;
    const ErrorInfo info = apply_failure(*driver, {up_step(1, script, driver->dialect())}, recorder);
    canceller.join();
    CHECK(info.code == Errc::Interrupted);
    CHECK(database.sql("SHOW TABLES LIKE 'behind'").empty());
    CHECK(database.sql("SELECT COUNT(*) FROM there") == "0");
    // the next run is not cancelled any more
    apply_all(*driver, {up_step(1, "SELECT 1;", driver->dialect())}, recorder);
}

TEST_CASE("cancel when nothing runs does nothing", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto unopened = mysql::open(Url::parse(database.url()), options());
    unopened->cancel();
    const auto driver = database.driver();
    driver->cancel();
    CHECK_FALSE(driver->state().version);
}

TEST_CASE("a session that is ended under a step", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    struct Case {
        std::string script;
        std::string version;
        std::string row;  ///< of the history
    };
    const auto test = GENERATE(values<Case>({
        {"INSERT INTO kept VALUES (SLEEP(100));", "1|0", "1 up applied 1/1 1"},
        {"INSERT INTO kept VALUES (1); INSERT INTO kept VALUES (SLEEP(100));", "1|0", "1 up applied 1/1 1"},
        {"-- godwit: no-transaction\nINSERT INTO kept VALUES (1); INSERT INTO kept VALUES (SLEEP(100));",
         "2|1", "2 up started 1/2 2"},
        {"-- godwit: transaction\nINSERT INTO kept VALUES (1); INSERT INTO kept VALUES (SLEEP(100));", "1|0",
         "1 up applied 1/1 1"},
        {"-- godwit: retry 2\nINSERT INTO kept VALUES (1); INSERT INTO kept VALUES (SLEEP(100));", "1|0",
         "1 up applied 1/1 1"},
        {"CREATE TABLE half (x int); SELECT SLEEP(100); CREATE TABLE behind (x int);", "2|1",
         "2 up started 1/3 2"},
        {"CREATE TABLE half AS SELECT SLEEP(100);", "2|1", "2 up started 0/1 2"},
        {"BEGIN; INSERT INTO kept VALUES (1); COMMIT; SELECT SLEEP(100);", "2|1", "2 up started 3/4 2"},
        {"SET @x = 1; SELECT SLEEP(100); INSERT INTO kept VALUES (@x);", "1|0", "1 up applied 1/1 1"},
    }));
    CAPTURE(test.script, given.batch);
    const auto driver = database.driver("", given);
    const auto lock = driver->lock(Deadline::in(Milliseconds(0)), nullptr);
    std::vector<Step> steps;
    steps.push_back(up_step(1, "CREATE TABLE kept (x int);", driver->dialect()));
    steps.push_back(up_step(2, test.script, driver->dialect()));
    steps.push_back(up_step(3, "SELECT 3;", driver->dialect()));
    std::jthread killer([&] { database.sql("KILL " + session_running(database, "SLEEP.100.")); });
    Recorder recorder;
    std::optional<ErrorInfo> info;
    try {
        info = apply_failure(*driver, steps, recorder);
    } catch (...) {
        killer.join();
        throw;
    }
    killer.join();
    CAPTURE(info->message, info->state, info->next, info->native_code);
    CHECK(recorder.lines("land").size() == 1);
    CHECK(info->code == Errc::Connect);
    CHECK(info->kept == Kept::Unknown);
    CHECK(info->where.version == "2");
    CHECK_FALSE(info->state.empty());
    CHECK_THAT(info->next, ContainsSubstring("godwit"));
    CHECK(database.version() == test.version);
    const std::string history = database.history();
    CHECK(history.substr(history.rfind('\n') + 1) == test.row);
    CHECK(database.sql("SELECT COUNT(*) FROM kept") ==
          (test.row == "2 up started 3/4 2" || test.row == "2 up started 1/2 2" ? "1" : "0"));
    CHECK_THROWS_AS(driver->state(), Error);
    // and another one can work at once
    CHECK(database.driver()->lock(Deadline::in(Milliseconds(5000)), nullptr) != nullptr);
}

TEST_CASE("a session that is ended between runs", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    Recorder recorder;
    apply_all(*driver, {up_step(1, "CREATE TABLE kept (x int);", driver->dialect())}, recorder);
    const std::string id = database.sql(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()");
    database.sql("KILL " + id);
    try {
        const Outcome outcome = driver->apply(std::vector<Step>{up_step(2, "SELECT 1;", driver->dialect())},
                                              identity(), recorder);
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->code() == Errc::Connect);
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Connect);
    }
    CHECK(database.version() == "1|0");
}

TEST_CASE("a session that is ended in steps that share a commit keeps what it called landed", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    database.sql("CREATE TABLE t (x int)");
    std::vector<Step> steps;
    for (int i = 1; i <= 40; ++i)
        steps.push_back(up_step(static_cast<std::uint64_t>(i),
                                i == 30 ? "INSERT INTO t VALUES (SLEEP(100));"
                                        : "INSERT INTO t VALUES (" + std::to_string(i) + ");",
                                driver->dialect()));
    std::jthread killer([&] { database.sql("KILL " + session_running(database, "SLEEP.100.")); });
    Recorder recorder;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    killer.join();
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->code() == Errc::Connect);
    CHECK(outcome.landed == recorder.lines("land").size());
    const std::string landed = std::to_string(outcome.landed);
    CHECK(database.version() == landed + "|0");
    CHECK(database.sql("SELECT COUNT(*), COUNT(DISTINCT x) FROM t") == landed + "|" + landed);
    CHECK(database.sql("SELECT COUNT(*) FROM schema_migrations_history WHERE state = 'applied'") == landed);
    // the next run does the rest
    const auto again = database.driver();
    const auto lock = again->lock(Deadline::in(Milliseconds(5000)), nullptr);
    steps[29] = up_step(30, "INSERT INTO t VALUES (30);", driver->dialect());
    apply_all(*again, {steps.begin() + static_cast<std::ptrdiff_t>(outcome.landed), steps.end()}, recorder);
    CHECK(database.sql("SELECT COUNT(*), COUNT(DISTINCT x) FROM t") == "40|40");
}

TEST_CASE("steps that share a commit and lose it to a deadlock are run again one by one", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    database.sql(
        "CREATE TABLE d (id int PRIMARY KEY, x int); INSERT INTO d SELECT 1, 0 UNION SELECT 2, 0; CREATE "
        "TABLE "
        "heavy (x int)");
    std::vector<Step> steps;
    for (std::uint64_t i = 1; i <= 7; ++i)
        steps.push_back(up_step(i, "SELECT 1;", driver->dialect()));
    steps.push_back(up_step(8, "INSERT INTO d VALUES (8, 8);", driver->dialect()));
    steps.push_back(up_step(9, "UPDATE d SET x = x + 1 WHERE id = 1;", driver->dialect()));
    steps.push_back(
        up_step(10, "UPDATE d SET x = x + 1 WHERE id = 2 AND 'waits' = 'waits';", driver->dialect()));
    // the session that has changed less is the one that gives way
    database.sql(
        "BEGIN; UPDATE d SET x = x + 10 WHERE id = 2; INSERT INTO heavy SELECT 1 FROM "
        "information_schema.COLUMNS LIMIT 500");
    std::jthread other([&] {
        session_running(database, "waits");
        database.sql("UPDATE d SET x = x + 10 WHERE id = 1; COMMIT");
    });
    Recorder recorder;
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    other.join();
    if (outcome.failure) FAIL(outcome.failure->what());
    CHECK(database.sql("SELECT id, x FROM d ORDER BY id") == "1|11\n2|11\n8|8");
    CHECK(database.version() == "10|0");
    CHECK(recorder.lines("land").size() == 10);
    CHECK(database.sql("SELECT COUNT(*) FROM schema_migrations_history") == "10");
}

TEST_CASE("progress is in the ledger while a script runs", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const auto driver = database.driver("", given);
    std::string version;
    std::string history;
    std::jthread watcher([&] {
        const std::string id = session_running(database, "SLEEP.100.");
        version = database.version();
        history = database.history();
        database.sql("KILL QUERY " + id);
    });
    Recorder recorder;
    const std::vector<Step> steps{
        up_step(1, "SELECT 1;", driver->dialect()),
        up_step(
            2,
            "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nCREATE TABLE b "
            "(x int);\n"
            "CREATE TABLE c AS SELECT COUNT(*) AS n FROM information_schema.COLUMNS WHERE SLEEP(100) = 0;",
            driver->dialect())};
    const Outcome outcome = driver->apply(steps, identity(), recorder);
    watcher.join();
    CHECK(outcome.failure);
    CHECK(version == "2|1");
    CHECK(history == "1 up applied 1/1 1\n2 up started 4/5 2");
    CHECK(database.history() == "1 up applied 1/1 1\n2 up failed 4/5 2");
}

TEST_CASE("a time-out ends every kind of statement", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string rows = "SELECT COUNT(*) AS n FROM information_schema.COLUMNS WHERE SLEEP(100) = 0";
    const std::string statement =
        GENERATE_COPY(as<std::string>{}, rows, "INSERT INTO t " + rows, "CREATE TABLE late AS " + rows,
                      "UPDATE t SET x = 1 WHERE SLEEP(100) = 0");
    const std::string way = GENERATE("option", "url", "-- godwit: timeout 300ms\n");
    CAPTURE(statement, way);
    database.sql("CREATE TABLE t (x int); INSERT INTO t VALUES (0), (0)");
    DriverOptions given = options();
    if (way == "option") given.statement_timeout = Milliseconds(300);
    const auto driver = database.driver(way == "url" ? "x-statement-timeout=300" : "", given);
    Recorder recorder;
    const std::string script = (way.starts_with("--") ? way : "") + statement + ";";
    const ErrorInfo info = apply_failure(*driver, {up_step(1, script, driver->dialect())}, recorder);
    CHECK(info.kept == Kept::Nothing);
    CHECK(info.where.statement == 1);
    // MySQL sees to a SELECT itself, at the same moment as we do
    if (database.mariadb())
        CHECK(info.native_code == "1969");
    else if (info.native_code != "3024" || statement != rows)
        CHECK_THAT(info.message, ContainsSubstring("time-out of 300 ms"));
    CHECK(database.version().empty());
    apply_all(*driver, {up_step(1, "SELECT SLEEP(0.01);", driver->dialect())}, recorder);
}
