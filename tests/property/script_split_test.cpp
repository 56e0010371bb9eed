#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "godwit/error.hpp"
#include "godwit/script.hpp"

// Random scripts made of parts whose splitting is known. A failing case prints its seed and script.

using godwit::Dialect;
using godwit::Script;
using godwit::Statement;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

template <class Range>
auto pick(Random& random, const Range& range) {
    return range[below(random, std::size(range))];
}

/// Statements as lists of tokens: blanks and comments may stand between any two of them.
using Tokens = std::vector<std::string_view>;

const std::vector<Tokens>& common_statements() {
    static const std::vector<Tokens> kStatements{
        {"SELECT", "1"},
        {"INSERT", "INTO", "t", "(", "a", ",", "b", ")", "VALUES", "(", "'x;--'", ",", "'it''s'", ")"},
        {"CREATE", "TABLE", "größe", "(", "id", "integer", ",", "name", "varchar", "(", "10", ")", ")"},
        {"UPDATE", "t", "SET", "a", "=", "CASE", "WHEN", "b", "THEN", "1", "ELSE", "2", "END"},
        {"DELETE", "FROM", "t", "WHERE", "a", "=", "-", "1e5", "AND", "b", "<", "'🐦'"},
        {"BEGIN"},
        {"COMMIT"},
        {"SET", "x", "=", "''"},
    };
    return kStatements;
}

const std::vector<Tokens>& postgres_statements() {
    static const std::vector<Tokens> kStatements{
        {"SELECT", "$$;'$$", ",", "$a$ $$;$b$ $a$", ",", "\"a;\"\"b\"", ",", "E'\\';'", ",", "$1"},
        {"CREATE", "FUNCTION", "f", "(", ")", "BEGIN", "ATOMIC", "SELECT", "CASE", "WHEN", "a", "THEN", "1",
         "END", ";", "END"},
        {"CREATE", "RULE", "r", "AS", "ON", "INSERT", "TO", "t", "DO", "(", "DELETE", "FROM", "a", ";",
         "DELETE", "FROM", "b", ")"},
        {"SELECT", "a", ":", ":", "text", "@", ">", "b", "[", "1", "]"},
    };
    return kStatements;
}

const std::vector<Tokens>& mysql_statements() {
    static const std::vector<Tokens> kStatements{
        {"SELECT", "'\\';'", ",", "\"\\\";\"", ",", "`a;``b`", ",", "@x", ":=", "5"},
        {"CREATE", "PROCEDURE", "p",    "(",     ")", "BEGIN", "IF",  "a",    "THEN", "SELECT", "IF",
         "(",      "1",         ",",    "2",     ",", "3",     ")",   ";",    "END",  "IF",     ";",
         "l",      ":",         "LOOP", "LEAVE", "l", ";",     "END", "LOOP", ";",    "END"},
        {"CREATE", "TRIGGER", "x", "BEFORE", "INSERT", "ON", "t", "FOR", "EACH", "ROW", "SET", "NEW", ".",
         "a", "=", "1"},
        {"CREATE", "EVENT", "e", "ON", "SCHEDULE", "EVERY", "1", "DAY", "DO", "BEGIN", "DELETE", "FROM", "t",
         ";", "END"},
        {"/*!40101", "SET", "NAMES", "utf8mb4", ";", "*/"},
        {"BEGIN", "NOT", "ATOMIC", "WHILE", "0", "DO", "SELECT", "1", ";", "END", "WHILE", ";", "END"},
    };
    return kStatements;
}

const std::vector<Tokens>& sqlite_statements() {
    static const std::vector<Tokens> kStatements{
        {"CREATE", "TRIGGER", "x",    "AFTER", "INSERT", "ON", "t",    "BEGIN", "UPDATE", "t", "SET",
         "a",      "=",       "CASE", "a",     "WHEN",   "1",  "THEN", "2",     "END",    ";", "END"},
        {"SELECT", "[a;b]", ",", "`c;`", ",", "\"d;\"", ",", "x'00'"},
        {"PRAGMA", "foreign_keys", "=", "OFF"},
    };
    return kStatements;
}

struct Language {
    Dialect dialect;
    const std::vector<Tokens>& own;
    std::vector<std::string_view> blanks;
};

std::array<Language, 3> languages() {
    return {Language{godwit::postgresql_dialect(),
                     postgres_statements(),
                     {" ", "\n", "\t", "\r\n", " /* ; /* ' */ */ ", " -- ; '\n", "  "}},
            Language{godwit::mysql_dialect(),
                     mysql_statements(),
                     {" ", "\n", "\t", "\r\n", " /* ; ' */ ", " -- ; '\n", " # \"; \n", "  "}},
            Language{godwit::sqlite_dialect(),
                     sqlite_statements(),
                     {" ", "\n", "\t", "\r\n", " /* ; ' */ ", " -- ; '\n", "  "}}};
}

const Tokens& any_statement(Random& random, const Language& language) {
    const auto& common = common_statements();
    const std::size_t choice = below(random, common.size() + language.own.size());
    return choice < common.size() ? common[choice] : language.own[choice - common.size()];
}

std::string join(const Tokens& tokens, Random* random, const Language& language) {
    std::string text;
    for (const std::string_view token : tokens) {
        if (!text.empty()) text += random != nullptr ? pick(*random, language.blanks) : " ";
        text += token;
    }
    return text;
}

void append_blanks(std::string& text, Random& random, const Language& language) {
    for (std::size_t i = below(random, 3); i > 0; --i)
        text += pick(random, language.blanks);
}

