#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "godwit/script.hpp"

using godwit::Script;
using godwit::Statement;
using godwit::StatementKind;
using godwit::StatementList;
using godwit::TransactionNeed;

namespace {

auto fields(const Statement& s) {
    return std::tuple(s.piece_begin, s.piece_end, s.begin, s.end, s.line, s.column, s.copy_data_begin,
                      s.copy_data_end, s.directives, s.kind, s.transaction, s.sets_session_state,
                      s.implicit_commit);
}

/// Mostly lines like the one before, with everything else in between.
class Statements {
  public:
    explicit Statements(unsigned seed) : random_(seed) {}

    Statement next() {
        Statement s;
        s.piece_begin = end_;
        s.begin = s.piece_begin + (rare() ? upto(100'000) : 1);
        s.end = s.begin + (rare() ? upto(3'000'000) : 60 + upto(60));
        s.piece_end = s.end + (rare() ? upto(300) : 1);
        s.line = line_ += rare() ? upto(5000) : 1;
        s.column = rare() ? upto(1000) : 1;
        s.kind = rare() ? static_cast<StatementKind>(upto(7)) : StatementKind::Dml;
        s.transaction = rare() ? static_cast<TransactionNeed>(upto(3)) : TransactionNeed::Any;
        s.sets_session_state = rare();
        s.implicit_commit = rare();
        s.directives = rare() ? upto(70'000) : 0;
        if (rare()) {
            s.copy_data_begin = s.end;
            s.copy_data_end = s.end + upto(1'000'000);
            s.piece_end = s.copy_data_end + 3;
        }
        end_ = s.piece_end;
        return s;
    }

  private:
    bool rare() { return upto(7) == 0; }
    std::uint32_t upto(std::uint32_t most) {
        return std::uniform_int_distribution<std::uint32_t>(0, most)(random_);
    }

    std::mt19937 random_;
    std::uint32_t end_ = 0;
    std::uint32_t line_ = 1;
};

}  // namespace

TEST_CASE("a list of statements gives back what was put into it") {
    const auto many = GENERATE(0U, 1U, 2U, 15U, 16U, 17U, 18U, 33U, 700U);
    CAPTURE(many);
    Statements source(many);
    std::vector<Statement> expected;
    StatementList list;
    for (unsigned i = 0; i < many; ++i) {
        expected.push_back(source.next());
        list.push_back(expected.back());
    }
    if (many > 0) {
        expected.back().piece_end += 500;
        list.end_last_piece(expected.back().piece_end);
    }
    REQUIRE(list.size() == expected.size());
    REQUIRE(list.empty() == expected.empty());
    std::size_t at = 0;
    for (const Statement& s : list) {
        CAPTURE(at);
        REQUIRE(fields(s) == fields(expected[at]));
        REQUIRE(fields(list[at]) == fields(expected[at]));
        REQUIRE(fields(*(list.begin() + static_cast<std::ptrdiff_t>(at))) == fields(expected[at]));
        ++at;
    }
    REQUIRE(at == expected.size());
    REQUIRE(list.end() - list.begin() == static_cast<std::ptrdiff_t>(many));
}

TEST_CASE("a list of statements can be searched in") {
    const Script script =
        Script::parse("BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n", godwit::sqlite_dialect());
    const auto& list = script.statements();
    const auto found = std::ranges::find(list, StatementKind::Dml, &Statement::kind);
    REQUIRE(found != list.end());
    CHECK((*found).line == 2);
    CHECK(std::ranges::find(list, StatementKind::Ddl, &Statement::kind) == list.end());
    CHECK(list.front().kind == StatementKind::Transaction);
    CHECK(list.back().piece_end == script.text().size());
}

TEST_CASE("a line like the one before it takes few bytes in the list, whatever was parsed") {
    constexpr std::size_t kLines = 100'000;
    std::string text = "CREATE TABLE t (i INTEGER, name TEXT);\n";
    for (std::size_t i = 0; i < kLines; ++i)
        text += "INSERT INTO t VALUES (" + std::to_string(i) + ", 'customer number " + std::to_string(i) +
                ", some street, somewhere');\n";
    const Script script = Script::parse(text, godwit::postgresql_dialect());
    REQUIRE(script.statements().size() == kLines + 1);
    CHECK(script.statements().bytes() < 4 * kLines);
    const Statement& last = script.statements().back();
    CHECK(last.line == kLines + 1);
    CHECK(script.sql(script.statements()[kLines / 2]).starts_with("INSERT INTO t VALUES (49999,"));
}

TEST_CASE("copies of a script, and the same text split again, hold the text once") {
    const Script whole = Script::whole("SELECT 1;\nSELECT 2;\n", godwit::sqlite_dialect(), "a.sql");
    const Script split = whole.split_again(godwit::sqlite_dialect());
    const Script copy = split;
    CHECK(whole.statements().size() == 1);
    CHECK(split.statements().size() == 2);
    CHECK(split.file() == "a.sql");
    CHECK(split.text().data() == whole.text().data());
    CHECK(copy.text().data() == whole.text().data());
}
