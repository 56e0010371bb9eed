// A program with two plugins linked in, as godwit_link_plugins() makes one.
#include <span>

#include "modules.hpp"

extern "C" {
extern const godwit::PluginEntry godwit_plugin_stub_driver;
extern const godwit::PluginEntry godwit_plugin_stub_source;
}

namespace godwit::plugins {

static const PluginEntry* const kBuiltin[] = {&godwit_plugin_stub_driver, &godwit_plugin_stub_source};

std::span<const PluginEntry* const> builtin_plugins();
std::span<const PluginEntry* const> builtin_plugins() {
    return kBuiltin;
}

}  // namespace godwit::plugins

using namespace godwit;

namespace fs = std::filesystem;

TEST_CASE("linked-in plugins are found without a file", "[plugins]") {
    const PluginRegistry registry({});
    CHECK(registry.open_driver(Url::parse("stub://x"), {}) != nullptr);
    CHECK(registry.open_source(Url::parse("stub:?a=b"), {}) != nullptr);
    const auto reports = registry.list();
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].file == "built-in");
    CHECK(reports[0].name == "stub");
    CHECK(reports[0].refused.empty());
}

TEST_CASE("a linked-in name is never loaded from a folder", "[plugins]") {
    const test::Folder folder;
    const fs::path file = folder.path() / "godwit-source-stub.so";
    std::string content = test::content_of(test::put(folder.path(), "good"));
    // "shelf" becomes "stub", which then lists the scheme shelf
    const auto at = content.find(std::string("shelf\0\0\0", 8));
    REQUIRE(at != std::string::npos);
    content.replace(at, 5, std::string("stub\0", 5));
    test::write(file, content);
    fs::remove(folder.path() / "godwit-source-shelf.so");
    const auto options = test::only(folder.path());
    const test::Trace trace;
    CHECK_THAT(test::refusal(options, "shelf:x").message, ContainsSubstring("no source plugin"));
    CHECK(test::open_source(options, "stub:?a=b")->describe() == "stub:");
    const auto reports = PluginRegistry(options).list();
    REQUIRE(reports.size() == 3);
    CHECK_THAT(reports[2].refused, ContainsSubstring("a plugin of that name is linked in"));
    CHECK(trace.content().empty());
}
