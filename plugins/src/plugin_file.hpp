#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "descriptor.hpp"

namespace godwit::plugins {

/// What a file name `godwit-<kind>-<name>.so` says.
struct FileName {
    PluginKind kind = PluginKind::Driver;
    std::string name;
};

[[nodiscard]] std::optional<FileName> parse_file_name(std::string_view file_name);
[[nodiscard]] std::string file_name_of(PluginKind kind, std::string_view name);

/// A file that may be loaded, as far as can be told without running any of its code.
struct PluginFile {
    std::filesystem::path path;  ///< canonical
    Descriptor descriptor;
};

/// File name, real path, kind of file, owner, permissions, section, descriptor, agreement of descriptor and
/// file name: in this order. Throws Errc::Plugin with a text of its own for each.
[[nodiscard]] PluginFile inspect(const std::filesystem::path& file, bool allow_unsafe);

}  // namespace godwit::plugins
