// A folder that godwit_embed() put into this program, as a library call and by its URL.
#include <godwit/embedded/test-files.hpp>
#include <map>

#include "catch.hpp"
#include "godwit/hash.hpp"
#include "godwit/plugin_registry.hpp"
#include "process.hpp"
#include "sources.hpp"

using namespace godwit;

namespace {

const std::filesystem::path kFolder = GODWIT_SOURCE_DIR "/tests/integration/sources/embedded_files";

void check(Source& source) {
    std::map<std::string, Entry> entries;
    for (Entry& entry : source.list())
        entries.emplace(entry.path, entry);
    REQUIRE(entries.size() == 4);
    CHECK(entries["sub"].kind == EntryKind::Directory);
    for (const auto& [path, content] : test::read_all(source)) {
        INFO(path);
        CHECK(content == test::read_file(kFolder / path));
        CHECK(entries[path].size == content.size());
        CHECK(entries[path].fingerprint == sha256_hex(content));
    }
    CHECK(test::read_all(source).contains("1_odd name @x@ %41 größe'.up.sql"));
    CHECK(test::read_all(source).at("2_binary.up.sql") == std::string("a\0b\"\\", 5));
    CHECK(test::read_all(source).at("3_empty.up.sql").empty());
}

}  // namespace

TEST_CASE("godwit_embed: by its function", "[embedded]") {
    check(*embedded::test_files());
}

TEST_CASE("godwit_embed: by its name", "[embedded]") {
    check(*embedded::open("test-files"));
    CHECK(embedded::names() == std::vector<std::string>{"test-files"});
}

TEST_CASE("godwit_embed: by its URL, through the plugin 'embedded'", "[embedded]") {
    const PluginRegistry registry(SearchOptions::from_process());
    check(*registry.open_source(Url::parse("embedded://test-files"), test::source_options()));
    CHECK_THAT(test::error_of([&] {
                   (void)registry.open_source(Url::parse("embedded://tests-files"), test::source_options());
               }),
               StartsWith("source: no migrations are embedded as 'tests-files'") &&
                   ContainsSubstring("embedded in this program: test-files") &&
                   ContainsSubstring("godwit-source-tests-files.so"));
}
