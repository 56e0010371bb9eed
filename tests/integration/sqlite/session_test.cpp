#include "file.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

std::unique_ptr<Driver> in_memory() {
    auto driver = sqlite::open(Url::parse("sqlite::memory:?_fk=1"), DriverOptions{});
    driver->connect();
    return driver;
}

/// Fails the migration where the query gives anything but 1.
Step proof(std::uint64_t version, const std::string& query, const Dialect& dialect) {
    return up_step(version,
                   "CREATE TABLE proof" + std::to_string(version) +
                       " (found CHECK (found = 1)); INSERT INTO proof" + std::to_string(version) + " " +
                       query + ";",
                   dialect);
}

}  // namespace

TEST_CASE("what a script sets in the session is gone for the next one", "[sqlite]") {
    const File file;
    const bool memory = GENERATE(false, true);
    const auto driver = memory ? in_memory() : file.driver("_fk=1");
    const Dialect& dialect = driver->dialect();
    land(*driver,
         {up_step(1,
                  "PRAGMA case_sensitive_like = ON; PRAGMA recursive_triggers = ON; PRAGMA "
                  "legacy_alter_table = ON;"
                  "PRAGMA ignore_check_constraints = ON; PRAGMA cache_size = 77;",
                  dialect),
          proof(2, "SELECT 'a' LIKE 'A'", dialect),
          proof(3, "SELECT legacy_alter_table = 0 FROM pragma_legacy_alter_table", dialect),
          proof(4, "SELECT cache_size <> 77 FROM pragma_cache_size", dialect),
          up_step(5, "PRAGMA foreign_keys = OFF;", dialect),
          proof(6, "SELECT foreign_keys = 1 FROM pragma_foreign_keys", dialect),
          up_step(7,
                  "CREATE TEMP TABLE work (id); CREATE TEMP VIEW looks AS SELECT 1; CREATE TABLE kept (id);",
                  dialect),
          proof(8, "SELECT count(*) = 0 FROM temp.sqlite_schema", dialect),
          proof(9, "SELECT count(*) = 1 FROM sqlite_schema WHERE name = 'kept'", dialect)});
    CHECK(driver->state().version == Version::of(9));
}

TEST_CASE("what was attached is detached", "[sqlite]") {
    const File file;
    const bool memory = GENERATE(false, true);
    const auto driver = memory ? in_memory() : file.driver();
    const Dialect& dialect = driver->dialect();
    const std::string other = (file.folder() / "other.db").string();
    land(*driver, {up_step(1, "ATTACH '" + other + "' AS other; CREATE TABLE other.t (id);", dialect),
                   proof(2, "SELECT count(*) = 0 FROM pragma_database_list WHERE name = 'other'", dialect)});
    CHECK(fs::exists(other));
}

TEST_CASE("a failed script leaves nothing in the session either", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const Dialect& dialect = driver->dialect();
    const Outcome outcome =
        apply(*driver, {up_step(1, "PRAGMA case_sensitive_like = ON; SELEC 1;", dialect)});
    REQUIRE(outcome.failure);
    land(*driver, {proof(1, "SELECT 'a' LIKE 'A'", dialect)});
}

TEST_CASE("init_sql is run on each new session", "[sqlite]") {
    const File file;
    DriverOptions options;
    options.init_sql = {"PRAGMA recursive_triggers = 1; PRAGMA cache_size = 99"};
    const auto driver = file.driver("", options);
    const Dialect& dialect = driver->dialect();
    const std::string check =
        "SELECT recursive_triggers = 1 AND cache_size = 99 FROM pragma_recursive_triggers, "
        "pragma_cache_size";
    land(*driver, {proof(1, check, dialect),
                   up_step(2, "PRAGMA recursive_triggers = 0; PRAGMA cache_size = 5;", dialect),
                   proof(3, check, dialect)});
    options.init_sql = {"PRAGMA recursive_triggers = 1; SELEC"};
    const auto info = thrown([&] { (void)file.driver("", options); });
    CHECK(info.code == Errc::Connect);
    CHECK_THAT(info.message, ContainsSubstring("near \"SELEC\""));
}

