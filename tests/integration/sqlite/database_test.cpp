#include <unistd.h>

#include "file.hpp"
#include "integration/support/first_layout.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

std::unique_ptr<Driver> at(const std::string& path) {
    auto driver = sqlite::open(Url::parse("sqlite:" + path), DriverOptions{});
    driver->connect();
    return driver;
}

}  // namespace

TEST_CASE("looking at a file that is not there does not make it", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    const LedgerState state = driver->state();
    CHECK_FALSE(state.has_version_table);
    CHECK_FALSE(state.version);
    CHECK(driver->history(0).empty());
    CHECK(driver->applied().empty());
    CHECK_FALSE(driver->stored_down_script(Version::of(1)));
    CHECK(driver->drop_everything({}).empty());
    CHECK(file.files().empty());
    // made by another program meanwhile
    file.sql(
        "CREATE TABLE schema_migrations (version uint64, dirty bool); INSERT INTO schema_migrations VALUES "
        "(4, 0)");
    CHECK(driver->state().version == Version::of(4));
}

TEST_CASE("what cannot be a database is named", "[sqlite]") {
    const File file;
    const std::string folder = file.folder().string();
    SECTION("a folder") {
        CHECK_THAT(thrown([&] { (void)at(folder); }).message, ContainsSubstring("it is a folder"));
    }
    SECTION("a missing folder") {
        const auto info = thrown([&] { (void)at(folder + "/no/app.db"); });
        CHECK(info.code == Errc::Connect);
        CHECK_THAT(info.message, ContainsSubstring("the folder " + folder + "/no does not exist"));
        CHECK_FALSE(fs::exists(folder + "/no"));
    }
    SECTION("a file in place of a folder") {
        std::ofstream(file.folder() / "plain") << "x";
        const auto info = thrown([&] { (void)at(folder + "/plain/app.db"); });
        CHECK(info.code == Errc::Connect);
        CHECK_THAT(info.message, ContainsSubstring(folder + "/plain"));
    }
    SECTION("another kind of file") {
        std::ofstream(file.path()) << std::string(5000, 'x');
        const auto info = thrown([&] { (void)file.driver(); });
        CHECK(info.code == Errc::Connect);
        CHECK(info.native_code == "SQLITE_NOTADB");
        CHECK_THAT(info.message, ContainsSubstring("file is not a database"));
        CHECK_THAT(thrown([&] { (void)sqlite::open(Url::parse(file.url()), {})->admin()->drop(); }).message,
                   ContainsSubstring("not a database"));
        CHECK(fs::exists(file.path()));
    }
    SECTION("a missing file that must be there") {
        CHECK_THAT(thrown([&] { (void)file.driver("mode=ro"); }).message,
                   ContainsSubstring("does not exist"));
        CHECK_THAT(thrown([&] { (void)file.driver("mode=rw"); }).message,
                   ContainsSubstring("does not exist"));
    }
}

TEST_CASE("a database opened for reading can be looked at, and says why it cannot be written", "[sqlite]") {
    const File file;
    {
        const auto driver = file.driver();
        land(*driver, {up_step(1, "CREATE TABLE t (id);", driver->dialect())});
    }
    const auto driver = file.driver("mode=ro");
    CHECK(driver->state().version == Version::of(1));
    CHECK(driver->history(0).size() == 1);
    const auto info =
        thrown([&] { (void)apply(*driver, {up_step(2, "CREATE TABLE u (id);", driver->dialect())}); });
    CHECK(info.code == Errc::Connect);
    CHECK_THAT(info.message, ContainsSubstring("mode=ro"));
}

