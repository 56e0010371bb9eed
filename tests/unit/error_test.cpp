#include "godwit/error.hpp"

#include <set>

#include "catch.hpp"

using namespace godwit;

TEST_CASE("every kind of error has its word and exit code") {
    struct Row {
        Errc code;
        const char* kind;
        int exit;
    };
    const Row rows[] = {{Errc::Usage, "usage", 2},           {Errc::Config, "config", 2},
                        {Errc::Source, "source", 2},         {Errc::Connect, "connect", 7},
                        {Errc::Locked, "locked", 6},         {Errc::Dirty, "dirty", 4},
                        {Errc::Validation, "validation", 5}, {Errc::Statement, "statement", 1},
                        {Errc::Plugin, "plugin", 2},         {Errc::Interrupted, "interrupted", 130},
                        {Errc::Pending, "pending", 3},       {Errc::Internal, "internal", 1}};
    for (const Row& row : rows) {
        INFO(row.kind);
        CHECK(kind_name(row.code) == row.kind);
        CHECK(exit_code(row.code) == row.exit);
    }
}

TEST_CASE("an error carries its information through throw, copy and edit") {
    try {
        fail(Errc::Locked, "lock is held", "wait");
    } catch (Error& error) {
        error.edit().where.file = "1_a.up.sql";
        const Error copy = error;
        CHECK(copy.code() == Errc::Locked);
        CHECK(std::string(copy.what()) == "lock is held");
        CHECK(copy.info().hint == "wait");
        CHECK(copy.info().where.file == "1_a.up.sql");
        return;
    }
    FAIL("fail() returned");
}
