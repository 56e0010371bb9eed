#include "godwit/nearest.hpp"

#include <array>
#include <string>

#include "catch.hpp"

using godwit::nearest;

TEST_CASE("the nearest word is what was probably meant", "[nearest]") {
    constexpr std::array<std::string_view, 5> kCommands{"status", "up", "down", "drop", "validate"};
    CHECK(nearest("stauts", kCommands) == "status");
    CHECK(nearest("STATU", kCommands) == "status");
    CHECK(nearest("pu", kCommands) == "up");
    CHECK(nearest("donw", kCommands) == "down");
    CHECK(nearest("dorp", kCommands) == "drop");
    CHECK(nearest("validated", kCommands) == "validate");
    CHECK(nearest("up", kCommands) == "up");
}

TEST_CASE("nothing is nearest where everything is far", "[nearest]") {
    constexpr std::array<std::string_view, 3> kCommands{"status", "up", "down"};
    CHECK_FALSE(nearest("frobnicate", kCommands).has_value());
    CHECK_FALSE(nearest("", kCommands).has_value());
    CHECK_FALSE(nearest("x", kCommands).has_value());
    CHECK_FALSE(nearest(std::string(100'000, 's'), kCommands).has_value());
    CHECK_FALSE(nearest("status", {}).has_value());
}
