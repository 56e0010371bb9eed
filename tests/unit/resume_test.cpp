// Where a half-done script goes on, and what is asked of a person: the engine's rules over the stub driver.
#include "catch.hpp"
#include "godwit/hash.hpp"
#include "godwit/migrator.hpp"
#include "stub/stub_driver.hpp"
#include "stub/stub_source.hpp"

using namespace godwit;

namespace {

constexpr const char* kFile = "1_m.up.sql";
const std::string kScript =
    "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (x int);\nCREATE TABLE c (x int);";

std::string hashes(const std::string& text) {
    std::string all;
    for (const std::string& hash : Script::parse(text, generic_dialect()).statement_hashes())
        all += hash;
    return all;
}

/// A database in which `done` statements of kScript have run.
struct HalfDone {
    HalfDone(HistoryState state, std::size_t done) : source(stub::Files{{kFile, kScript}}) {
        database->has_version_table = database->has_history_table = database->dirty = true;
        database->version = Version::of(1);
        HistoryRow row;
        row.version = row.version_after = "1";
        row.name = "m";
        row.state = state;
        row.checksum = sha256_hex(kScript);
        row.token_checksum = Script::parse(kScript, generic_dialect()).token_sha256();
        row.statement_hashes = hashes(kScript);
        row.statements_done = done;
        row.statements_total = 4;
        database->history = {row};
    }
    HistoryRow& row() { return database->history.front(); }

    Result run(const Goal& goal = GoUp{}) {
        stub::StubDriver driver("test", database, {});
        driver.connect();
        return Migrator(source, driver, {}).run(goal);
    }
    /// What ran: "CREATE TABLE b (x int)|CREATE TABLE c (x int)".
    std::string ran(const Goal& goal = GoUp{}) {
        const Result result = run(goal);
        if (result.failed) FAIL(result.failed->what());
        std::string all;
        for (const std::string& statement : database->statements)
            all += (all.empty() ? "" : "|") + statement;
        return all;
    }
    ErrorInfo refused(const Goal& goal = GoUp{}) {
        const auto before = database->statements;
        try {
            run(goal);
        } catch (const Error& error) {
            CHECK(database->statements == before);
            return error.info();
        }
        FAIL("it was not refused");
        return {};
    }

    std::shared_ptr<stub::Database> database = std::make_shared<stub::Database>();
    stub::StubSource source;
};

const std::string kFrom3 = "CREATE TABLE b (x int)|CREATE TABLE c (x int)";
const std::string kFrom4 = "CREATE TABLE c (x int)";

}  // namespace

TEST_CASE("a statement hash tells which statement changed") {
    const auto one = Script::parse("SELECT 1; -- note\nSELECT  2;", generic_dialect()).statement_hashes();
    const auto two = Script::parse("/* x */ SELECT 1;\n\nSELECT 3", generic_dialect()).statement_hashes();
    REQUIRE(one.size() == 2);
    REQUIRE(two.size() == 2);
    CHECK(one[0].size() == 8);
    CHECK(one[0] == two[0]);
    CHECK(one[1] != two[1]);
    CHECK(Script::whole("SELECT 1; SELECT 2;", generic_dialect()).statement_hashes().empty());
    CHECK(Script::parse("", generic_dialect()).statement_hashes().empty());
}

TEST_CASE("a statement that was running: what the driver finds out decides") {
    HalfDone world(HistoryState::Started, 2);
    SECTION("it had taken effect") {
        world.database->effect = EffectFound{Effect::Taken};
        CHECK(world.ran() == kFrom4);
        CHECK_THAT(world.database->history.back().error, ContainsSubstring("had taken effect"));
    }
    SECTION("it left nothing") {
        world.database->effect = EffectFound{Effect::None};
        CHECK(world.ran() == kFrom3);
    }
    SECTION("unknown") {
        world.database->effect = EffectFound{Effect::Unknown, "the moon is full"};
        const ErrorInfo info = world.refused();
        CHECK(info.code == Errc::Dirty);
        CHECK_THAT(info.message, ContainsSubstring("the moon is full"));
        CHECK(info.where.statement == 3);
        CHECK(info.where.line == 3);
        CHECK_THAT(info.next, ContainsSubstring("if statement 3 took effect: godwit resume --done\n"));
        CHECK_THAT(info.next, ContainsSubstring("if it did not: godwit resume --again\n"));
        CHECK(world.refused(Resume{}).code == Errc::Dirty);
    }
    SECTION("a driver that cannot tell") {
        CHECK(world.refused().code == Errc::Dirty);
    }
    SECTION("a data change of which the driver knows more than its kind says") {
        world.row().statements_done = 1;
        world.database->effect = EffectFound{Effect::Unknown, "no transactions"};
        CHECK_THAT(world.refused().message, ContainsSubstring("no transactions"));
    }
}

