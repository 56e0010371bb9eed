#include <filesystem>

#include "contract.hpp"
#include "godwit/contract/source_contract.hpp"
#include "godwit/plugin_registry.hpp"
#include "plugins/folder.hpp"

using namespace godwit;

namespace {

namespace fs = std::filesystem;

contract::MakeSource through_registry(const std::string& url, const fs::path& working_directory) {
    return [url, working_directory] {
        const PluginRegistry registry(SearchOptions::from_process());
        SourceOptions options;
        options.env = [](std::string_view) { return std::optional<std::string>(); };
        options.working_directory = working_directory;
        return registry.open_source(Url::parse(url), options);
    };
}

}  // namespace

TEST_CASE("the filesystem source keeps the source contract", "[contract]") {
    const test::Folder folder;
    fs::create_directory(folder.path() / "files");
    contract::write_fixture(folder.path() / "files");
    SECTION("by an absolute path") {
        contract::expect_kept(contract::run_source_contract(
            through_registry("file://" + (folder.path() / "files").string(), folder.path())));
    }
    SECTION("by a relative path") {
        contract::expect_kept(contract::run_source_contract(through_registry("file://files", folder.path())));
    }
}
