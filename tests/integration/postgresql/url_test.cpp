#include "postgresql/url.hpp"

#include <thread>

#include "catch.hpp"
#include "godwit/utf8.hpp"
#include "postgresql/concurrent_index.hpp"
#include "postgresql/text.hpp"
#include "sql/batch.hpp"
#include "sql/history_table.hpp"
#include "sql/lock_poll.hpp"
#include "sql/params.hpp"
#include "sql/values.hpp"

using namespace godwit;

namespace {

/// Keywords as "k=v k=v", those that every target has left out.
std::string keywords(const std::string& url, DriverOptions options = {}) {
    std::string text;
    for (const auto& [key, value] : postgresql::read_target(Url::parse(url), options).keywords)
        if (!key.starts_with("keepalives") && key != "tcp_user_timeout" && key != "application_name" &&
            key != "connect_timeout" && key != "client_encoding")
            text += (text.empty() ? "" : " ") + key + "=" + value;
    return text;
}

DriverOptions with_env(std::string name, std::string value) {
    DriverOptions options;
    options.env = [name, value](std::string_view asked) {
        return asked == name ? std::optional(value) : std::nullopt;
    };
    return options;
}

std::string refusal(const std::string& url) {
    try {
        postgresql::read_target(Url::parse(url), {});
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Usage);
        return std::string(error.what()) + " " + error.info().hint;
    }
    return "accepted";
}

}  // namespace

TEST_CASE("URLs become libpq keywords", "[postgresql][url]") {
    CHECK(keywords("postgres://u:p%40ss@h:5433/db") ==
          "host=h port=5433 user=u password=p@ss dbname=db sslmode=require");
    CHECK(keywords("pgx5://u@h/db") == "host=h user=u dbname=db");
    CHECK(keywords("postgres://h/db?sslmode=verify-full") == "host=h dbname=db sslmode=verify-full");
    CHECK(keywords("postgres://h/db", with_env("PGSSLMODE", "allow")) == "host=h dbname=db");
    CHECK(keywords("pgx://[::1]:1/db") == "host=::1 port=1 dbname=db");
    CHECK(keywords("pgx://%2Frun%2Fpg/db") == "host=/run/pg dbname=db");
    CHECK(keywords("pgx:///db?host=/run/pg&user=u") == "dbname=db host=/run/pg user=u");
    CHECK(keywords("pgx://h/db?search_path=a,%20b&x-custom=1&statement_timeout=5") ==
          "host=h dbname=db options=-c search_path=a,\\ b -c statement_timeout=5");
    // every blank of the server's own reading, found with hostile names
    CHECK(keywords("pgx://h/db?search_path=a%0D%0A%0B%0C%09b%5C") ==
          "host=h dbname=db options=-c search_path=a\\\r\\\n\\\v\\\f\\\tb\\\\");
    CHECK(keywords("pgx://h/db?work_mem=1MB", with_env("PGOPTIONS", "-c geqo=off")) ==
          "host=h dbname=db options=-c geqo=off -c work_mem=1MB");
    CHECK(keywords("pgx://h/db?binary_parameters=yes") == "host=h dbname=db");
}

TEST_CASE("URLs that cannot be honoured name the part", "[postgresql][url]") {
    CHECK_THAT(refusal("postgres://h/db?sslmode=maybe"), ContainsSubstring("sslmode 'maybe'"));
    CHECK_THAT(refusal("postgres://h/db?x-multi-statement=maybe"),
               ContainsSubstring(R"(x-multi-statement: strconv.ParseBool: parsing "maybe": invalid syntax)"));
    CHECK_THAT(refusal("postgres://h/db?x-statement-timeout=1s"), ContainsSubstring("strconv.Atoi"));
    CHECK_THAT(refusal("postgres://h/db?x-migrations-table-quoted=true"),
               ContainsSubstring("must be quoted"));
    CHECK_THAT(
        refusal("postgres://h/db?x-migrations-table=%22a%22.%22b%22.%22c%22&x-migrations-table-quoted=true"),
        ContainsSubstring("too many dot characters"));
    CHECK_THAT(refusal("postgres://h/db?client_encoding=LATIN1"), ContainsSubstring("client_encoding"));
    CHECK_THAT(refusal("postgres://h/db?krbspn=x"), ContainsSubstring("krbspn"));
    CHECK_THAT(refusal("pgx://h/db?x-lock-strategy=magic"), ContainsSubstring("x-lock-strategy 'magic'"));
    CHECK_THAT(refusal("postgres://h/db#frag"), ContainsSubstring("%23"));
    CHECK_THAT(refusal("postgres://u:gehe?im@h/db"), ContainsSubstring("%3F") && !ContainsSubstring("im@h"));
    // libpq would refuse these itself, and show the password while it does
    CHECK_THAT(refusal("postgres://u:geheim%00@h/db"),
               ContainsSubstring("password holds a NUL byte") && !ContainsSubstring("geheim"));
    CHECK_THAT(refusal("postgres://u%00@h/db"), ContainsSubstring("user holds a NUL byte"));
    CHECK_THAT(refusal("postgres://h/db?x-migrations-table=a%00b"),
               ContainsSubstring("names a table with a NUL byte"));
    const std::string longest(63, 'x');
    CHECK(refusal("postgres://h/db?x-migrations-table=" + longest) == "accepted");
    CHECK_THAT(refusal("postgres://h/db?x-migrations-table=x" + longest),
               ContainsSubstring("PostgreSQL keeps 63 bytes of a name, and it has 64"));
}

