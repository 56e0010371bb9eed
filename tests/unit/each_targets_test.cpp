// The list of --each, and the exit code of many targets.
#include "each/targets.hpp"

#include <string>

#include "catch.hpp"
#include "each/report.hpp"
#include "godwit/error.hpp"

using namespace godwit;
using namespace godwit::cli;

namespace {

std::string refusal(const std::string& text) {
    try {
        parse_targets(text, "list");
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Usage);
        return error.info().message;
    }
    return "accepted";
}

std::string refusal_of_rows(const std::vector<std::vector<std::optional<std::string>>>& rows) {
    try {
        targets_of_rows(rows);
    } catch (const Error& error) {
        return error.info().message;
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a list names schemas, databases and URLs", "[each]") {
    const auto targets = parse_targets(
        "\xEF\xBB\xBF# all\n\n  acme  # the first\r\n/shop2\n\tBig Corp\npostgres://a:pw#1@h/db\nsqlite:x.db",
        "list");
    REQUIRE(targets.size() == 5);
    CHECK(targets[0].schema == "acme");
    CHECK(targets[0].place == "list:3");
    CHECK(targets[1].database == "shop2");
    CHECK(targets[1].name == "/shop2");
    CHECK(targets[2].schema == "Big Corp");
    CHECK(targets[3].url->raw().reveal() == "postgres://a:pw#1@h/db");
    CHECK(targets[3].name.find("pw#1") == std::string::npos);
    CHECK(targets[4].url->scheme() == "sqlite");
    CHECK(parse_targets("", "list").empty());
    CHECK(parse_targets("#\n \n", "list").empty());
}

TEST_CASE("a list's bad line is told with its place and without its secrets", "[each]") {
    CHECK(refusal("a\nb\n\na # again") == "list:4: 'a' is listed already: list:1");
    CHECK(refusal("postgres:/u:secret@h/db") == "list:1: the line is neither a URL nor a name");
    CHECK(refusal("a/b") == "list:1: 'a/b' is neither a URL nor a name");
    CHECK(refusal("/") == "list:1: '/' is neither a URL nor a name");
    CHECK(refusal("a\x01") != "accepted");
    CHECK(refusal("/a\na") == "accepted");
    CHECK(refusal("x://u:secret@h/db\nx://u:secret@h/db").find("secret") == std::string::npos);
}

TEST_CASE("rows of a query are targets of one column", "[each]") {
    CHECK(targets_of_rows({{"acme"}, {" /b "}}).at(1).database == "b");
    CHECK(targets_of_rows({}).empty());
    CHECK(refusal_of_rows({{"a", "b"}}) == "the query of --each gives 2 columns");
    CHECK(refusal_of_rows({{"a"}, {std::nullopt}}) == "--each, row 2: it is NULL");
    CHECK(refusal_of_rows({{"a"}, {"a"}}) == "--each, row 2: 'a' is listed already: --each, row 1");
}

TEST_CASE("a query is told from a file's name", "[each]") {
    for (const char* sql : {"SELECT 1", " select\nname from t", "(SELECT 1)", "WITH x AS (SELECT 1) TABLE x",
                            "values ('a')", "SHOW DATABASES", "TABLE tenants"})
        CHECK(is_query(sql));
    for (const char* file : {"tenants.txt", "select", "selected tenants", "", "-", "delete from t"})
        CHECK_FALSE(is_query(file));
}

TEST_CASE("the worst target decides the exit code", "[each]") {
    const auto code_of = [](const std::vector<int>& codes) {
        EachReport report;
        for (const int code : codes)
            report.targets.push_back({.name = "t",
                                      .outcome = code == 0 ? TargetOutcome::Done : TargetOutcome::Failed,
                                      .exit_code = code});
        return report.exit_code();
    };
    CHECK(code_of({}) == 0);
    CHECK(code_of({0, 0}) == 0);
    CHECK(code_of({0, 7, 0, 6}) == 6);
    CHECK(code_of({2, 7}) == 7);
    CHECK(code_of({7, 6, 5, 4, 1}) == 1);
    EachReport stopped;
    stopped.interrupted = true;
    stopped.targets.push_back({.name = "t", .outcome = TargetOutcome::Done});
    CHECK(stopped.exit_code() == 0);
    stopped.targets.push_back({.name = "u"});
    CHECK(stopped.exit_code() == 130);
}
