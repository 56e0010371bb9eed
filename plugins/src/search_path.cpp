#include "search_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "godwit/error.hpp"

namespace godwit::plugins {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> entries_of(std::string_view list) {
    std::vector<std::string_view> entries;
    if (list.empty()) return entries;
    for (;;) {
        const std::size_t colon = list.find(':');
        entries.push_back(list.substr(0, colon));
        if (colon == std::string_view::npos) return entries;
        list.remove_prefix(colon + 1);
    }
}

fs::path below(const fs::path& library_directory) {
    return library_directory / "godwit" / std::to_string(kPluginAbi);
}

void add(std::vector<fs::path>& places, fs::path place) {
    place = place.lexically_normal();
    if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
}

}  // namespace

void require_absolute(const SearchOptions& options) {
    for (const fs::path& file : options.files) {
        if (!file.is_absolute())
            fail(Errc::Usage, fmt::format("--plugin '{}' is not an absolute path", file.string()),
                 "a plugin is code: it is never looked up relative to the working folder");
    }
    for (const std::string_view entry : entries_of(options.path_list)) {
        if (entry.empty())
            fail(Errc::Usage,
                 fmt::format("the plugin path '{}' has an empty entry: it would mean the working folder",
                             options.path_list),
                 "remove the extra ':' from --plugin-path or GODWIT_PLUGIN_PATH");
        if (!fs::path(entry).is_absolute())
            fail(Errc::Usage,
                 fmt::format("the plugin path has the relative entry '{}': it must be absolute", entry),
                 "write the whole path in --plugin-path or GODWIT_PLUGIN_PATH");
    }
}

std::vector<fs::path> search_path(const SearchOptions& options) {
    std::vector<fs::path> places;
    for (const std::string_view entry : entries_of(options.path_list))
        add(places, fs::path(entry));
    if (!options.executable_directory.empty()) {
        const fs::path prefix = options.executable_directory / "..";
        add(places, below(prefix / "lib"));
        // relative to the program, so that a moved installation still finds its own (multiarch:
        // lib/<triplet>)
        add(places, below(options.executable_directory / GODWIT_LIBDIR_FROM_BINDIR));
    }
    if (!options.library_directory.empty()) add(places, below(options.library_directory));
    if (options.user_plugins && !options.user_directory.empty()) add(places, below(options.user_directory));
    return places;
}

}  // namespace godwit::plugins
