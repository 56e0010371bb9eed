// The pure parts of the loader.
#include <cstring>

#include "catch.hpp"
#include "descriptor.hpp"
#include "plugin_file.hpp"
#include "schemes.hpp"

using namespace godwit;
using namespace godwit::plugins;

TEST_CASE("names and schemes", "[plugins]") {
    CHECK(is_scheme("postgres"));
    CHECK(is_scheme("git+ssh"));
    CHECK(is_scheme("x-1.2"));
    for (const char* bad : {"", "1x", "-x", "X", "a/b", "a b", "a_b", "ü", ".."})
        CHECK_FALSE(is_scheme(bad));
    CHECK(is_plugin_name("my-driver2"));
    CHECK_FALSE(is_plugin_name("git+ssh"));
    CHECK(names_for(PluginKind::Driver, "postgres") == std::vector<std::string>{"postgresql", "postgres"});
    CHECK(names_for(PluginKind::Driver, "sqlite") == std::vector<std::string>{"sqlite"});
    CHECK(names_for(PluginKind::Source, "sqlite") == std::vector<std::string>{"sqlite"});
    CHECK(names_for(PluginKind::Source, "git+ssh").empty());
    CHECK(split_words("  a bb  c ") == std::vector<std::string>{"a", "bb", "c"});
    CHECK(split_words("").empty());
}

TEST_CASE("file names of plugins", "[plugins]") {
    const auto name = parse_file_name("godwit-driver-my-db.so");
    REQUIRE(name);
    CHECK(name->kind == PluginKind::Driver);
    CHECK(name->name == "my-db");
    CHECK(file_name_of(PluginKind::Source, "list") == "godwit-source-list.so");
    for (const char* bad : {"godwit-driver-.so", "godwit-driver.so", "godwit-sink-x.so", "godwit-driver-X.so",
                            "godwit-driver-x.so.1", "libgodwit-driver-x.so", "godwit-.so", "godwit-so", ""})
        CHECK_FALSE(parse_file_name(bad));
}

TEST_CASE("a descriptor from a later godwit of the same ABI is longer", "[plugins]") {
    PluginInfo info{kPluginMagic,
                    sizeof(PluginInfo) + 8,
                    kPluginAbi,
                    PluginKind::Source,
                    GODWIT_TOOLCHAIN,
                    "shelf",
                    "shelf board",
                    "1",
                    "text"};
    std::vector<std::byte> bytes(sizeof info + 8);
    std::memcpy(bytes.data(), &info, sizeof info);
    const Descriptor descriptor = read_descriptor(bytes, "file");
    CHECK(descriptor.name == "shelf");
    CHECK(descriptor.has_scheme("board"));
    CHECK_FALSE(descriptor.has_scheme("boar"));
    bytes.resize(12);
    CHECK_THROWS_AS(read_descriptor(bytes, "file"), Error);
}
