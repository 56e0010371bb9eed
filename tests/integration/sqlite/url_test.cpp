#include "sqlite/url.hpp"
#include "catch.hpp"
#include "godwit/error.hpp"

using namespace godwit;
using namespace godwit::sqlite;

namespace {

Target target(const std::string& url, const DriverOptions& options = {}) {
    return read_target(Url::parse(url), options);
}

std::string here(const std::string& name) {
    return (std::filesystem::current_path() / name).string();
}

/// Message of the refusal, with its hint.
std::string refused(const std::string& url) {
    try {
        (void)target(url);
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Usage);
        return error.info().message + "; " + error.info().hint;
    }
    return "not refused";
}

std::string pragmas(const std::vector<Pragma>& all) {
    std::string text;
    for (const Pragma& pragma : all)
        text += (text.empty() ? "" : " ") + pragma.name + "=" + pragma.value;
    return text;
}

}  // namespace

TEST_CASE("every form of a SQLite URL names its file", "[sqlite][url]") {
    const auto [url, file] = GENERATE(table<std::string, std::string>({
        {"sqlite3://rel.db", here("rel.db")},
        {"sqlite3://dir/rel.db", here("dir/rel.db")},
        {"sqlite3:///srv/abs.db", "/srv/abs.db"},
        {"sqlite3://file:/srv/abs.db", "/srv/abs.db"},
        {"sqlite3://file:///srv/abs.db?mode=ro", "/srv/abs.db"},
        {"sqlite3://file://localhost/srv/abs.db", "/srv/abs.db"},
        {"sqlite3://file:rel.db", here("rel.db")},
        {"sqlite:rel.db", here("rel.db")},
        {"sqlite:./dir/../rel.db", here("rel.db")},
        {"sqlite:/srv/abs.db", "/srv/abs.db"},
        {"sqlite:///srv/abs.db", "/srv/abs.db"},
        {"sqlite:///srv/my%20file.db", "/srv/my file.db"},
        {"sqlite:///srv/my file.db", "/srv/my file.db"},
        {"sqlite:///srv/a+b=c#d.db?x-no-tx-wrap=true", "/srv/a+b=c#d.db"},
        {"sqlite:///srv/100%25.db", "/srv/100%.db"},
        {"sqlite:///srv/ž.db", "/srv/ž.db"},
    }));
    INFO(url);
    CHECK(target(url).file.string() == file);
    CHECK_FALSE(target(url).in_memory());
}

TEST_CASE("databases in memory", "[sqlite][url]") {
    CHECK(target("sqlite::memory:").memory == ":memory:");
    CHECK(target("sqlite3://:memory:").memory == ":memory:");
    CHECK(connection_string(target("sqlite::memory:"), true) == "dbname=:memory:");
    const Target shared = target("sqlite3://file:test?mode=memory&cache=shared");
    CHECK(shared.memory == "test");
    CHECK(connection_string(shared, true) == "dbname=file:test?mode=memory&cache=shared");
}

TEST_CASE("nothing of a path can be taken for a part of SOCI's text", "[sqlite][url]") {
    const Target odd = target("sqlite:///srv/a b\"c=d%3Fe%23f%25.db?vfs=unix");
    CHECK(connection_string(odd, true) == "dbname=file:/srv/a%20b%22c%3Dd%3Fe%23f%25.db?mode=rwc&vfs=unix");
    CHECK(connection_string(odd, false) == "dbname=file:/srv/a%20b%22c%3Dd%3Fe%23f%25.db?mode=rw&vfs=unix");
    CHECK(connection_string(target("sqlite:///srv/a.db?mode=ro"), true) == "dbname=file:/srv/a.db?mode=ro");
    CHECK(connection_string(target("sqlite:///srv/a.db?mode=rw"), true) == "dbname=file:/srv/a.db?mode=rw");
}

TEST_CASE("parameters of the Go drivers become pragmas", "[sqlite][url]") {
    const Target target = ::target(
        "sqlite:a.db?_foreign_keys=on&_busy_timeout=1500&_journal_mode=WAL&_sync=NORMAL&_loc=auto&_rt=1&_"
        "mutex=no"
        "&_txlock=exclusive&_pragma=cache_size(-4000)&_pragma=user_version=7&_cslike=false&cache=private");
    CHECK(pragmas(target.session) ==
          "foreign_keys=1 synchronous=normal recursive_triggers=1 cache_size=-4000 case_sensitive_like=0");
    CHECK(pragmas(target.stored) == "journal_mode=wal user_version=7");
    CHECK(target.busy_timeout == Milliseconds(1500));
    CHECK(target.exclusive);
    CHECK(target.uri == std::vector<std::pair<std::string, std::string>>{{"cache", "private"}});
    CHECK(::target("sqlite:a.db?_pragma=busy_timeout(90)").busy_timeout == Milliseconds(90));
    CHECK(::target("sqlite:a.db?_fk=1&_timeout=0").busy_timeout == Milliseconds(0));
    CHECK_FALSE(::target("sqlite:a.db").busy_timeout);
}

