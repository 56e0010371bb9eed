#pragma once

#include <optional>
#include <string>
#include <vector>

#include "godwit/plugin_registry.hpp"
#include "wanted.hpp"

namespace godwit::plugins {

/// The part of the registry that knows files. A build without dynamic plugins has another one that knows
/// none.

/// Among the files named by `--plugin`; a refused one of them is an error whatever was wanted.
[[nodiscard]] std::optional<Usable> find_in_files(const SearchOptions& options, const Wanted& wanted);

/// Along the search path: by file name first, then by the descriptors of all plugins there. Appends to
/// `tried` each place with the reason why it gave nothing. Throws where a file of the wanted name is refused.
[[nodiscard]] std::optional<Usable> find_in_folders(const SearchOptions& options, const Wanted& wanted,
                                                    std::vector<std::string>& tried);

[[nodiscard]] std::vector<PluginReport> list_files(const SearchOptions& options);
[[nodiscard]] std::vector<PluginReport> list_folders(const SearchOptions& options);

[[nodiscard]] PluginReport report_of(const Descriptor& descriptor, std::string file);

}  // namespace godwit::plugins
