#include "modules.hpp"

// A build without dynamic plugins: what is linked in is all there is.
namespace godwit::plugins {

std::optional<Usable> find_in_files(const SearchOptions& options, const Wanted&) {
    if (options.files.empty()) return std::nullopt;
    fail(Errc::Usage, "--plugin " + options.files.front().string() + ": this godwit cannot load plugins",
         "it was built with GODWIT_DYNAMIC_PLUGINS=OFF; use a build with it, or what `godwit plugins` lists");
}

std::optional<Usable> find_in_folders(const SearchOptions&, const Wanted&, std::vector<std::string>& tried) {
    tried.emplace_back("no folder (this godwit was built without loading of plugins)");
    return std::nullopt;
}

std::vector<PluginReport> list_files(const SearchOptions& options) {
    std::vector<PluginReport> reports;
    for (const auto& file : options.files) {
        PluginReport report;
        report.file = file.string();
        report.refused = "this godwit was built without loading of plugins";
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<PluginReport> list_folders(const SearchOptions&) {
    return {};
}

}  // namespace godwit::plugins
