// The table that leads from a scheme to the file of one of godwit's own plugins agrees with their
// descriptors.
#include <algorithm>
#include <set>

#include "catch.hpp"
#include "godwit/plugin_registry.hpp"
#include "schemes.hpp"

using namespace godwit;

TEST_CASE("the stock plugins are there, with the schemes the loader knows them by", "[plugins]") {
    std::set<std::string> names;
    std::set<std::pair<PluginKind, std::string>> schemes;
    for (const PluginReport& report : PluginRegistry(SearchOptions::from_process()).list()) {
        INFO(report.file << " " << report.refused);
        CHECK(report.refused.empty());
        CHECK_FALSE(report.version.empty());
        CHECK_FALSE(report.summary.empty());
        names.insert(plugin_kind_name(report.kind) + " " + report.name);
        for (const std::string& scheme : report.schemes) {
            schemes.emplace(report.kind, scheme);
            // a folder with migrations embedded in it is a plugin of any name with this scheme
            if (scheme != "embedded") CHECK(plugins::stock_plugin(report.kind, scheme) == report.name);
        }
    }
    for (const char* name : {"driver postgresql", "driver mysql", "driver sqlite", "source filesystem",
                             "source embedded", "source http"})
        CHECK(names.contains(name));
    for (const PluginKind kind : {PluginKind::Driver, PluginKind::Source}) {
        for (const std::string_view scheme : plugins::stock_schemes(kind)) {
            INFO(scheme);
            CHECK(schemes.contains({kind, std::string(scheme)}));
        }
    }
}
