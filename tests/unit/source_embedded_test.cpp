#include <array>
#include <map>

#include "catch.hpp"
#include "godwit/embedded.hpp"
#include "godwit/error.hpp"

using namespace godwit;

namespace {

constexpr std::array<embedded::File, 4> kFiles{{{"1_a.up.sql", "CREATE TABLE a (id int);", "abc"},
                                                {"1_a.down.sql", "", ""},
                                                {"2_b.up.sql", std::string_view("x\0y", 3), ""},
                                                {"common/", {}, {}}}};

template <class Action>
std::string told_by(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return std::string(kind_name(error.code())) + ": " + error.info().message + " | " + error.info().hint;
    }
    return {};
}

std::string name_in(const std::string& url) {
    return embedded::name_in(Url::parse(url));
}

}  // namespace

TEST_CASE("an embedded folder lists and reads its files", "[embedded]") {
    const auto source = embedded::open(embedded::Folder{"shop", kFiles});
    std::map<std::string, Entry> entries;
    for (Entry& entry : source->list())
        entries.emplace(entry.path, entry);
    REQUIRE(entries.size() == 4);
    CHECK(entries["1_a.up.sql"].size == 24);
    CHECK(entries["1_a.up.sql"].fingerprint == "abc");
    CHECK(entries["common"].kind == EntryKind::Directory);
    CHECK(source->read(entries["1_a.up.sql"]) == "CREATE TABLE a (id int);");
    CHECK(source->read(entries["1_a.down.sql"]).empty());
    CHECK(source->read(entries["2_b.up.sql"]) == std::string("x\0y", 3));
    CHECK(source->describe() == "embedded://shop");
    CHECK_FALSE(source->local_path(entries["1_a.up.sql"]));
    for (const char* path : {"3_c.up.sql", "common", "common/", ""}) {
        INFO(path);
        CHECK_THAT(told_by([&] { (void)source->read(Entry{.path = path}); }),
                   StartsWith("source: there is no file ") && ContainsSubstring("embedded://shop"));
    }
    CHECK(embedded::open(embedded::Folder{"empty", {}})->list().empty());
}

TEST_CASE("embedded folders are known by name while they are registered", "[embedded]") {
    const auto open = [] { return embedded::open("unit-shop"); };
    CHECK_THAT(told_by(open), StartsWith("source: no migrations are embedded as 'unit-shop'") &&
                                  ContainsSubstring("godwit_embed(") &&
                                  ContainsSubstring("godwit_embed_plugin("));
    {
        const embedded::Registration first(embedded::Folder{"unit-shop", kFiles});
        const embedded::Registration other(embedded::Folder{"unit-stock", {}});
        CHECK(open()->list().size() == 4);
        CHECK_THAT(told_by([] { (void)embedded::open("unit-shp"); }),
                   ContainsSubstring("unit-shop, unit-stock"));
        const embedded::Registration second(embedded::Folder{"unit-shop", kFiles});
        CHECK_THAT(told_by(open), StartsWith("source: 2 folders of migrations are embedded as 'unit-shop'"));
    }
    CHECK_THAT(told_by(open), StartsWith("source: no migrations are embedded as 'unit-shop'"));
}

TEST_CASE("the name in an embedded URL", "[embedded]") {
    CHECK(name_in("embedded://shop") == "shop");
    CHECK(name_in("embedded://shop/") == "shop");
    CHECK(name_in("embedded:shop") == "shop");
    CHECK_THAT(told_by([] { name_in("embedded://"); }),
               StartsWith("usage: embedded:// does not say which migrations") &&
                   ContainsSubstring("embedded://NAME"));
    for (const char* url :
         {"embedded://shop/sub", "embedded://shop?x=1", "embedded://a@shop", "embedded:///shop"}) {
        INFO(url);
        CHECK_THAT(told_by([&] { name_in(url); }),
                   StartsWith("usage: ") && ContainsSubstring("more than a name"));
    }
}