TEST_CASE("a person's answer is obeyed and kept") {
    const bool started = GENERATE(true, false);
    HalfDone world(started ? HistoryState::Started : HistoryState::Failed, 2);
    world.database->effect = EffectFound{Effect::Unknown, "?"};
    SECTION("done") {
        CHECK(world.ran(Resume{ResumeWish::Done}) == kFrom4);
        CHECK_THAT(world.database->history.back().error,
                   ContainsSubstring("resume --done: statement 3 counts as done"));
    }
    SECTION("again") {
        CHECK(world.ran(Resume{ResumeWish::Again}) == kFrom3);
        CHECK_THAT(world.database->history.back().error,
                   ContainsSubstring("resume --again: statement 3 is run again"));
    }
    SECTION("the last statement") {
        world.row().statements_done = 3;
        CHECK(world.ran(Resume{ResumeWish::Done}).empty());
        CHECK_FALSE(world.database->dirty);
    }
    SECTION("none is left") {
        world.row().statements_done = 4;
        CHECK(world.refused(Resume{ResumeWish::Done}).code == Errc::Usage);
        CHECK(world.refused(Resume{ResumeWish::Again}).code == Errc::Usage);
        CHECK(world.ran(Resume{}).empty());
        CHECK_FALSE(world.database->dirty);
    }
    CHECK(world.database->version == Version::of(1));
}

TEST_CASE("resume finishes what is half-done and nothing else") {
    HalfDone world(HistoryState::Failed, 2);
    world.source.files()["2_n.up.sql"] = "SELECT 2;";
    CHECK(world.ran(Resume{}) == kFrom3);
    CHECK(world.run(Resume{}).done.empty());
    CHECK(world.refused(Resume{ResumeWish::Again}).code == Errc::Usage);
}

TEST_CASE("a file that was mended behind what has run is gone on with") {
    const auto state = GENERATE(HistoryState::Started, HistoryState::Failed);
    HalfDone world(state, 2);
    world.database->effect = EffectFound{Effect::None};
    auto& file = world.source.files()[kFile];
    const std::string begin = "CREATE TABLE a (x int); INSERT INTO a VALUES (1); ";
    SECTION("the rest") {
        file = begin + "CREATE TABLE b (x int); CREATE TABLE d (x int);";
        CHECK(world.ran() == "CREATE TABLE b (x int)|CREATE TABLE d (x int)");
    }
    SECTION("the statement that failed, or was running") {
        file = begin + "CREATE TABLE b (y int);";
        if (state == HistoryState::Failed)
            CHECK(world.ran() == "CREATE TABLE b (y int)");
        else
            CHECK_THAT(world.refused().message,
                       ContainsSubstring("statement 3 (line 1) of 1_m.up.sql is not"));
    }
    SECTION("the statement that was running, and a person answers for it") {
        file = begin + "CREATE TABLE b (y int);";
        CHECK(world.ran(Resume{ResumeWish::Again}) == "CREATE TABLE b (y int)");
    }
    SECTION("what has run") {
        file = "CREATE TABLE a (y int); INSERT INTO a VALUES (1); CREATE TABLE b (x int);";
        const ErrorInfo info = world.refused();
        CHECK(info.code == Errc::Dirty);
        CHECK_THAT(info.message, ContainsSubstring("statement 1 (line 1) of 1_m.up.sql is not what was run"));
        CHECK(world.refused(Resume{ResumeWish::Done}).code == Errc::Dirty);
    }
    SECTION("what has run is gone") {
        file = "CREATE TABLE a (x int);";
        CHECK_THAT(world.refused().message, ContainsSubstring("2 (gone)"));
    }
    SECTION("a history without hashes") {
        world.row().statement_hashes.clear();
        file = begin + "CREATE TABLE d (x int);";
        CHECK_THAT(world.refused().message, ContainsSubstring("its script has changed"));
    }
}

TEST_CASE("a statement that failed in its middle is in question") {
    HalfDone world(HistoryState::Failed, 0);
    world.row().fingerprint = "1:?";
    world.database->effect = EffectFound{Effect::Unknown, "it did something"};
    CHECK_THAT(world.refused().message, ContainsSubstring("statement 1 (line 1 of 1_m.up.sql) failed"));
    CHECK(world.ran(Resume{ResumeWish::Done}) == "INSERT INTO a VALUES (1)|" + kFrom3);
}
