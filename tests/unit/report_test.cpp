#include "report/report.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "godwit/error.hpp"
#include "report/wish.hpp"

using namespace godwit;
using namespace godwit::cli;
using report::Report;

namespace {

/// What a name can hold that a format takes for its own.
const std::string kHostile = "a::error file=x::y,z%0A\n## h|`<script>]]>&amp;\"'\x1b[31m\x01\xff @you ```";

Report hostile() {
    Report report;
    report.command = "validate";
    report.database = "sqlite://app.db";
    report.folder = "migrations";
    report.files = {{"1", kHostile, "migrations/" + kHostile}, {"2", "b", "migrations/2_b.up.sql"}};
    report.findings = {
        {.code = "checksum-changed",
         .severity = Severity::Error,
         .version = "1",
         .file = "migrations/" + kHostile,
         .message = kHostile,
         .hint = kHostile,
         .detail = kHostile,
         .line = 3,
         .column = 4},
        {.code = "missing-file", .severity = Severity::Warning, .version = "9", .message = "gone"}};
    report.outcome = "not valid";
    return report;
}

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool has_control(const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char c) { return c < ' ' && c != '\n' && c != '\t'; });
}

}  // namespace

TEST_CASE("clean: what is no character and what controls a terminal is replaced", "[report]") {
    CHECK(report::clean("a\tb\nü") == "a\tb\nü");
    CHECK(report::clean("a\r\nb") == "a\nb");
    CHECK(report::clean("\x1b[2J") == "\uFFFD[2J");
    CHECK(report::clean("\xc2\x9b") == "\uFFFD");
    CHECK(report::clean("\xff\xc3") == "\uFFFD\uFFFD");
    CHECK(report::clean(std::string_view("\0", 1)) == "\uFFFD");
}

TEST_CASE("github: one command a line, nothing of a name begins another", "[report]") {
    const auto text = report::github(hostile());
    CHECK(lines_of(text) == 2);
    CHECK(text.starts_with(
        "::error title=godwit%3A checksum-changed,file=migrations/a%3A%3Aerror file=x%3A%3Ay%2Cz%250A%0A"));
    CHECK(text.find(",line=3,col=4::a::error file=x::y,z%250A%0A## h|") != std::string::npos);
    CHECK(text.find("::warning title=godwit%3A missing-file,file=migrations::gone\n") != std::string::npos);
    CHECK_FALSE(has_control(text));
}

TEST_CASE("gitlab: every finding has a place, a line and a fingerprint of its own", "[report]") {
    const auto document = nlohmann::json::parse(report::gitlab(hostile()));
    REQUIRE(document.size() == 2);
    CHECK(document[0]["location"]["lines"]["begin"] == 3);
    CHECK(document[0]["severity"] == "major");
    CHECK(document[1]["location"]["path"] == "migrations");
    CHECK(document[1]["location"]["lines"]["begin"] == 1);
    CHECK(document[0]["fingerprint"] != document[1]["fingerprint"]);
}

TEST_CASE("a fingerprint outlives a line that moves", "[report]") {
    auto report = hostile();
    const auto before = report::annotations(report)[0].fingerprint();
    report.findings[0].line = 99;
    CHECK(report::annotations(report)[0].fingerprint() == before);
    report.findings[0].message = "another";
    CHECK(report::annotations(report)[0].fingerprint() != before);
}

TEST_CASE("sarif: rules, results and places belong together", "[report]") {
    const auto document = nlohmann::json::parse(report::sarif(hostile(), "1.2.3"));
    CHECK(document["version"] == "2.1.0");
    const auto& run = document["runs"][0];
    CHECK(run["tool"]["driver"]["version"] == "1.2.3");
    const auto& results = run["results"];
    REQUIRE(results.size() == 2);
    for (const auto& result : results)
        CHECK(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"] ==
              result["ruleId"]);
    const auto& place = results[0]["locations"][0]["physicalLocation"];
    CHECK(place["region"]["startLine"] == 3);
    const auto uri = place["artifactLocation"]["uri"].get<std::string>();
    CHECK(uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%") ==
          std::string::npos);
    CHECK_FALSE(results[1]["locations"][0]["physicalLocation"].contains("region"));
    CHECK(results[1]["level"] == "warning");
}

