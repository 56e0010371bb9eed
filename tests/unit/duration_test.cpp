#include "godwit/duration.hpp"

#include <string_view>

#include "catch.hpp"

using godwit::format_duration;
using godwit::parse_duration;
using std::chrono::microseconds;

TEST_CASE("durations are read as the command line documents them", "[duration]") {
    struct Row {
        std::string_view text;
        std::int64_t milliseconds;
    };
    const Row row = GENERATE(values<Row>({{"500ms", 500},
                                          {"15s", 15'000},
                                          {"2m", 120'000},
                                          {"1h", 3'600'000},
                                          {"15", 15'000},
                                          {"0", 0},
                                          {"0s", 0},
                                          {"1.5s", 1500},
                                          {"0.25", 250},
                                          {"1h30m", 5'400'000},
                                          {"1m30s500ms", 90'500},
                                          {"0010s", 10'000}}));
    INFO(row.text);
    const auto span = parse_duration(row.text);
    REQUIRE(span.has_value());
    CHECK(span->count() == row.milliseconds);
}

TEST_CASE("what is no duration is none", "[duration]") {
    const std::string_view text = GENERATE("", " ", "s", "ms", "-1s", "+1s", "1 s", " 1s", "1s ", "1x", "1S",
                                           "1m1h", "1s1s", "5m30", "1.s", ".5s", "1..5s", "1e3s", "0x10",
                                           "99999999999999999999s", "9999999999999999h", "1d", "infinite");
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
}

TEST_CASE("durations are written for people", "[duration]") {
    CHECK(format_duration(microseconds(-5)) == "0.0 ms");
    CHECK(format_duration(microseconds(400)) == "0.4 ms");
    CHECK(format_duration(microseconds(38'200)) == "38 ms");
    CHECK(format_duration(microseconds(999'499)) == "999 ms");
    CHECK(format_duration(microseconds(999'500)) == "1.0 s");
    CHECK(format_duration(microseconds(1'240'000)) == "1.2 s");
    CHECK(format_duration(microseconds(59'940'000)) == "59.9 s");
    CHECK(format_duration(microseconds(59'960'000)) == "1m 00s");
    CHECK(format_duration(std::chrono::seconds(125)) == "2m 05s");
    CHECK(format_duration(std::chrono::minutes(187)) == "3h 07m");
}
