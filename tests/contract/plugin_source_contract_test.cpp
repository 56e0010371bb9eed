#include <filesystem>

#include "contract.hpp"
#include "godwit/contract/source_contract.hpp"
#include "godwit/hash.hpp"
#include "godwit/manifest.hpp"
#include "godwit/plugin_registry.hpp"
#include "integration/sources/process.hpp"
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

/// Python's web server over a folder, on a free port.
class WebServer {
  public:
    explicit WebServer(const fs::path& folder)
        : process_({"python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
                    folder.string()},
                   log()) {
        const std::string line = test::wait_for_line(" port ", process_, log());
        port_ = std::stoul(line.substr(line.find(" port ") + 6));
    }
    [[nodiscard]] std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

  private:
    [[nodiscard]] fs::path log() const { return folder_.path() / "log"; }

    test::Folder folder_;
    test::Process process_;
    unsigned long port_ = 0;
};

void write_manifest(const fs::path& folder) {
    std::vector<ManifestFile> files;
    for (const auto& file : contract::fixture_files())
        files.push_back({file.name, file.content.size(), sha256_hex(file.content)});
    test::write_file(folder / std::string(kManifestName), manifest_json(files));
}

}  // namespace

TEST_CASE("the http source keeps the source contract", "[contract]") {
    const test::Folder folder;
    const fs::path files = folder.path() / "files";
    fs::create_directory(files);
    contract::write_fixture(files);
    const WebServer server(folder.path());
    SECTION("by the server's listing") {
        contract::expect_kept(
            contract::run_source_contract(through_registry(server.url("/files/"), folder.path())));
    }
    SECTION("by a manifest") {
        write_manifest(files);
        contract::expect_kept(
            contract::run_source_contract(through_registry(server.url("/files"), folder.path())));
    }
    SECTION("by an archive") {
        test::run(
            {"tar", "-C", folder.path().string(), "-czf", (folder.path() / "m.tar.gz").string(), "files"},
            folder.path() / "output");
        contract::expect_kept(
            contract::run_source_contract(through_registry(server.url("/m.tar.gz"), folder.path())));
    }
}

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