void check_tiles(const Script& script) {
    std::size_t last = 0;
    std::string together;
    for (const Statement& statement : script.statements()) {
        REQUIRE(statement.piece_begin == last);
        REQUIRE(statement.piece_begin <= statement.begin);
        REQUIRE(statement.begin < statement.end);
        REQUIRE(statement.end <= statement.piece_end);
        REQUIRE(statement.copy_data_begin <= statement.copy_data_end);
        const auto position = script.position_of(statement.begin);
        REQUIRE(statement.line == position.line);
        REQUIRE(statement.column == position.column);
        last = statement.piece_end;
        together.append(script.text(), statement.piece_begin, statement.piece_end - statement.piece_begin);
    }
    if (!script.empty()) REQUIRE(together == script.text());
}

}  // namespace

TEST_CASE("what was put together is taken apart again", "[script][property]") {
    const auto seed = GENERATE(range(0U, 400U));
    Random random(seed);
    for (const Language& language : languages()) {
        std::string text;
        std::vector<std::string> expected;
        for (std::size_t i = below(random, 12); i > 0; --i) {
            append_blanks(text, random, language);
            expected.push_back(join(any_statement(random, language), &random, language));
            text += expected.back();
            append_blanks(text, random, language);
            text += ";";
        }
        append_blanks(text, random, language);
        INFO("seed " << seed << ", " << language.dialect.name << ":\n" << text);
        const Script script = Script::parse(text, language.dialect);
        check_tiles(script);
        REQUIRE(script.statements().size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            CHECK(script.sql(script.statements()[i]) == expected[i]);
    }
}

TEST_CASE("comments and blanks change nothing that matters", "[script][property]") {
    const auto seed = GENERATE(range(0U, 400U));
    Random random(seed);
    for (const Language& language : languages()) {
        std::string plain;
        std::string decorated;
        for (std::size_t i = 1 + below(random, 6); i > 0; --i) {
            const Tokens& tokens = any_statement(random, language);
            plain += join(tokens, nullptr, language) + ";";
            append_blanks(decorated, random, language);
            decorated += join(tokens, &random, language);
            append_blanks(decorated, random, language);
            decorated += ";";
        }
        INFO("seed " << seed << ", " << language.dialect.name << ":\n" << decorated);
        const Script first = Script::parse(plain, language.dialect);
        const Script second = Script::parse(decorated, language.dialect);
        CHECK(first.token_sha256() == second.token_sha256());
        REQUIRE(first.statements().size() == second.statements().size());
        for (std::size_t i = 0; i < first.statements().size(); ++i) {
            CHECK(first.statements()[i].kind == second.statements()[i].kind);
            CHECK(first.statements()[i].transaction == second.statements()[i].transaction);
            CHECK(first.statements()[i].implicit_commit == second.statements()[i].implicit_commit);
            CHECK(first.statements()[i].sets_session_state == second.statements()[i].sets_session_state);
        }
    }
}

TEST_CASE("with DELIMITER every body may hold semicolons", "[script][property]") {
    const auto seed = GENERATE(range(0U, 200U));
    Random random(seed);
    constexpr std::array<std::string_view, 4> kDelimiters{"//", "$$", ";;", "|"};
    const Language language = languages()[1];
    const std::string_view delimiter = pick(random, kDelimiters);
    std::string text = "DELIMITER " + std::string(delimiter) + "\n";
    std::vector<std::string> expected;
    for (std::size_t i = 1 + below(random, 8); i > 0; --i) {
        expected.push_back(join(any_statement(random, language), &random, language));
        text += expected.back();
        text += delimiter;
        append_blanks(text, random, language);
    }
    text += "\nDELIMITER ;\nSELECT 1";
    expected.emplace_back("SELECT 1");
    INFO("seed " << seed << ":\n" << text);
    const Script script = Script::parse(text, language.dialect);
    check_tiles(script);
    REQUIRE(script.statements().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(script.sql(script.statements()[i]) == expected[i]);
}

TEST_CASE("garbage is split or refused, nothing else", "[script][property]") {
    const auto seed = GENERATE(range(0U, 1000U));
    Random random(seed);
    constexpr std::array<std::string_view, 44> kScraps{
        "'",         "\"",    "`",         "[",    "]",      "$$",      "$a$",
        "/*",        "*/",    "/*!50003",  "--",   "-- ",    "#",       ";",
        ";;",        "\n",    "\r",        " ",    "BEGIN",  "END",     "CASE",
        "ATOMIC",    "NOT",   "IF",        "THEN", "CREATE", "TRIGGER", "FUNCTION",
        "PROCEDURE", "EVENT", "DELIMITER", "COPY", "FROM",   "stdin",   "\\.",
        "\\",        "(",     ")",         "E'",   "@",      ":=",      "-- godwit: timeout 1s\n",
        "\xC3\xBC",  "\xFF"};
    std::string text;
    for (std::size_t i = below(random, 60); i > 0; --i) {
        text += pick(random, kScraps);
        if (below(random, 2) == 0) text += ' ';
    }
    for (const Language& language : languages()) {
        INFO("seed " << seed << ", " << language.dialect.name << ":\n" << text);
        try {
            const Script script = Script::parse(text, language.dialect);
            check_tiles(script);
            CHECK(script.token_sha256().size() == 64);
        } catch (const godwit::Error& error) {
            CHECK(error.code() == godwit::Errc::Statement);
            CHECK(error.info().where.line > 0);
            CHECK_FALSE(error.info().excerpt.empty());
        }
    }
}
