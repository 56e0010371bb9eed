#include <algorithm>

#include "catch.hpp"
#include "godwit/hash.hpp"
#include "unit/world.hpp"

using namespace godwit;
using namespace godwit::test;
using stub::Files;

namespace {

Files folder() {
    return {{"1_a.up.sql", "UP 1;"},     {"1_a.down.sql", "DOWN 1;"}, {"2_b.up.sql", "UP 2a;\nUP 2b;\n"},
            {"2_b.down.sql", "DOWN 2;"}, {"3_c.up.sql", "UP 3;"},     {"3_c.down.sql", "DOWN 3;"}};
}

const Finding* find_code(const std::vector<Finding>& findings, const std::string& code) {
    const auto found =
        std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.code == code; });
    return found == findings.end() ? nullptr : &*found;
}

Texts whats(const LedgerWork& work) {
    Texts texts;
    for (const LedgerAction& action : work.actions)
        texts.push_back(action.what + " " + action.version);
    return texts;
}

MigratorOptions tokens() {
    MigratorOptions options;
    options.policy.checksum = ChecksumRule::Tokens;
    return options;
}

}  // namespace

TEST_CASE("an edited migration stops up with a diff against what was applied") {
    World world(folder());
    world.with([](Migrator& migrator) { return migrator.up(2); });
    world.source.files()["2_b.up.sql"] = "UP 2a;\nUP 2c;\n";
    const auto error = error_of([&] { world.up(); });
    CHECK(error.code() == Errc::Validation);
    CHECK(error.info().excerpt ==
          "--- 2_b.up.sql (as applied)\n+++ 2_b.up.sql (now)\n@@ -1,2 +1,2 @@\n UP 2a;\n-UP 2b;\n+UP 2c;\n");
    CHECK(error.info().hint.find("godwit repair --accept 2") != std::string::npos);
    const auto validation = world.validate();
    CHECK_FALSE(validation.ok());
    REQUIRE(find_code(validation.findings, "checksum-changed"));
    CHECK(find_code(validation.findings, "checksum-changed")->detail == error.info().excerpt);
}

TEST_CASE("what is too large is not kept, and that is said in place of a diff") {
    World world(folder());
    world.source.files()["1_a.up.sql"] = "UP 1;" + std::string(kMostKeptUpScript, '\n');
    world.with([](Migrator& migrator) { return migrator.up(1); });
    CHECK_FALSE(world.database->history.front().up_script);
    world.source.files()["1_a.up.sql"] = "UP 9;";
    CHECK(error_of([&] { world.up(); }).info().excerpt.find("is not kept") != std::string::npos);
}

TEST_CASE("the rule tokens tolerates a changed comment, and says so") {
    World world(folder());
    world.with([](Migrator& migrator) { return migrator.up(2); });
    world.source.files()["2_b.up.sql"] = "-- why\nUP 2a;\n  UP 2b;\n";
    CHECK(error_of([&] { world.up(); }).code() == Errc::Validation);
    CHECK_FALSE(world.validate().ok());
    const auto lenient = world.validate({}, tokens());
    CHECK(lenient.ok());
    REQUIRE(find_code(lenient.findings, "checksum-changed"));
    CHECK(find_code(lenient.findings, "checksum-changed")->severity == Severity::Info);
    CHECK(world.up(tokens()).done.size() == 1);
    world.source.files()["2_b.up.sql"] = "UP 2z;";
    CHECK_FALSE(world.validate({}, tokens()).ok());
}

