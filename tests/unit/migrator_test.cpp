#include "godwit/migrator.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "catch.hpp"
#include "godwit/hash.hpp"
#include "unit/world.hpp"

using namespace godwit;
using namespace godwit::test;
using stub::Files;

namespace {

Files three() {
    return {{"1_a.up.sql", "UP 1;"},     {"1_a.down.sql", "DOWN 1;"}, {"2_b.up.sql", "UP 2a; UP 2b;"},
            {"2_b.down.sql", "DOWN 2;"}, {"3_c.up.sql", "UP 3;"},     {"3_c.down.sql", "DOWN 3;"}};
}

bool has_code(const std::vector<Finding>& findings, const std::string& code,
              const std::string& version = {}) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.code == code && (version.empty() || finding.version == version);
    });
}

}  // namespace

TEST_CASE("up applies everything and down takes it back") {
    World world(three());
    const auto result = world.up();
    REQUIRE_FALSE(result.failed);
    CHECK(result.done.size() == 3);
    CHECK(result.done[1].statements == 2);
    CHECK(result.done[1].file == "2_b.up.sql");
    CHECK(result.current == Version::of(3));
    CHECK(result.pending == 0);
    CHECK(world.database->statements == Texts{"UP 1", "UP 2a", "UP 2b", "UP 3"});
    CHECK(world.database->history.size() == 3);
    CHECK(world.database->history[0].checksum == sha256_hex("UP 1;"));
    CHECK(world.database->history[0].down_script == "DOWN 1;");
    CHECK(world.database->history[0].run_id.size() == 32);
    CHECK_FALSE(world.database->history[0].host.empty());

    const auto back = world.down(2);
    CHECK(back.done.size() == 2);
    CHECK(back.current == Version::of(1));
    CHECK(back.pending == 2);
    CHECK(world.database->statements.back() == "DOWN 2");
    CHECK(world.up().done.size() == 2);
}

TEST_CASE("nothing to do takes no lock, reads no body and writes nothing") {
    World world(three());
    world.up();
    const auto reads = world.source.reads();
    const auto rows = world.database->history.size();
    world.database->locked = true;
    const auto result = world.up();
    CHECK(result.done.empty());
    CHECK(result.current == Version::of(3));
    CHECK(world.source.reads() == reads);
    CHECK(world.database->history.size() == rows);
}

TEST_CASE("events tell the story in order") {
    World world(three());
    world.up();
    CHECK(world.recorder.all<RunStarted>().at(0).steps == 3);
    CHECK(world.recorder.all<MigrationStarted>().size() == 3);
    CHECK(world.recorder.all<MigrationDone>().size() == 3);
    const auto statements = world.recorder.all<StatementDone>();
    REQUIRE(statements.size() == 4);
    CHECK(statements[2].sql == "UP 2b");
    CHECK(statements[2].statement == 2);
    CHECK(statements[2].statements == 2);
    CHECK(world.recorder.all<RunFinished>().at(0).done == 3);
    CHECK(std::holds_alternative<RunFinished>(world.recorder.events.back()));
}

TEST_CASE("a failing migration stops the run, says where, and leaves no trace") {
    auto files = three();
    files["2_b.up.sql"] = "UP 2a;\n\n  FAIL here;\n";
    World world(files);
    const auto result = world.up();
    REQUIRE(result.failed);
    CHECK(result.done.size() == 1);
    CHECK(result.current == Version::of(1));
    CHECK_FALSE(result.dirty);
    CHECK(result.pending == 2);
    const auto& info = result.failed->info();
    CHECK(info.code == Errc::Statement);
    CHECK(info.where.file == "2_b.up.sql");
    CHECK(info.where.version == "2");
    CHECK(info.where.line == 3);
    CHECK(info.where.column == 3);
    CHECK(info.where.statement == 2);
    CHECK(info.where.statements == 2);
    CHECK_THAT(info.excerpt, ContainsSubstring("FAIL here"));
    CHECK(info.state == "nothing of this migration was kept; the database is at 1, clean");
    CHECK(info.next == "fix the file, then run: godwit up");
    CHECK(world.database->statements == Texts{"UP 1"});
    CHECK(world.recorder.all<MigrationFailed>().at(0).version == "2");
    CHECK(world.recorder.all<RunFinished>().at(0).failed == 1);

    world.source.files()["2_b.up.sql"] = "UP 2;";
    CHECK(world.up().done.size() == 2);
}

