// The pure parts of the `migrate` face: Go's flags and times, golang-migrate's reading of a folder, its error
// texts.
#include <string>
#include <vector>

#include "catch.hpp"
#include "compat/errors.hpp"
#include "compat/go_flags.hpp"
#include "compat/go_time.hpp"
#include "compat/reading.hpp"
#include "godwit/format.hpp"

using namespace godwit;
using namespace godwit::compat;

namespace {

std::vector<FlagSpec> specs() {
    return {{"verbose", FlagKind::Bool, "false", ""},
            {"n", FlagKind::Uint, "10", ""},
            {"i", FlagKind::Int, "6", ""},
            {"s", FlagKind::Text, "", ""}};
}

ParsedFlags parse(std::vector<std::string> words) {
    return parse_flags(specs(), words);
}

// golang-migrate's own fixture: 1 up+down, 3 up, 4 up+down, 5 down, 7 up+down.
MigrationSet fixture() {
    std::vector<Entry> entries;
    for (const char* name : {"1_a.up.sql", "1_a.down.sql", "3_c.up.sql", "4_d.up.sql", "4_d.down.sql",
                             "5_e.down.sql", "7_g.up.sql", "7_g.down.sql"}) {
        entries.push_back({.path = name});
    }
    return find_format("golang-migrate").read_listing(entries);
}

std::string text(const Reading& reading) {
    std::string out;
    for (const Item& item : reading.items) {
        out += std::to_string(item.version) + "=>" + std::to_string(item.target) +
               (item.half() ? " " : "(empty) ");
    }
    return out + (reading.error.empty() ? "" : "! " + reading.error);
}

ZonedTime moment(long nanoseconds = 0) {
    using namespace std::chrono;
    const auto at = sys_days{year{2026} / 11 / 3} + 4h + 5min + 9s;
    auto time = in_zone(time_point_cast<system_clock::duration>(at), "UTC");
    REQUIRE(time);
    time->nanoseconds = nanoseconds;
    return *time;
}

}  // namespace

TEST_CASE("Go flags: one or two dashes, values beside or behind '=', parsing stops at the first word") {
    const auto parsed = parse({"-s", "x", "--n=0x1F", "-verbose", "up", "-s", "y"});
    CHECK(parsed.error.empty());
    CHECK(parsed.text("s") == "x");
    CHECK(parsed.number("n") == 31);
    CHECK(parsed.is_set("verbose"));
    CHECK(parsed.arguments == std::vector<std::string>{"up", "-s", "y"});
    CHECK(parse({"--", "-s"}).arguments == std::vector<std::string>{"-s"});
    CHECK(parse({"-s", "a", "-s", "b"}).text("s") == "b");
    CHECK(parse({"-i", "-5"}).number("i") == -5);
    CHECK(parse({"-"}).arguments == std::vector<std::string>{"-"});
}

TEST_CASE("Go flags: the messages are Go's") {
    CHECK(parse({"-zz"}).error == "flag provided but not defined: -zz");
    CHECK(parse({"-n", "x"}).error == R"(invalid value "x" for flag -n: parse error)");
    CHECK(parse({"-n", "-1"}).error == R"(invalid value "-1" for flag -n: parse error)");
    CHECK(parse({"-verbose=x"}).error == R"(invalid boolean value "x" for -verbose: parse error)");
    CHECK(parse({"-s"}).error == "flag needs an argument: -s");
    CHECK(parse({"--=x"}).error == "bad flag syntax: --=x");
    CHECK(parse({"---s"}).error == "bad flag syntax: ---s");
    CHECK(parse({"-h"}).help);
    CHECK_FALSE(parse({"-h"}).error.size());
}