TEST_CASE("repair accepts an edited migration") {
    World world(folder());
    world.up();
    world.source.files()["2_b.up.sql"] = "UP 2z;";
    world.source.files()["2_b.down.sql"] = "DOWN 2z;";
    const auto before = world.database->statements;
    CHECK(whats(world.repair({{Version::of(2)}, {}})) == Texts{"accept 2"});
    CHECK(world.database->statements == before);
    const auto& row = world.database->history.back();
    CHECK(row.kind == "repair");
    CHECK(row.checksum == sha256_hex("UP 2z;"));
    CHECK(row.version_after == "3");
    CHECK(world.validate().ok());
    CHECK(world.repair({{Version::of(2)}, {}}).actions.empty());
    world.down();
    world.down();
    CHECK(world.database->statements.back() == "DOWN 2z");
}

TEST_CASE("repair refuses to accept what is not applied or has no file") {
    World world(folder());
    world.with([](Migrator& migrator) { return migrator.up(2); });
    CHECK(error_of([&] { world.repair({{Version::of(3)}, {}}); }).code() == Errc::Usage);
    CHECK(error_of([&] { world.repair({{}, {Version::of(3)}}); }).code() == Errc::Usage);
    world.source.files().erase("2_b.up.sql");
    world.source.files().erase("2_b.down.sql");
    CHECK(error_of([&] {
              world.repair({{Version::of(2)}, {}});
          })
              .info()
              .next.find("--forget 2") != std::string::npos);
    CHECK(error_of([&] { world.repair({{Version::of(1)}, {Version::of(1)}}); }).code() == Errc::Usage);
}

TEST_CASE("repair forgets a version, and the version table follows") {
    World world(folder());
    world.up();
    world.source.files().erase("3_c.up.sql");
    world.source.files().erase("3_c.down.sql");
    const auto work = world.repair({{}, {Version::of(3)}});
    CHECK(whats(work) == Texts{"forget 3"});
    CHECK(work.before == Version::of(3));
    CHECK(work.after == Version::of(2));
    CHECK(world.database->version == Version::of(2));
    CHECK(states(world.status()) == "1=applied 2=applied ");
    CHECK(world.validate().ok());
}

TEST_CASE("repair forgets a version in the middle: it is pending again") {
    World world(folder());
    world.up();
    world.repair({{}, {Version::of(2)}});
    CHECK(world.database->version == Version::of(3));
    CHECK(states(world.status()) == "1=applied 2=out-of-order 3=applied ");
}

TEST_CASE("a lost history is said, and rebuilt from the version table") {
    World world(folder());
    world.up();
    world.database->history.clear();
    world.database->has_history_table = false;
    REQUIRE(find_code(world.status().findings, "no-history"));
    CHECK(whats(world.repair()) == Texts{"baseline 1", "baseline 2", "baseline 3"});
    CHECK(states(world.status()) == "1=baseline 2=baseline 3=baseline ");
    CHECK_FALSE(find_code(world.status().findings, "no-history"));
    CHECK(world.repair().actions.empty());
}

TEST_CASE("repair writes down what another tool did to the version table") {
    World world(folder());
    world.with([](Migrator& migrator) { return migrator.up(1); });
    world.set_version(Version::of(3));
    CHECK(whats(world.repair()) == Texts{"reconcile 2", "reconcile 3"});
    world.set_version(Version::of(1));
    CHECK(whats(world.repair()) == Texts{"reconcile 2", "reconcile 3"});
    CHECK(states(world.status()) == "1=applied 2=pending 3=pending ");
    world.set_version(std::nullopt);
    world.repair();
    CHECK(states(world.status()) == "1=pending 2=pending 3=pending ");
}

TEST_CASE("repair clears the dirt of a try of which nothing was kept") {
    World world(folder());
    world.with([](Migrator& migrator) { return migrator.up(1); });
    MigratorOptions options;
    options.dirty_policy = DirtyPolicy::Always;
    world.source.files()["2_b.up.sql"] = "FAIL now;";
    REQUIRE(world.up(options).failed);
    REQUIRE(world.database->dirty);
    const auto work = world.repair();
    CHECK(whats(work) == Texts{"clear-dirty 2"});
    CHECK_FALSE(world.database->dirty);
    CHECK(world.database->version == Version::of(1));
    CHECK(states(world.status()) == "1=applied 2=pending 3=pending ");
}