TEST_CASE("every script is read and split before the first one runs") {
    World world(three());
    SECTION("a script that cannot be split") {
        world.source.files()["3_c.up.sql"] = "SELECT 'open;";
        const auto error = error_of([&] { world.up(); });
        CHECK(error.code() == Errc::Statement);
        CHECK(error.info().where.file == "3_c.up.sql");
        CHECK(error.info().where.version == "3");
    }
    SECTION("a file that cannot be read whole") {
        stub::StubDriver driver("test", world.database, {});
        driver.connect();
        Migrator migrator(world.source, driver, {});
        migrator.migrations();
        world.source.files()["3_c.down.sql"] = "longer than it was listed";
        CHECK(error_of([&] { migrator.up(); }).code() == Errc::Source);
    }
    CHECK(world.database->statements.empty());
    CHECK_FALSE(world.database->has_version_table);
}

TEST_CASE("an edited applied migration stops up, and redo takes it") {
    World world(three());
    world.run(GoUp{2, std::nullopt});
    SECTION("statements") {
        world.source.files()["2_b.up.sql"] = "UP 2a; UP 2x;";
        const auto error = error_of([&] { world.up(); });
        CHECK(error.code() == Errc::Validation);
        CHECK_THAT(error.what(), ContainsSubstring("2_b.up.sql (its statements changed)"));
        CHECK(states(world.status()) == "1=applied 2=changed 3=pending ");
        CHECK(has_code(world.validate().findings, "checksum-changed", "2"));
        CHECK_FALSE(world.validate().ok());
        CHECK(world.run(Redo{1}).done.size() == 2);
        CHECK(world.up().done.size() == 1);
    }
    SECTION("only comments") {
        world.source.files()["2_b.up.sql"] = "-- note\nUP 2a;\nUP 2b;\n";
        const auto error = error_of([&] { world.up(); });
        CHECK(error.code() == Errc::Validation);
        CHECK_THAT(error.what(), ContainsSubstring("only comments or white space"));
    }
    CHECK_NOTHROW(world.down());
}

TEST_CASE("the down script stored with the version is used where the file is gone or has changed") {
    World world(three());
    world.up();
    SECTION("gone") {
        world.source.files().erase("3_c.up.sql");
        world.source.files().erase("3_c.down.sql");
        CHECK(states(world.status()) == "1=applied 2=applied 3=missing ");
    }
    SECTION("changed") {
        world.source.files()["3_c.down.sql"] = "DOWN something else;";
    }
    const auto result = world.down();
    REQUIRE(result.done.size() == 1);
    CHECK(result.done[0].stored);
    CHECK(result.pending == world.status().pending);
    CHECK(world.database->statements.back() == "DOWN 3");
    CHECK(world.recorder.all<MigrationDone>().back().stored);
}

TEST_CASE("a down that failed takes the file that was mended") {
    auto files = three();
    files["3_c.down.sql"] = "FAIL;";
    World world(files);
    world.up();
    REQUIRE(world.down().failed);
    CHECK(world.status().current == Version::of(3));
    world.source.files()["3_c.down.sql"] = "DOWN mended;";
    const auto result = world.down();
    CHECK_FALSE(result.failed);
    CHECK(world.database->statements.back() == "DOWN mended");
}

TEST_CASE("irreversible migrations are not rolled back") {
    auto files = three();
    World world(files);
    SECTION("said in the up file") {
        world.source.files()["2_b.up.sql"] = "-- godwit: irreversible data is gone\nUP 2;";
    }
    SECTION("said in the down file") {
        world.source.files()["2_b.down.sql"] = "-- godwit: irreversible data is gone\n";
    }
    world.up();
    const auto before = world.database->statements;
    const auto error = error_of([&] { world.down(2); });
    CHECK(error.code() == Errc::Validation);
    CHECK_THAT(error.what(), ContainsSubstring("2: data is gone"));
    CHECK(world.database->statements == before);
}

TEST_CASE("skipped versions are recorded and not run") {
    World world(three());
    MigratorOptions options;
    options.policy.skip = {Version::of(2)};
    const auto result = world.up(options);
    REQUIRE(result.done.size() == 3);
    CHECK(result.done[1].skipped);
    CHECK(world.database->statements == Texts{"UP 1", "UP 3"});
    CHECK(states(world.status()) == "1=applied 2=skipped 3=applied ");
    CHECK(world.down(2).done.size() == 2);
}

TEST_CASE("empty scripts and missing halves move the version") {
    World world(Files{{"1_a.up.sql", "-- nothing yet\n"}, {"2_b.down.sql", "DOWN 2;"}, {"3_c.up.sql", ""}});
    const auto result = world.up();
    REQUIRE(result.done.size() == 3);
    CHECK(result.done[1].empty);
    CHECK(result.current == Version::of(3));
    CHECK(world.database->statements.empty());
    MigratorOptions options;
    options.policy.allow_missing_down = true;
    CHECK(world.down(3, options).done.size() == 3);
    CHECK(world.database->statements == Texts{"DOWN 2"});
}

