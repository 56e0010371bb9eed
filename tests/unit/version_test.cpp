#include "godwit/version.hpp"

#include "catch.hpp"

using godwit::Version;

TEST_CASE("a version is runs of digits joined by single dots") {
    for (const auto* good : {"0", "1", "0012", "1.10", "20240826120919", "99999999999999999999999999"}) {
        INFO(good);
        REQUIRE(Version::parse(good));
        CHECK(Version::parse(good)->text() == good);
    }
    for (const auto* bad : {"", ".", "1.", ".1", "1..2", "-1", "+1", "1a", " 1", "1 ", "v1", "1_2"}) {
        INFO(bad);
        CHECK_FALSE(Version::parse(bad));
    }
}

TEST_CASE("versions compare part by part as numbers") {
    const auto less = [](const char* a, const char* b) { return *Version::parse(a) < *Version::parse(b); };
    CHECK(*Version::parse("0012") == *Version::parse("12"));
    CHECK(*Version::parse("0") == *Version::parse("000"));
    CHECK(less("1.9", "1.10"));
    CHECK(less("1.9", "119"));
    CHECK(less("9.11", "10.9"));
    CHECK(less("0012", "0013"));
    CHECK(less("1", "1.0"));
    CHECK(less("9", "10"));
    CHECK(less("1.99", "2"));
    CHECK(less("9223372036854775807", "9223372036854775808"));
    CHECK(less("18446744073709551615", "99999999999999999999999999"));
    CHECK(less("9", "9.0"));
    CHECK(less("9.5", "0010"));
    CHECK(less("007", "7.0"));
    CHECK(*Version::parse("09223372036854775808") == *Version::parse("9223372036854775808"));
    CHECK_FALSE(less("2", "2"));
}

TEST_CASE("a version is kept as it was written, whatever holds it") {
    for (const auto* text :
         {"0", "000", "0012", "20240826120919", "9223372036854775807", "9223372036854775808",
          "000000000000000000000000000000000000012", "01.002.0", "99999999999999999999999"}) {
        INFO(text);
        const auto version = *Version::parse(text);
        CHECK(version.text() == text);
        CHECK(version.text_size() == std::string_view(text).size());
        auto copy = version;
        CHECK(copy.text() == text);
        const auto moved = std::move(copy);
        CHECK(moved.text() == text);
        CHECK(moved == version);
    }
}

TEST_CASE("equal versions have equal canonical text") {
    CHECK(Version::parse("0012")->canonical() == "12");
    CHECK(Version::parse("000")->canonical() == "0");
    CHECK(Version::parse("01.00.010")->canonical() == "1.0.10");
    CHECK(Version::of(18446744073709551615U).text() == "18446744073709551615");
}

TEST_CASE("only one part within 63 bits is a bigint") {
    CHECK(Version::parse("0012")->as_bigint() == 12);
    CHECK(Version::parse("9223372036854775807")->as_bigint() == 9223372036854775807);
    CHECK_FALSE(Version::parse("9223372036854775808")->as_bigint());
    CHECK_FALSE(Version::parse("1.2")->as_bigint());
}
