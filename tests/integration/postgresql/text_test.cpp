#include "postgresql/text.hpp"

#include "catch.hpp"

using godwit::postgresql::mentions;

TEST_CASE("a word is found anywhere, in any case", "[postgresql]") {
    CHECK(mentions("discard", "discard"));
    CHECK(mentions("DISCARD ALL", "discard"));
    CHECK(mentions("; DisCard;", "discard"));
    CHECK(mentions("pg_advisory_unlock_all", "advisory_unlock"));
    for (const char* text : {"", "d", "discar", "iscard", "disccard", "disc ard", "discor d"})
        CHECK_FALSE(mentions(text, "discard"));
    for (std::size_t before = 0; before < 20; ++before) {
        INFO(before);
        CHECK(mentions(std::string(before, 'd') + "discard" + std::string(before % 3, 'i'), "discard"));
        CHECK_FALSE(mentions(std::string(before, 'd') + "isca" + std::string(before, 'r'), "discard"));
    }
}