TEST_CASE("stopping in good order") {
    World world(three());
    MigratorOptions options;
    options.stop = [&] { return world.database->statements.size() >= 3; };
    const auto result = world.up(options);
    CHECK(result.interrupted);
    CHECK(result.done.size() == 2);
    CHECK(result.current == Version::of(2));
    CHECK(result.pending == 1);
    CHECK(world.up().done.size() == 1);
}

TEST_CASE("the lock names a time-out, and whoever waited finds nothing to do") {
    World world(three());
    MigratorOptions options;
    options.lock_timeout = Milliseconds(20);
    world.database->locked = true;
    CHECK(error_of([&] { world.up(options); }).code() == Errc::Locked);
    world.database->locked = false;

    std::atomic<std::size_t> applied{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            stub::StubSource source(three());
            stub::StubDriver driver("test", world.database, {});
            driver.connect();
            applied += Migrator(source, driver, {}).up().done.size();
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(applied == 3);
    CHECK(world.database->statements.size() == 4);
}

TEST_CASE("a doubt from a look without the lock is told only to who may not lock") {
    World world(three());
    world.up();
    world.database->dirty = true;
    world.database->history.clear();
    world.database->has_history_table = false;
    const Errc code = GENERATE(Errc::Connect, Errc::Interrupted, Errc::Locked, Errc::Statement);
    world.database->lock_failure = Error(code, "the lock failed");
    const Error told = error_of([&] { world.up(); });
    CHECK(told.code() == (code == Errc::Statement ? Errc::Dirty : code));
}

TEST_CASE("a database that golang-migrate kept so far") {
    World world(three());
    world.database->has_version_table = true;
    world.database->version = Version::of(2);
    CHECK(states(world.status()) == "1=applied 2=applied 3=pending ");
    CHECK(world.up().done.size() == 1);
    CHECK(states(world.status()) == "1=baseline 2=baseline 3=applied ");

    SECTION("a late file is known to be late afterwards") {
        world.source.files()["0_z.up.sql"] = "UP 0;";
        CHECK(states(world.status()) == "0=out-of-order 1=baseline 2=baseline 3=applied ");
        CHECK(error_of([&] { world.up(); }).code() == Errc::Validation);
    }
    SECTION("golang-migrate goes back and godwit goes on") {
        world.database->version = Version::of(1);
        CHECK(has_code(world.status().findings, "foreign-change"));
        CHECK(world.up().done.size() == 2);
        CHECK(states(world.status()) == "1=baseline 2=applied 3=applied ");
        CHECK_FALSE(has_code(world.status().findings, "foreign-change"));
    }
}

TEST_CASE("a dirty row of another tool stops what writes") {
    World world(three());
    world.database->has_version_table = true;
    world.database->version = Version::of(2);
    world.database->dirty = true;
    CHECK(error_of([&] { world.up(); }).code() == Errc::Dirty);
    const auto status = world.status();
    CHECK(status.dirty);
    CHECK(states(status) == "1=applied 2=failed 3=pending ");
    CHECK(has_code(status.findings, "dirty", "2"));
    world.with([](Migrator& migrator) { migrator.force(Version::of(1), "looked"); });
    CHECK_FALSE(world.database->dirty);
    CHECK(world.up().done.size() == 2);
}

TEST_CASE("where statements commit by themselves, a failed migration goes on behind what is done") {
    auto files = three();
    files["2_b.up.sql"] = "UP 2a; FAIL once; UP 2b;";
    World world(files);
    world.database->atomic = false;
    const auto result = world.up();
    REQUIRE(result.failed);
    CHECK(result.dirty);
    CHECK(result.current == Version::of(2));
    CHECK_THAT(result.failed->info().state,
               ContainsSubstring("1 of 3 statements of this migration were kept"));
    CHECK(states(world.status()) == "1=applied 2=failed 3=pending ");
    CHECK(error_of([&] { world.down(); }).code() == Errc::Dirty);

    SECTION("with the same script") {
        // What failed for an outside reason: the stub's refusal depends on the text alone, so the history is
        // made to say that the refused statement is done.
        world.database->history.back().statements_done = 2;
        const auto again = world.up();
        CHECK_FALSE(again.failed);
        CHECK(world.database->statements == Texts{"UP 1", "UP 2a", "UP 2b", "UP 3"});
        CHECK(again.done.at(0).statements == 1);
        CHECK_FALSE(world.database->dirty);
    }
    SECTION("only comments changed") {
        world.database->history.back().statements_done = 2;
        world.source.files()["2_b.up.sql"] = "-- note\nUP 2a; FAIL once; UP 2b;";
        CHECK_FALSE(world.up().failed);
    }
    SECTION("with another script it is refused") {
        world.source.files()["2_b.up.sql"] = "UP 2a; UP mended; UP 2b;";
        const auto error = error_of([&] { world.up(); });
        CHECK(error.code() == Errc::Dirty);
        CHECK_THAT(error.what(), ContainsSubstring("its script has changed"));
        CHECK_THAT(error.info().next, ContainsSubstring("godwit force 2"));
    }
    SECTION("forced as done") {
        world.with([](Migrator& migrator) { migrator.force(Version::of(2), "finished by hand"); });
        CHECK(world.up().done.size() == 1);
        CHECK(states(world.status()) == "1=applied 2=baseline 3=applied ");
    }
    SECTION("forced as undone") {
        world.with([](Migrator& migrator) { migrator.force(Version::of(1), "undone by hand"); });
        world.source.files()["2_b.up.sql"] = "UP 2;";
        CHECK(world.up().done.size() == 2);
    }
}

TEST_CASE("a run that was cut off goes on only where that is certain") {
    World world(
        Files{{"1_a.up.sql", "CREATE TABLE a (x int); INSERT INTO a VALUES (1); CREATE TABLE b (x int);"}});
    world.database->has_version_table = world.database->has_history_table = world.database->dirty = true;
    world.database->version = Version::of(1);
    HistoryRow row;
    row.version = "1";
    row.state = HistoryState::Started;
    row.checksum = sha256_hex(world.source.files()["1_a.up.sql"]);
    row.statements_total = 3;
    SECTION("a data change commits with its progress") {
        row.statements_done = 1;
        world.database->history = {row};
        CHECK(world.up().done.size() == 1);
        CHECK(world.database->statements == Texts{"INSERT INTO a VALUES (1)", "CREATE TABLE b (x int)"});
    }
    SECTION("of a schema change it cannot be told") {
        row.statements_done = 2;
        world.database->history = {row};
        const auto error = error_of([&] { world.up(); });
        CHECK(error.code() == Errc::Dirty);
        CHECK_THAT(error.what(), ContainsSubstring("statement 3 (line 1 of 1_a.up.sql) was running"));
        CHECK(world.database->statements.empty());
    }
}

TEST_CASE("what only the session knew is done again, or the run refuses") {
    World world(
        Files{{"1_a.up.sql", "SET a = 1; SET b = 2; CREATE TABLE a (x int); INSERT INTO a VALUES (1);"}});
    world.database->has_version_table = world.database->has_history_table = world.database->dirty = true;
    world.database->version = Version::of(1);
    HistoryRow row;
    row.version = "1";
    row.state = HistoryState::Failed;
    row.checksum = sha256_hex(world.source.files()["1_a.up.sql"]);
    row.statements_total = 4;
    SECTION("nothing lasting had run") {
        row.statements_done = 2;
        world.database->history = {row};
        CHECK(world.up().done.at(0).statements == 4);
    }
    SECTION("something had") {
        row.statements_done = 3;
        world.database->history = {row};
        CHECK_THAT(error_of([&] { world.up(); }).what(), ContainsSubstring("session"));
    }
}

TEST_CASE("golang-migrate's dirty policy leaves its row, and a later up goes on without force") {
    auto files = three();
    files["2_b.up.sql"] = "FAIL;";
    World world(files);
    MigratorOptions options;
    options.dirty_policy = DirtyPolicy::Always;
    const auto result = world.up(options);
    REQUIRE(result.failed);
    CHECK(result.dirty);
    CHECK(world.database->version == Version::of(2));
    CHECK(world.database->dirty);
    CHECK(has_code(world.status().findings, "failed-before", "2"));
    world.source.files()["2_b.up.sql"] = "UP 2;";
    CHECK(world.up().done.size() == 2);
    CHECK_FALSE(world.database->dirty);
}

TEST_CASE("force records who and why, and keeps what is known to be late") {
    auto files = three();
    World world(files);
    world.run(GoUp{1, std::nullopt});
    world.with([](Migrator& migrator) { migrator.force(Version::of(3), "by hand"); });
    CHECK(world.database->version == Version::of(3));
    const auto history = world.with([](Migrator& migrator) { return migrator.history(0); });
    const auto forced = std::find_if(history.begin(), history.end(),
                                     [](const HistoryRow& row) { return row.state == HistoryState::Forced; });
    REQUIRE(forced != history.end());
    CHECK(forced->error == "by hand");
    CHECK(forced->kind == "force");
    CHECK_FALSE(forced->run_id.empty());
    CHECK(states(world.status()) == "1=applied 2=baseline 3=baseline ");

    world.source.files()["0_late.up.sql"] = "UP 0;";
    CHECK(states(world.status()) == "0=out-of-order 1=applied 2=baseline 3=baseline ");
    world.with([](Migrator& migrator) { migrator.force(Version::of(3), ""); });
    CHECK(states(world.status()) == "0=out-of-order 1=applied 2=baseline 3=baseline ");
    world.source.files()["4_d.up.sql"] = "UP 4;";
    MigratorOptions late;
    late.policy.out_of_order = OutOfOrder::Run;
    CHECK(world.up(late).done.size() == 2);
    CHECK(states(world.status()) == "0=applied 1=applied 2=baseline 3=baseline 4=applied ");
    world.with([](Migrator& migrator) { migrator.force(std::nullopt, ""); });
    CHECK_FALSE(world.database->version);
    CHECK(states(world.status()) == "0=pending 1=pending 2=pending 3=pending 4=pending ");
    CHECK(error_of([&] {
              world.with(
                  [](Migrator& migrator) { migrator.force(Version::parse("9223372036854775808"), ""); });
          }).code() == Errc::Usage);
}

TEST_CASE("validate finds what is wrong between files and ledger") {
    World world(three());
    CHECK(world.validate().ok());
    world.up();
    CHECK(world.validate().ok());
    SECTION("a file is gone") {
        world.source.files().erase("1_a.up.sql");
        world.source.files().erase("1_a.down.sql");
        CHECK(has_code(world.validate().findings, "missing-file", "1"));
        CHECK_FALSE(world.validate().ok());
    }
    SECTION("a broken script waits") {
        world.source.files()["4_d.up.sql"] = "SELECT 'x";
        world.source.files()["4_d.down.sql"] = "";
        CHECK(has_code(world.validate().findings, "invalid-script", "4"));
    }
    SECTION("a duplicate") {
        world.source.files()["03_x.up.sql"] = "";
        CHECK(has_code(world.validate().findings, "duplicate-version"));
    }
    SECTION("another title") {
        world.source.files()["3_renamed.up.sql"] = world.source.files()["3_c.up.sql"];
        world.source.files().erase("3_c.up.sql");
        CHECK(has_code(world.validate().findings, "name-changed", "3"));
        CHECK(world.validate().ok());
    }
}

TEST_CASE("scripts shows what a plan would run") {
    World world(three());
    MigratorOptions options;
    options.policy.skip = {Version::of(1)};
    const auto scripts =
        world.with([](Migrator& migrator) { return migrator.scripts(migrator.plan(GoUp{})); }, options);
    REQUIRE(scripts.size() == 3);
    CHECK(scripts[0].empty());
    CHECK(scripts[1].statements().size() == 2);
    CHECK(scripts[1].file() == "2_b.up.sql");
    CHECK_FALSE(world.database->has_version_table);

    world.up();
    const auto redo = world.with([](Migrator& migrator) { return migrator.scripts(migrator.plan(Redo{1})); });
    REQUIRE(redo.size() == 2);
    CHECK(redo[0].text() == "DOWN 3;");
    CHECK(redo[1].text() == "UP 3;");
}

TEST_CASE("more text than is kept in memory is read again, and must be the same") {
    Files files;
    const std::string filler = "UP " + std::string(std::size_t{17} << 20, 'x') + ";";
    for (int i = 1; i <= 4; ++i)
        files[std::to_string(i) + "_a.up.sql"] = filler;
    World world(files);
    SECTION("the same") {
        CHECK(world.up().done.size() == 4);
        CHECK(world.source.reads() > 4);
    }
    SECTION("changed meanwhile") {
        MigratorOptions options;
        options.stop = [&] {
            // same size, so that only the hash can tell
            if (world.database->statements.size() == 1) world.source.files()["4_a.up.sql"][4] = 'y';
            return false;
        };
        const auto error = error_of([&] { world.up(options); });
        CHECK(error.code() == Errc::Source);
        CHECK(world.database->version == Version::of(3));
    }
}

TEST_CASE("a thousand migrations run in chunks") {
    Files files;
    for (int i = 1; i <= 1000; ++i)
        files[std::to_string(i) + "_a.up.sql"] = "UP;";
    World world(files);
    const auto result = world.up();
    CHECK(result.done.size() == 1000);
    CHECK(world.database->statements.size() == 1000);
    CHECK(result.current == Version::of(1000));
}