TEST_CASE("pragmas of the URL", "[sqlite]") {
    const File file;
    const auto driver = file.driver("_fk=1&_journal_mode=WAL&_pragma=user_version(7)");
    CHECK_FALSE(fs::exists(file.path()));
    land(*driver, {proof(1, "SELECT foreign_keys = 1 FROM pragma_foreign_keys", driver->dialect())});
    CHECK(file.sql("PRAGMA journal_mode; PRAGMA user_version") == "wal\n7");
}

TEST_CASE("a journal mode of the URL outlives a reset of the session", "[sqlite]") {
    const File file;
    const auto driver = file.driver("_journal_mode=MEMORY");
    const Dialect& dialect = driver->dialect();
    const std::string check = "SELECT journal_mode = 'memory' FROM pragma_journal_mode";
    land(*driver,
         {proof(1, check, dialect), up_step(2, "PRAGMA cache_size = 5;", dialect), proof(3, check, dialect)});
}

TEST_CASE("an extension gives migrations its functions", "[sqlite]") {
    const File file;
    const std::string query = std::string("x-load-extension=") + GODWIT_TEST_SQLITE_EXTENSION;
    DriverOptions options;
    const bool by_option = GENERATE(false, true);
    if (by_option) options.load_extensions = {GODWIT_TEST_SQLITE_EXTENSION};
    const auto driver = file.driver(by_option ? "" : query, options);
    const Dialect& dialect = driver->dialect();
    land(*driver, {proof(1, "SELECT normalize('abc', 'NFC') = 'abc'", dialect),
                   up_step(2, "PRAGMA cache_size = 5;", dialect),
                   proof(3, "SELECT normalize('abc', 'NFC') = 'abc'", dialect)});
    // SQL itself may not load another
    const Outcome outcome = apply(*driver, {up_step(4, "SELECT load_extension('x');", dialect)});
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->info().message == "not authorized");
}

TEST_CASE("an extension that cannot be loaded is named", "[sqlite]") {
    const File file;
    file.sql("CREATE TABLE t (id)");
    const auto info = thrown([&] { (void)file.driver("x-load-extension=/nowhere/x.so"); });
    CHECK(info.code == Errc::Connect);
    CHECK_THAT(info.message, ContainsSubstring("extension /nowhere/x.so cannot be loaded"));
}

TEST_CASE("a database in memory lives as long as its driver", "[sqlite]") {
    const auto driver = in_memory();
    land(*driver, {up_step(1, "CREATE TABLE t (id);", driver->dialect())});
    CHECK(driver->state().version == Version::of(1));
    CHECK(driver->lock(Deadline::in(Milliseconds(0)), {}) != nullptr);
    CHECK(driver->drop_everything({}).size() == 4);
    CHECK_FALSE(driver->state().version);
    CHECK(thrown([&] { (void)driver->admin()->create(); }).code == Errc::Usage);
}

TEST_CASE("cancel between two statements stops the next one", "[sqlite]") {
    const File file;
    const std::string way = GENERATE("", "-- godwit: no-transaction\n");
    const auto policy = GENERATE(DirtyPolicy::OnlyWhenKept, DirtyPolicy::Always);
    const auto driver = file.driver();
    // longer than any test may take
    std::vector<Step> steps{up_step(1,
                                    way + "CREATE TABLE slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                                          "SELECT i + 1 FROM n WHERE i < 90000000000) SELECT max(i) FROM n;",
                                    driver->dialect())};
    steps.front().dirty_policy = policy;
    Canceller canceller(*driver);
    const Outcome outcome = driver->apply(steps, identity(), canceller);
    REQUIRE(outcome.failure);
    const ErrorInfo& info = outcome.failure->info();
    CHECK(info.code == Errc::Interrupted);
    CHECK(info.kept == Kept::Nothing);
    CHECK(driver->state().dirty == (policy == DirtyPolicy::Always));
    CHECK(file.sql("SELECT count(*) FROM sqlite_schema WHERE name = 'slow'") == "0");
}

TEST_CASE("a cancel that was obeyed is forgotten by the next run", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    Canceller canceller(*driver);
    const std::vector<Step> steps{up_step(1, "CREATE TABLE t (id);", driver->dialect())};
    REQUIRE(driver->apply(steps, identity(), canceller).failure);
    driver->cancel();
    land(*driver, steps);
    CHECK(file.version() == "1|0");
}
