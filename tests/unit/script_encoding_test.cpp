#include "script/encoding.hpp"

#include "catch.hpp"
#include "godwit/error.hpp"

using namespace godwit;

namespace {

std::string refusal(std::string text, const Dialect& dialect) {
    try {
        (void)script::parse_utf8(std::move(text), dialect, "1_a.up.sql");
        return {};
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Statement);
        return std::to_string(error.info().where.line) + ":" + std::to_string(error.info().where.column) +
               " " + error.info().message;
    }
}

constexpr const char* kMessage = "the script is not UTF-8: this byte is part of no character";

}  // namespace

TEST_CASE("text in another encoding is refused where it stops being UTF-8", "[script]") {
    for (const auto& dialect : {postgresql_dialect(), mysql_dialect(), sqlite_dialect()}) {
        INFO(dialect.name);
        CHECK(refusal("SELECT 'caf\xC3\xA9';", dialect).empty());
        CHECK(refusal("\xEF\xBB\xBFSELECT 1;", dialect).empty());
        CHECK(refusal("SELECT 1;\nSELECT 'caf\xE9';", dialect) == std::string("2:12 ") + kMessage);
        CHECK(refusal("-- \xC3\xA9 caf\xE9\n", dialect) == std::string("1:9 ") + kMessage);
        CHECK(refusal("SELECT 12345678;\xC3", dialect) == std::string("1:17 ") + kMessage);
        CHECK(refusal("SELECT '\xED\xA0\x80';", dialect) == std::string("1:9 ") + kMessage);
        CHECK(refusal(std::string("\xFF\xFE"
                                  "S\0",
                                  4),
                      dialect)
                  .find("UTF-16") != std::string::npos);
        CHECK(refusal(std::string("SELECT '\xE9\0';", 11), dialect).find("NUL byte") != std::string::npos);
    }
}

TEST_CASE("on MySQL a string behind _binary holds bytes", "[script]") {
    const std::string dump =
        "INSERT INTO t VALUES (1,_binary '\xFF\\'\xFE'),(2,_binary \"\xE9\"),(3,'caf\xC3\xA9');\n";
    CHECK(refusal(dump, mysql_dialect()).empty());
    CHECK(refusal(dump, sqlite_dialect()).starts_with("1:34 "));
    CHECK(refusal("INSERT INTO t VALUES (_binary 'x','\xFF');", mysql_dialect()) ==
          std::string("1:36 ") + kMessage);
    CHECK(refusal("SELECT _binary, '\xFF';", mysql_dialect()) == std::string("1:18 ") + kMessage);
    CHECK(refusal("SELECT '\xFF', _binary 'x';", mysql_dialect()) == std::string("1:9 ") + kMessage);
}

TEST_CASE("a large text is looked at while it is split, and what is wrong with its bytes is told first",
          "[script]") {
    const std::string filling = "-- " + std::string(std::size_t{3} << 20U, 'x') + "\n";
    const auto dialect = postgresql_dialect();
    CHECK(refusal(filling + "SELECT 'caf\xC3\xA9';", dialect).empty());
    CHECK(refusal(filling + "SELECT 'x", dialect) == "2:8 unterminated string");
    CHECK(refusal(filling + "SELECT 'caf\xE9", dialect) == std::string("2:12 ") + kMessage);
    CHECK(refusal("SELECT 'x\n" + filling + "\xE9", dialect) == std::string("3:1 ") + kMessage);
    CHECK(refusal("SELECT 'x\n" + filling + std::string(1, '\0'), dialect).find("NUL byte") !=
          std::string::npos);
    CHECK(refusal("\xFF\xFE" + filling, dialect).find("UTF-16") != std::string::npos);
    CHECK(refusal(filling + "SELECT _binary '\xFF';", mysql_dialect()).empty());
}

TEST_CASE("a script knows that its text is UTF-8", "[script]") {
    const std::string filling = GENERATE(std::string(), std::string(std::size_t{1} << 20U, ' '));
    const auto known = [&](const std::string& text) {
        return script::parse_utf8(text + filling, mysql_dialect(), "1_a.up.sql").is_known_utf8();
    };
    CHECK(known("SELECT 'caf\xC3\xA9';"));
    CHECK_FALSE(known("SELECT _binary '\xFF';"));
    CHECK_FALSE(Script::parse("SELECT 1;", mysql_dialect()).is_known_utf8());
    CHECK_FALSE(Script::whole("SELECT 1;", mysql_dialect()).is_known_utf8());
    CHECK_FALSE(Script().is_known_utf8());
}