TEST_CASE("the index that CREATE INDEX CONCURRENTLY makes", "[postgresql]") {
    const auto shown = [](std::string_view sql) {
        const auto index = postgresql::concurrent_index(sql);
        return index ? index->name + " on " + index->table : "-";
    };
    CHECK(shown("CREATE INDEX CONCURRENTLY Ix ON T (x)") == "ix on T");
    CHECK(
        shown(
            "create unique index concurrently if not exists \"My \"\"Ix\" on only a.\"B c\" using gin (x)") ==
        "My \"Ix on a.\"B c\"");
    CHECK(shown("CREATE /* a /* b */ */ INDEX -- c\n CONCURRENTLY ix ON t(x)") == "ix on t");
    CHECK(shown("CREATE INDEX CONCURRENTLY ON t (x)") == " on t");
    CHECK(shown("CREATE INDEX ix ON t (x)") == "-");
    CHECK(shown("DROP INDEX CONCURRENTLY ix") == "-");
}

TEST_CASE("text as literals", "[postgresql]") {
    CHECK(postgresql::literal("it's") == "'it''s'");
    CHECK(postgresql::literal("a\\'b") == "E'a\\\\''b'");
    CHECK(postgresql::literal(std::string_view("a\0\xE9z", 4)) == "'a\xEF\xBF\xBD\xEF\xBF\xBDz'");
    CHECK(is_storable_text("größer 😀"));
    CHECK_FALSE(is_storable_text("\xC0\x80"));
    CHECK_FALSE(is_storable_text("\xED\xA0\x80"));
    CHECK(postgresql::from_hex("6869") == "hi");
    CHECK_FALSE(postgresql::from_hex("6"));
}

TEST_CASE("table names", "[sql]") {
    using sql::TableName;
    CHECK(TableName::parse("t") == TableName{"", "t"});
    CHECK(TableName::parse("s.t") == TableName{"s", "t"});
    for (const std::string bad : {"", ".t", "s.", "a.b.c"})
        CHECK_THROWS_AS(TableName::parse(bad), Error);
    CHECK(TableName{"", "t"}.history_name() == "t_history");
    const TableName one{"", std::string(63, 'x')};
    const TableName two{"", std::string(62, 'x') + "y"};
    CHECK(one.history_name().size() == 63);
    CHECK(one.history_name() != two.history_name());
}

TEST_CASE("times of the ledger", "[sql]") {
    const auto time = sql::parse_timestamp("2026-11-21T05:42:38.000123Z");
    REQUIRE(time);
    CHECK(sql::to_iso8601(*time) == "2026-11-21T05:42:38.000123Z");
    CHECK(sql::to_sql_datetime(*time) == "2026-11-21 05:42:38.000123");
    CHECK(sql::parse_timestamp("2026-11-21 05:42:38") == *time - std::chrono::microseconds(123));
    for (const std::string bad : {"", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z",
                                  "x026-01-01T00:00:00Z", "2026-01-01T00:00:00.1234567Z"})
        CHECK_FALSE(sql::parse_timestamp(bad));
}

TEST_CASE("batches grow while they are quick", "[sql]") {
    std::vector<Step> steps(1000, Step{Version::of(1)});
    sql::BatchSizer sizer;
    const auto all = [](const Step&) { return true; };
    CHECK(sql::batch_end(steps, 0, sizer, all) == 1);
    const auto few = [&](const Step& s) { return &s < &steps[5]; };
    CHECK(sql::batch_end(steps, 0, sizer, all, few) == 5);
    CHECK(sql::batch_end(steps, 0, sizer, all, all) == 16);
    CHECK(sql::batch_end(steps, 5, sizer, all, few) == 6);
    sizer.done(1, std::chrono::milliseconds(60));
    CHECK(sql::batch_end(steps, 0, sizer, all, all) == 2);
    CHECK(sizer.most() == 2);
    sizer.done(2, std::chrono::milliseconds(12));
    CHECK(sizer.most() == 16);
    sizer.done(16, std::chrono::milliseconds(150));
    CHECK(sizer.most() == 16);
    sizer.done(3, std::chrono::microseconds(10));  // too few to tell
    CHECK(sizer.most() == 16);
    sizer.done(16, std::chrono::microseconds(-10));  // quicker than the quickest answer so far
    CHECK(sizer.most() == 256);
    CHECK(sql::batch_end(steps, 0, sizer, all) == 256);
    CHECK(sql::batch_end(steps, 900, sizer, all) == 1000);
    CHECK(sql::batch_end(steps, 0, sizer, [&](const Step& s) { return &s < &steps[10]; }) == 10);
    CHECK(sql::batch_end(steps, 0, sizer, [](const Step&) { return false; }) == 1);
    sizer.done(256, std::chrono::milliseconds(500));
    CHECK(sizer.most() == 128);
}