TEST_CASE("junit: a case for each migration; a warning fails none", "[report]") {
    const auto text = report::junit(hostile());
    CHECK(text.find("<testsuites tests=\"3\" failures=\"1\" errors=\"0\">") != std::string::npos);
    CHECK(text.find("]]>") == std::string::npos);
    CHECK(text.find("<script") == std::string::npos);
    CHECK(text.find("name=\"2 b\" file=\"migrations/2_b.up.sql\"/>") != std::string::npos);
    CHECK_FALSE(has_control(text));
}

TEST_CASE("junit: an error that ended the command is a failure", "[report]") {
    Report report;
    report.command = "validate";
    CHECK(report::junit(report).find("failures=\"0\"") != std::string::npos);
    report.error = Error(Errc::Connect, "cannot connect", "wait").info();
    CHECK(report::junit(report).find("<failure type=\"connect\" message=\"cannot connect\">") !=
          std::string::npos);
}

TEST_CASE("markdown: names stay in their cells, code ends where it ends", "[report]") {
    auto report = hostile();
    report.steps = {{.version = "1",
                     .name = kHostile,
                     .statements = 1,
                     .how = "in one transaction",
                     .remarks = {kHostile},
                     .reversible = false,
                     .sql = "SELECT '```' || '\n````\n';"}};
    const auto text = report::markdown(report);
    CHECK(text.find("<script>") == text.find("<script>]]>&amp;\"'\uFFFD[31m"));  // in code only
    CHECK(text.find("\n## h") == text.find("\n## h|`<script>"));  // of the detail, which is a block
    CHECK(text.find("**no**") != std::string::npos);
    CHECK(text.find("`````sql\nSELECT") != std::string::npos);
    CHECK_FALSE(has_control(text));
    const auto row = text.substr(text.find("| ↑ |"));
    const auto line = row.substr(0, row.find('\n'));
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
        bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    CHECK(bars == 7);
}

TEST_CASE("markdown: a large script is cut, and says so", "[report]") {
    Report report;
    report.command = "plan";
    for (int i = 0; i < 40; ++i)
        report.steps.push_back({.version = std::to_string(i), .sql = std::string(99, 'x') + "\n"});
    for (auto& step : report.steps)
        for (int i = 0; i < 10; ++i)
            step.sql += step.sql.substr(0, 40'000);
    const auto text = report::markdown(report);
    CHECK(text.size() < 400'000);
    CHECK(text.find("bytes more") != std::string::npos);
}

TEST_CASE("markdown: a failure shows place, line, state and what is next", "[report]") {
    Report report;
    report.command = "up";
    ErrorInfo error;
    error.code = Errc::Statement;
    error.message = "no such column: x";
    error.native_code = "SQLITE_ERROR";
    error.where = {"migrations/2_b.up.sql", "2", 3, 4, 1, 1};
    error.state = "nothing was kept";
    error.next = "godwit up";
    report.error = error;
    const auto text = report::markdown(report);
    CHECK(text.find("`migrations/2_b.up.sql:3:4`") != std::string::npos);
    CHECK(text.find("ERROR SQLITE_ERROR: no such column: x") != std::string::npos);
    CHECK(text.find("**state:** nothing was kept") != std::string::npos);
    CHECK(text.find("**next:** godwit up") != std::string::npos);
    const auto found = report::annotations(report);
    REQUIRE(found.size() == 1);
    CHECK(found[0].hint == "nothing was kept; next: godwit up");
}

TEST_CASE("--report: formats, files, and one stdout", "[report]") {
    const auto wishes = report_wishes({"markdown=a=b.md", "github"});
    CHECK(wishes[0].file == "a=b.md");
    CHECK(wishes[1].file.empty());
    CHECK(report_has_stdout({"junit=x", "github"}));
    CHECK_FALSE(report_has_stdout({"junit=x"}));
    CHECK_THROWS_AS(report_wishes({"markdwn"}), Error);
    CHECK_THROWS_AS(report_wishes({"junit="}), Error);
    CHECK_THROWS_AS(report_wishes({"junit", "github"}), Error);
}