TEST_CASE("a folder that cannot be written to", "[sqlite]") {
    if (geteuid() == 0) return;  // root may write anywhere
    const File file;
    file.sql("CREATE TABLE t (id)");
    fs::permissions(file.folder(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto driver = file.driver();
    CHECK_FALSE(driver->state().version);
    CHECK_THAT(thrown([&] { (void)driver->lock(Deadline::in(Milliseconds(0)), {}); }).message,
               ContainsSubstring("lock file"));
}

TEST_CASE("a full disk fails the step and keeps those before", "[sqlite]") {
    const File file;
    const auto driver = file.driver("_pragma=max_page_count(40)");
    const Dialect& dialect = driver->dialect();
    const Outcome outcome =
        apply(*driver, {up_step(1, "CREATE TABLE t (data);", dialect),
                        up_step(2, "INSERT INTO t VALUES (1);", dialect),
                        up_step(3, "INSERT INTO t VALUES (zeroblob(1000000));", dialect)});
    CHECK(outcome.landed == 2);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->info().native_code == "SQLITE_FULL");
    CHECK(outcome.failure->info().where.version == "3");
    CHECK(outcome.failure->info().kept == Kept::Nothing);
    CHECK_THAT(outcome.failure->info().hint, ContainsSubstring("room"));
    CHECK(file.version() == "2|0");
}

TEST_CASE("drop_everything drops every kind of object and keeps the file usable", "[sqlite]") {
    const File file;
    const auto driver = file.driver("_fk=1");
    const Dialect& dialect = driver->dialect();
    land(
        *driver,
        {up_step(
            1,
            "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);\n"
            "CREATE TABLE c (p INTEGER NOT NULL REFERENCES p);\n"
            "CREATE INDEX c_p ON c (p);\nCREATE VIEW v AS SELECT * FROM p;\n"
            "CREATE TRIGGER tr AFTER INSERT ON p BEGIN DELETE FROM c WHERE 0; END;\n"
            "CREATE VIRTUAL TABLE words USING fts5(body);\nCREATE TABLE \"odd \"\" name\" (id);\n"
            "INSERT INTO p (name) VALUES ('a');\nINSERT INTO c VALUES (1);\nINSERT INTO words VALUES ('x');\n"
            "ANALYZE;\n",
            dialect)});
    const auto dropped = driver->drop_everything({});
    const auto named = [&](const std::string& what) { return std::ranges::count(dropped, what); };
    for (const char* what :
         {"table p", "table c", "index c_p", "view v", "trigger tr", "table words", "table odd \" name",
          "table schema_migrations", "table schema_migrations_history"})
        CHECK(named(what) == 1);
    CHECK(named("table words_data") == 0);
    CHECK(file.sql("SELECT name FROM sqlite_schema") == "sqlite_sequence");
    CHECK(file.sql("SELECT count(*) FROM sqlite_sequence") == "0");
    CHECK(driver->drop_everything({}).empty());
    CHECK(thrown([&] { (void)driver->drop_everything({.schema = "other"}); }).code == Errc::Usage);
    land(*driver, {up_step(1, "CREATE TABLE p (id);", dialect)});
}

TEST_CASE("create and drop the file", "[sqlite]") {
    const File file;
    const auto driver = sqlite::open(Url::parse(file.url("_journal_mode=WAL")), DriverOptions{});
    DatabaseAdmin& admin = *driver->admin();
    CHECK_FALSE(admin.drop());
    CHECK(admin.create());
    CHECK_FALSE(admin.create());
    CHECK(fs::file_size(file.path()) == 0);
    driver->connect();
    land(*driver, {up_step(1, "CREATE TABLE t (id);", driver->dialect())});
    SECTION("in use") {
        Other other(file);
        other.run("BEGIN IMMEDIATE");
        CHECK(thrown([&] { (void)admin.drop(); }).code == Errc::Locked);
        CHECK(fs::exists(file.path()));
        other.run("COMMIT");
    }
    SECTION("while a migration runs") {
        const auto migrating = file.driver();
        const auto held = migrating->lock(Deadline::in(Milliseconds(0)), {});
        CHECK(thrown([&] { (void)admin.drop(); }).code == Errc::Locked);
    }
    CHECK(admin.drop());
    CHECK(file.files().empty());
    CHECK_FALSE(admin.drop());
}

TEST_CASE("a folder where no file can be made", "[sqlite]") {
    const File file;
    const auto driver =
        sqlite::open(Url::parse("sqlite:" + file.folder().string() + "/no/app.db"), DriverOptions{});
    CHECK_THAT(thrown([&] { (void)driver->admin()->create(); }).message, ContainsSubstring("No such file"));
}

TEST_CASE("several changes of the ledger are one", "[sqlite]") {
    const File file;
    const auto driver = file.driver();
    LedgerChange good;
    good.version = Version::of(3);
    good.history.emplace();
    good.history->version = "3";
    good.history->kind = "force";
    good.history->state = HistoryState::Forced;
    LedgerChange bad;
    bad.version = *Version::parse("99999999999999999999");
    const LedgerChange both[] = {good, bad};
    CHECK(thrown([&] { driver->record(both, identity()); }).code == Errc::Validation);
    CHECK_FALSE(driver->state().has_version_table);
    driver->record({&good, 1}, identity());
    CHECK(file.version() == "3|0");
    CHECK(file.history() == "3 up forced 0/0 ");
}

TEST_CASE("a history of the first layout is read, and brought up to date by the next write", "[sqlite]") {
    const File file;
    check_first_layout(*file.driver(), [&](const std::string& sql) { return file.sql(sql); });
}