TEST_CASE("the lock is polled until its deadline", "[sql]") {
    int tries = 0;
    sql::poll_lock({[&] { return ++tries == 3; }, [] { return ""; }}, Deadline::in(Milliseconds(5000)),
                   nullptr);
    CHECK(tries == 3);
    tries = 0;
    CHECK_THROWS_WITH(sql::poll_lock({[&] {
                                          ++tries;
                                          return false;
                                      },
                                      [] { return "pid 1"; }},
                                     Deadline::in(Milliseconds(0)), nullptr),
                      ContainsSubstring("held by pid 1"));
    CHECK(tries == 1);
    // however long the only try takes
    const auto slowly = [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        return false;
    };
    CHECK_THROWS_WITH(
        sql::poll_lock({slowly, [] { return "pid 1"; }}, Deadline::in(Milliseconds(0)), nullptr),
        ContainsSubstring("not waited for"));
}

TEST_CASE("Go's booleans and numbers", "[sql]") {
    CHECK(sql::bool_param("x", "T"));
    CHECK_FALSE(sql::bool_param("x", "False"));
    CHECK_FALSE(sql::parse_bool("yes"));
    CHECK(sql::integer_param("x", "+5") == 5);
    CHECK(sql::integer_param("x", "-5") == -5);
    for (const std::string bad : {"5s", "+-5", "99999999999999999999", " 5"})
        CHECK_THROWS_AS(sql::integer_param("x", bad), Error);
}

TEST_CASE("how the lock is to be held", "[postgresql]") {
    const auto target = [](const std::string& url, bool golang_migrate = false) {
        DriverOptions options;
        options.golang_migrate = golang_migrate;
        return postgresql::read_target(Url::parse(url), options);
    };
    CHECK_FALSE(target("postgres://h/db").lock_strategy.has_value());
    CHECK(target("postgres://h/db?x-lock-strategy=advisory").lock_strategy ==
          postgresql::LockStrategy::Advisory);
    CHECK(target("postgres://h/db?x-lock-strategy=none").lock_strategy == postgresql::LockStrategy::None);
    const auto leased = target("postgres://h/db?x-lock-strategy=table&x-lock-table=l&x-lock-lease=2500");
    CHECK(leased.lock_strategy == postgresql::LockStrategy::Table);
    CHECK(leased.lock_table == "l");
    CHECK(leased.lock_lease == Milliseconds(2500));
    CHECK_THAT(refusal("postgres://h/db?x-lock-lease=999"), ContainsSubstring("at least 1000 milliseconds"));
    // golang-migrate's lib/pq driver leaves them alone, its pgx drivers know two of them
    CHECK_FALSE(target("postgres://h/db?x-lock-strategy=none", true).lock_strategy.has_value());
    CHECK(target("pgx://h/db?x-lock-strategy=table", true).lock_strategy == postgresql::LockStrategy::Table);
    CHECK_THROWS_AS(target("pgx://h/db?x-lock-strategy=none", true), Error);
}

TEST_CASE("whoever holds the lock is noticed when its host vanishes", "[postgresql]") {
    const auto keywords =
        postgresql::read_target(Url::parse("postgres://h/db?keepalives_idle=7"), {}).keywords;
    const auto value = [&](std::string_view key) {
        for (const auto& [name, text] : keywords)
            if (name == key) return text;
        return std::string();
    };
    CHECK(value("keepalives_idle") == "7");
    CHECK(value("keepalives_interval") == "5");
    CHECK(value("keepalives_count") == "3");
    CHECK(value("tcp_user_timeout") == "25000");
    CHECK_FALSE(postgresql::read_target(Url::parse("postgres://h/db?tcp_keepalives_idle=7"), {}).keepalives);
}

TEST_CASE("what the version table can hold", "[sql]") {
    CHECK(sql::version_number(*Version::parse("0012")) == 12);
    CHECK_THROWS_AS(sql::version_number(*Version::parse("9223372036854775808")), Error);
    CHECK_FALSE(sql::version_of_number(-1));
    CHECK_THROWS_AS(sql::version_of_number(-2), Error);
}
