#pragma once

#include <filesystem>
#include <vector>

#include "godwit/plugin_registry.hpp"

namespace godwit::plugins {

/// Throws Errc::Usage where a plugin file or an entry of the path list is relative or empty.
void require_absolute(const SearchOptions& options);

/// The folders to search, in order, each once. They need not exist.
[[nodiscard]] std::vector<std::filesystem::path> search_path(const SearchOptions& options);

}  // namespace godwit::plugins