TEST_CASE("Go durations") {
    using namespace std::chrono_literals;
    CHECK(go_duration(0ns) == "0s");
    CHECK(go_duration(999ns) == "999ns");
    CHECK(go_duration(850'500ns) == "850.5µs");
    CHECK(go_duration(2'400'000ns) == "2.4ms");
    CHECK(go_duration(21'354'507'597ns) == "21.354507597s");
    CHECK(go_duration(60s) == "1m0s");
    CHECK(go_duration(3723s + 500ms) == "1h2m3.5s");
    CHECK(go_duration(-1500ms) == "-1.5s");
}

TEST_CASE("Go time layouts") {
    const ZonedTime time = moment(7'080'000);
    CHECK(go_format(time, "20060102150405") == "20261103040509");
    CHECK(go_format(time, "Jan _2 Monday Z07:00") == "Nov  3 Tuesday Z");
    CHECK(go_format(time, "January 2, 2006 3:04PM -0700 MST") == "November 3, 2026 4:05AM +0000 UTC");
    CHECK(go_format(time, "05.000") == "09.007");
    CHECK(go_format(time, "05.999999") == "09.00708");
    CHECK(go_format(time, "002 __2") == "307 307");
    CHECK(go_format(time, "x2006y") == "x2026y");
    CHECK(go_format(time, "Janet") == "Janet");
}

TEST_CASE("an unknown zone is none") {
    CHECK_FALSE(in_zone(std::chrono::system_clock::now(), "Mars/Base"));
    CHECK_FALSE(in_zone(std::chrono::system_clock::now(), "../../etc/passwd"));
}

TEST_CASE("golang-migrate's matrix of up and down") {
    const MigrationSet set = fixture();
    const Files files(set);
    CHECK(text(files.up(-1, -1)) == "1=>1 3=>3 4=>4 5=>5(empty) 7=>7 ");
    CHECK(text(files.up(-1, 0)) == "! no change");
    CHECK(text(files.up(5, 2)) == "7=>7 ! limit 1 short");
    CHECK(text(files.up(7, -1)) == "! no change");
    CHECK(text(files.up(7, 1)) == "! file does not exist");
    CHECK(text(files.down(-1, -1)) == "! no change");
    CHECK(text(files.down(-1, 1)) == "! file does not exist");
    CHECK(text(files.down(1, 2)) == "1=>-1 ! limit 1 short");
    CHECK(text(files.down(3, 2)) == "3=>1(empty) 1=>-1 ");
    CHECK(text(files.down(7, -1)) == "7=>5 5=>4 4=>3 3=>1(empty) 1=>-1 ");
    CHECK(text(files.go(-1, 4)) == "1=>1 3=>3 4=>4 ");
    CHECK(text(files.go(7, 4)) == "7=>5 5=>4 ");
    CHECK(text(files.go(4, -1)) == "4=>3 3=>1(empty) 1=>-1 ");
    CHECK(text(files.go(4, 4)) == "! no change");
}

TEST_CASE("golang-migrate's matrix: a version that is not there is an error from everywhere") {
    const MigrationSet set = fixture();
    const Files files(set);
    for (const std::int64_t absent : {0, 2, 6, 8}) {
        const std::string expected = "! no migration found for version " + std::to_string(absent) +
                                     ": read down for version " + std::to_string(absent) +
                                     " .: file does not exist";
        CHECK(text(files.go(-1, absent)) == expected);
        CHECK(text(files.go(absent, 4)) == expected);
        CHECK(text(files.up(absent, -1)) == expected);
        CHECK(text(files.down(absent, 1)) == expected);
    }
}

TEST_CASE("an empty folder") {
    const MigrationSet set;
    CHECK(text(Files(set).up(-1, -1)) == "! first .: file does not exist");
    CHECK(text(Files(set).down(-1, -1)) == "! no change");
}

TEST_CASE("error texts are golang-migrate's") {
    ErrorInfo error;
    error.code = Errc::Statement;
    error.message = R"(syntax error at or near "TABLEE")";
    error.sqlstate = "42601";
    const std::string body = "CREATE TABLE foo (foo text); CREATE TABLEE bar (bar text);";
    error.position = body.find("TABLEE");
    CHECK(migration_failure(Family::Postgres, error, body) ==
          R"(migration failed: syntax error at or near "TABLEE" (column 37) in line 1: )" + body +
              R"( (details: pq: syntax error at or near "TABLEE"))");
    error.position.reset();
    CHECK(
        migration_failure(Family::Pgx, error, "x") ==
        R"(migration failed: syntax error at or near "TABLEE" (column 0) in line 1: x (details: ERROR: syntax error at or near "TABLEE" (SQLSTATE 42601)))");
    error.native_code = "1064";
    CHECK(migration_failure(Family::MySql, error, "x") ==
          R"(migration failed in line 0: x (details: Error 1064: syntax error at or near "TABLEE"))");
    CHECK(migration_failure(Family::Sqlite, error, "x") ==
          R"(syntax error at or near "TABLEE" in line 0: x)");
}

TEST_CASE("behind CRLF line and column are golang-migrate's, which counts the CRs twice") {
    ErrorInfo error;
    error.message = "m";
    const std::string body = "a\r\nb\r\ncdefgh";
    error.position = body.find('d');
    // The server counts 8 characters; without the CRs that is the 'f'.
    CHECK_THAT(migration_failure(Family::Postgres, error, body), ContainsSubstring("(column 4) in line 3"));
}
