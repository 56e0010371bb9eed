#include "godwit/script.hpp"

#include <algorithm>
#include <ctime>
#include <string>

#include "catch.hpp"
#include "godwit/directives.hpp"
#include "godwit/error.hpp"
#include "godwit/hash.hpp"

using godwit::byte_offset_of_character;
using godwit::Script;

namespace {

Script postgres(std::string text) {
    return Script::parse(std::move(text), godwit::postgresql_dialect(), "1_a.up.sql");
}

std::string tokens(std::string text) {
    return postgres(std::move(text)).token_sha256();
}

std::string repeat(std::string_view what, std::size_t times) {
    std::string out;
    out.reserve(what.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        out += what;
    return out;
}

/// Processor time in seconds: what else the machine does makes no difference.
double cost_of_splitting(const std::string& text, const godwit::Dialect& dialect) {
    const std::clock_t begin = std::clock();
    try {
        (void)Script::parse(text, dialect);
    } catch (const godwit::Error& error) {
        CHECK(error.code() == godwit::Errc::Statement);
    }
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Eight times as much text costs eight times as much; sixty-four times if anything were quadratic. Processor
/// time too depends on who shares the caches: what costs too much once is tried again, what is quadratic
/// never passes.
void check_linear(const std::string& head, std::string_view part, const godwit::Dialect& dialect) {
    constexpr std::size_t kTimes = 2'000;
    constexpr double kNoise = 0.02;
    constexpr int kTries = 10;
    const std::string little = head + repeat(part, kTimes);
    const std::string much = head + repeat(part, 8 * kTimes);
    bool linear = false;
    for (int i = 0; i < kTries && !linear; ++i)
        linear = cost_of_splitting(much, dialect) < 24 * cost_of_splitting(little, dialect) + kNoise;
    INFO(dialect.name << ", " << head << ", then many of " << part);
    CHECK(linear);
}

}  // namespace

TEST_CASE("positions count lines from 1 and columns in characters", "[script]") {
    const Script script = postgres("SELECT 'ü';\r\n  SELECT 'ü', 2;\n");
    CHECK(script.position_of(0).column == 1);
    const auto second = script.position_of(script.text().find("2"));
    CHECK(second.line == 2);
    CHECK(second.column == 15);
    const auto behind = script.position_of(999);
    CHECK(behind.line == 3);
    CHECK(behind.column == 1);
    CHECK(script.statements()[1].line == 2);
    CHECK(script.statements()[1].column == 3);
}

TEST_CASE("a byte order mark is no column", "[script]") {
    const Script script = postgres("\xEF\xBB\xBFSELECT 1;");
    CHECK(script.statements()[0].begin == 3);
    CHECK(script.statements()[0].column == 1);
    CHECK(script.position_of(3).column == 1);
    CHECK(script.position_of(10).column == 8);
    CHECK(script.excerpt(10) == "   1 | SELECT 1;\n              ^");
}

TEST_CASE("an excerpt shows the line and marks the word", "[script]") {
    const Script script = postgres("BEGIN;\n\tUPDATE größe SET stauts = 1; -- x\r\nCOMMIT;");
    CHECK(script.excerpt(script.text().find("stauts")) ==
          "   2 |  UPDATE größe SET stauts = 1; -- x\n"
          "                         ^^^^^^");
    CHECK(script.excerpt(0) == "   1 | BEGIN;\n       ^^^^^");
    CHECK(script.excerpt(9999) == "   3 | COMMIT;\n              ^");
    CHECK(postgres("").excerpt(5) == "   1 | \n       ^");
}

TEST_CASE("an excerpt of a long line stays short", "[script]") {
    const std::string line = "SELECT " + repeat("ä, ", 100'000) + "needle" + repeat(", ö", 100'000);
    const Script script = postgres(line);
    const std::string excerpt = script.excerpt(line.find("needle"));
    CHECK_THAT(excerpt, ContainsSubstring("needle"));
    const std::size_t line_end = excerpt.find('\n');
    const auto is_begin = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    const auto characters =
        std::count_if(excerpt.begin(), excerpt.begin() + std::ptrdiff_t(line_end), is_begin);
    CHECK(characters <= 120 + 7);
    const std::size_t caret = excerpt.find('^') - line_end - 1;
    const std::size_t at = excerpt.find("needle");
    CHECK(std::count_if(excerpt.begin(), excerpt.begin() + std::ptrdiff_t(at), is_begin) ==
          std::ptrdiff_t(caret));
    CHECK_THAT(script.excerpt(0), StartsWith("   1 | SELECT ä"));
    CHECK_THAT(script.excerpt(line.size()), ContainsSubstring("ö\n"));
}

TEST_CASE("characters are mapped back to bytes", "[script]") {
    CHECK(byte_offset_of_character("aüb🐦c", 0) == 0);
    CHECK(byte_offset_of_character("aüb🐦c", 1) == 1);
    CHECK(byte_offset_of_character("aüb🐦c", 2) == 3);
    CHECK(byte_offset_of_character("aüb🐦c", 4) == 8);
    CHECK(byte_offset_of_character("aüb🐦c", 5) == 9);
    CHECK(byte_offset_of_character("aüb🐦c", 99) == 9);
    CHECK(byte_offset_of_character("", 3) == 0);
}

TEST_CASE("the two checksums", "[script]") {
    CHECK(postgres("SELECT 1;").sha256() == godwit::sha256_hex("SELECT 1;"));
    CHECK(tokens("SELECT 1;") == tokens("-- x\nSELECT /* y */\n\t1"));
    CHECK(tokens("SELECT 1; SELECT 2;") == tokens("SELECT 1;;SELECT 2"));
    CHECK(tokens("SELECT 1;") != tokens("SELECT 2;"));
    CHECK(tokens("SELECT 1; SELECT 2;") != tokens("SELECT 1 SELECT 2;"));
    CHECK(tokens("SELECT 'a b';") != tokens("SELECT 'a  b';"));
    CHECK(tokens("SELECT E'a';") != tokens("SELECT E 'a';"));
    CHECK(tokens("COPY t FROM stdin;\n1\n\\.\n") != tokens("COPY t FROM stdin;\n2\n\\.\n"));
    CHECK(tokens("") == tokens("-- nothing"));
    CHECK(godwit::Script().token_sha256() == tokens(""));
}

TEST_CASE("an error of the splitter says where", "[script]") {
    try {
        (void)postgres("SELECT 1;\nSELECT 'ü', 'open");
        FAIL("no error");
    } catch (const godwit::Error& error) {
        CHECK(error.code() == godwit::Errc::Statement);
        CHECK(error.info().where.file == "1_a.up.sql");
        CHECK(error.info().where.line == 2);
        CHECK(error.info().where.column == 13);
        CHECK(error.info().position == 23);
        CHECK_THAT(error.info().excerpt, ContainsSubstring("   2 | SELECT 'ü', 'open"));
    }
}

TEST_CASE("directives apply by the database's name and product", "[script]") {
    auto mariadb = godwit::mysql_dialect();
    mariadb.product = "mariadb";
    const auto only = [](std::string value) {
        return postgres("-- godwit: only " + std::move(value) + "\nSELECT 1").directives();
    };
    CHECK(godwit::applies_to({}, mariadb));
    CHECK(godwit::applies_to(only("mariadb"), mariadb));
    CHECK(godwit::applies_to(only("mysql"), mariadb));
    CHECK_FALSE(godwit::applies_to(only("mariadb"), godwit::mysql_dialect()));
    CHECK(godwit::applies_to(only("sqlite|postgres"), godwit::postgresql_dialect()));
    CHECK_FALSE(godwit::applies_to(only("sqlite, mysql"), godwit::postgresql_dialect()));
}

TEST_CASE("a statement without directives has empty ones", "[script]") {
    const Script script = postgres("SELECT 1;\n-- godwit: retry 2\nSELECT 2;");
    CHECK(script.directives(script.statements()[0]) == godwit::Directives{});
    CHECK(script.directives(script.statements()[1]).retry == 2U);
    CHECK(sizeof(godwit::Statement) == 40);
}

TEST_CASE("a script's copies and moves keep their statements", "[script]") {
    Script first = postgres("SELECT 1; SELECT 22;");
    const Script copy = first;
    const Script moved = std::move(first);
    CHECK(copy.sql(copy.statements()[1]) == "SELECT 22");
    CHECK(moved.sql(moved.statements()[1]) == "SELECT 22");
    CHECK(moved.token_sha256() == copy.token_sha256());
}

TEST_CASE("a default for retry counts where the script asks for none") {
    const auto dialect = godwit::postgresql_dialect();
    CHECK(Script::parse("SELECT 1;", dialect).with_default_retry(4).directives().retry == 4U);
    CHECK(Script::parse("-- godwit: retry 2\nSELECT 1;", dialect).with_default_retry(4).directives().retry ==
          2U);
    CHECK_FALSE(Script::parse("SELECT 1;", dialect).directives().retry.has_value());
}

TEST_CASE("hostile input costs linear time", "[script]") {
    const std::string_view part =
        GENERATE("(", "/*", "/*!", "*/", "$a", "$", "$a$b", " AS $a$b", "E'a'\n", "E'a' --\n", "BEGIN ",
                 "CASE ", "CASE WHEN ", "[", "`", "-- godwit: allow x\n", "--\r", "#", "DELIMITER ",
                 "DELIMITER $$\n", "\ndelimiter\t", "1;", "CREATE PROCEDURE ", "IF ", "END ", "END; ",
                 "lbl: ", "\\.", "COPY t FROM stdin;\n", "\\restrict x\n", "@", "x", "9", "'a", "''", "\\'",
                 "/*!50003 ", "$$;", "\xEF\xBB\xBF", "\xFF", "DO $$ x $$;", "SET sql_mode=1;");
    const std::string head = GENERATE("", "CREATE PROCEDURE p() BEGIN ", "DELIMITER $$\n");
    check_linear(head, part, godwit::postgresql_dialect());
    check_linear(head, part, godwit::mysql_dialect());
    check_linear(head, part, godwit::sqlite_dialect());
}

TEST_CASE("checksums that were begun on a thread are those of the text", "[script]") {
    const std::string text = repeat("INSERT INTO big VALUES (1, 'some text'); -- a comment\n", 40'000);
    const Script asked = postgres(text);
    const Script begun = postgres(text);
    begun.begin_checksums();
    begun.begin_checksums();  // as two databases of `up --each` would
    const Script copy = begun;
    CHECK(copy.sha256() == godwit::sha256_hex(text));
    CHECK(copy.token_sha256() == asked.token_sha256());
    CHECK(begun.sha256() == asked.sha256());
}

TEST_CASE("what a thread cannot read is told to who asks", "[script]") {
    const Script script = Script::whole(repeat("SELECT 1;\n", 200'000) + "SELECT 'no end",
                                        godwit::generic_dialect(), "1_a.up.sql");
    script.begin_checksums();
    CHECK(script.sha256() == godwit::sha256_hex(script.text()));
    CHECK_THROWS_AS(script.token_sha256(), godwit::Error);
}