TEST_CASE("repair does not guess what an unexplained dirty row means") {
    World world(folder());
    world.database->has_version_table = true;
    world.database->version = Version::of(2);
    world.database->dirty = true;
    CHECK(error_of([&] { world.repair(); }).code() == Errc::Dirty);
    CHECK(error_of([&] { world.baseline(2); }).code() == Errc::Dirty);
}

TEST_CASE("repair names what stays wrong with the command for each") {
    World world(folder());
    world.up();
    world.source.files()["1_a.up.sql"] = "UP 9;";
    world.source.files().erase("2_b.up.sql");
    world.source.files().erase("2_b.down.sql");
    const auto work = world.repair();
    CHECK(work.actions.empty());
    REQUIRE(work.left.size() == 2);
    REQUIRE(find_code(work.left, "missing-file"));
    CHECK(find_code(work.left, "missing-file")->hint.find("godwit repair --forget 2") != std::string::npos);
    REQUIRE(find_code(work.left, "checksum-changed"));
    CHECK(find_code(work.left, "checksum-changed")->hint.find("godwit repair --accept 1") !=
          std::string::npos);
}

TEST_CASE("work that was planned on another ledger is not carried out") {
    World world(folder());
    world.up();
    world.set_version(Version::of(2));
    const auto work = world.with([](Migrator& migrator) { return migrator.plan_repair({}); });
    world.down();
    const auto rows = world.database->history.size();
    CHECK(error_of([&] { world.with([&](Migrator& migrator) { migrator.carry_out(work); }); }).code() ==
          Errc::Validation);
    CHECK(world.database->history.size() == rows);
}

TEST_CASE("baseline counts everything up to a version as applied and runs nothing") {
    World world(folder());
    const auto work = world.baseline(2);
    CHECK(whats(work) == Texts{"baseline 1", "baseline 2"});
    CHECK(world.database->statements.empty());
    CHECK(states(world.status()) == "1=baseline 2=baseline 3=pending ");
    CHECK(world.up().done.size() == 1);
    CHECK(world.baseline(2).actions.empty());
}

TEST_CASE("baseline adds what is below the current version and takes nothing away") {
    World world(folder());
    world.source.files().erase("2_b.up.sql");
    world.source.files().erase("2_b.down.sql");
    world.up();
    world.source.files()["2_b.up.sql"] = "UP 2;";
    CHECK(states(world.status()) == "1=applied 2=out-of-order 3=applied ");
    CHECK(whats(world.baseline(2)) == Texts{"baseline 2"});
    CHECK(states(world.status()) == "1=applied 2=baseline 3=applied ");
    CHECK(world.database->version == Version::of(3));
    CHECK(error_of([&] { world.baseline(4); }).code() == Errc::Usage);
}

TEST_CASE("a database newer than the files is said, and no error for up, status and a probe") {
    World world(folder());
    world.up();
    for (const auto* file : {"2_b.up.sql", "2_b.down.sql", "3_c.up.sql", "3_c.down.sql"})
        world.source.files().erase(file);
    const auto status = world.status();
    REQUIRE(find_code(status.findings, "database-newer"));
    CHECK(find_code(status.findings, "database-newer")->severity == Severity::Warning);
    CHECK(find_code(status.findings, "database-newer")->message.find("2 (b) to 3 (c) are") !=
          std::string::npos);
    CHECK_FALSE(find_code(status.findings, "missing-file"));
    CHECK(world.up().done.empty());
    CHECK_FALSE(world.validate().ok());
    CHECK(world.validate({Version::of(1), {}}).ok());
    const auto low = world.validate({Version::of(4), {}});
    CHECK(find_code(low.findings, "version-too-low"));
    CHECK(find_code(world.validate({{}, Version::of(1)}).findings, "version-differs"));
}