TEST_CASE("x- parameters", "[sqlite][url]") {
    const Target given = target(
        "sqlite:a.db?x-migrations-table=my.table&x-no-tx-wrap=T&x-load-extension=a.so"
        "&x-load-extension=b%20c.so");
    CHECK(given.table == sql::TableName{"", "my.table"});
    CHECK(given.no_tx_wrap);
    CHECK(given.extensions == std::vector<std::string>{"a.so", "b c.so"});
    CHECK(target("sqlite:a.db").table.table == "schema_migrations");
    DriverOptions options;
    options.table = "main.versions";
    options.table_given = true;
    options.load_extensions = {"first.so"};
    const Target both = target("sqlite:a.db?x-migrations-table=other&x-load-extension=second.so", options);
    CHECK(both.table == sql::TableName{"", "versions"});
    CHECK(both.extensions == std::vector<std::string>{"first.so", "second.so"});
    options.table = "other.versions";
    CHECK_THROWS_AS(target("sqlite:a.db", options), Error);
}

TEST_CASE("the migrate face leaves unknown x- parameters alone, as golang-migrate", "[sqlite][url]") {
    DriverOptions options;
    options.golang_migrate = true;
    CHECK_NOTHROW(target("sqlite:a.db?x-multi-statement=true", options));
    CHECK_THROWS_AS(target("sqlite:a.db?multi=true", options), Error);
    CHECK_THROWS_AS(target("sqlite:a.db?x-multi-statement=true"), Error);
}

TEST_CASE("a URL that cannot be honoured is refused, naming the part", "[sqlite][url]") {
    CHECK_THAT(refused("sqlite:"), ContainsSubstring("no file is named"));
    CHECK_THAT(refused("sqlite3://"), ContainsSubstring("sqlite:app.db"));
    CHECK_THAT(refused("sqlite:///srv/100%.db"), ContainsSubstring("bad percent-encoding in the path"));
    CHECK_THAT(refused("sqlite:a.db?_fk=%zz"), ContainsSubstring("the value of _fk"));
    CHECK_THAT(refused("sqlite:a%00.db"), ContainsSubstring("NUL"));
    CHECK_THAT(refused("sqlite:file://host/a.db"), ContainsSubstring("another host"));
    CHECK_THAT(refused("sqlite:a.db?_foreign_key=1"), ContainsSubstring("did you mean '_foreign_keys'?"));
    CHECK_THAT(refused("sqlite:a.db?_foreign_keys=2"), ContainsSubstring("_foreign_keys=2"));
    CHECK_THAT(refused("sqlite:a.db?_journal_mode=wall"), ContainsSubstring("delete truncate persist"));
    CHECK_THAT(refused("sqlite:a.db?_busy_timeout=5s"), ContainsSubstring("whole number"));
    CHECK_THAT(refused("sqlite:a.db?mode=rx"), ContainsSubstring("mode=rx"));
    CHECK_THAT(refused("sqlite:a.db?_txlock=never"), ContainsSubstring("_txlock"));
    CHECK_THAT(refused("sqlite:a.db?_pragma=foreign_keys(1);DROP"), ContainsSubstring("_pragma"));
    CHECK_THAT(refused("sqlite:a.db?x-no-tx-wrap=maybe"), ContainsSubstring("x-no-tx-wrap"));
    CHECK_THAT(refused("sqlite:a.db?x-no-tx-wrap=maybe"), ContainsSubstring("invalid syntax"));
    CHECK_THAT(refused("sqlite:a.db?x-no-tx-warp=1"), ContainsSubstring("did you mean 'x-no-tx-wrap'?"));
    CHECK_THAT(refused("sqlite:a.db?x-load-extension="), ContainsSubstring("x-load-extension"));
    CHECK_THAT(refused("sqlite:a.db?_auth_user=me&_auth_pass=secret"), !ContainsSubstring("secret"));
}
