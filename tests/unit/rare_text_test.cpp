#include "godwit/rare_text.hpp"

#include "catch.hpp"

using godwit::RareText;

TEST_CASE("a rare text is a value like a string") {
    const RareText none;
    CHECK(none.empty());
    CHECK(none == "");
    CHECK(none == RareText(std::string()));
    const RareText some = std::string("abc");
    RareText copy = some;
    CHECK(copy == some);
    CHECK(copy.size() == 3);
    copy = "another text, longer than what a string holds without the heap";
    CHECK(some == "abc");
    CHECK_FALSE(copy == some);
    const RareText& self = copy;
    copy = self;
    CHECK(copy.view().starts_with("another text"));
    const RareText moved = std::move(copy);
    CHECK(moved.view().ends_with("the heap"));
    copy = {};
    CHECK(copy.empty());
    CHECK(std::string_view(copy).empty());
}
