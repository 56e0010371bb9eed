#include "godwit/secret.hpp"

#include "catch.hpp"

using godwit::redact;
using godwit::Secret;

TEST_CASE("a secret shows that it is there, not what it is") {
    CHECK(Secret("hunter2").shown() == "***");
    CHECK(Secret("hunter2").reveal() == "hunter2");
    CHECK(Secret().shown().empty());
    CHECK(Secret().empty());
}

TEST_CASE("redact replaces every occurrence") {
    CHECK(redact("a hunter2 b hunter2", Secret("hunter2")) == "a *** b ***");
    CHECK(redact("aaaaaa", Secret("aaa")) == "******");
    CHECK(redact("***x***", Secret("***")) == "***x***");
    CHECK(redact("short ab stays", Secret("ab")) == "short ab stays");
    CHECK(redact("nothing", Secret()) == "nothing");
}
