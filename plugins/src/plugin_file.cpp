#include "plugin_file.hpp"

#include <fmt/format.h>

#include <system_error>

#include "elf_section.hpp"
#include "godwit/plugin_registry.hpp"
#include "permissions.hpp"
#include "schemes.hpp"

namespace godwit::plugins {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "godwit-";
constexpr std::string_view kSuffix = ".so";

FileName require_file_name(const fs::path& file) {
    if (auto parsed = parse_file_name(file.filename().string())) return *parsed;
    fail(Errc::Plugin,
         fmt::format("plugin {} has a name that no plugin can have: it must be godwit-driver-NAME.so or "
                     "godwit-source-NAME.so, NAME in [a-z][a-z0-9-]*",
                     file.string()));
}

fs::path canonical_path(const fs::path& file) {
    std::error_code error;
    fs::path path = fs::canonical(file, error);
    if (!error) return path;
    fail(Errc::Plugin, fmt::format("plugin {} cannot be opened: {}", file.string(), error.message()));
}

std::vector<std::byte> descriptor_section(const fs::path& path) {
    if (auto section = read_elf_section(path, "godwit")) return *std::move(section);
    fail(Errc::Plugin,
         fmt::format("plugin {} has no section 'godwit': it is a shared object, but not a godwit plugin",
                     path.string()),
         "point to a shared object made with godwit_add_plugin()");
}

void require_agreement(const FileName& expected, const Descriptor& found, const fs::path& path) {
    if (expected.kind == found.kind && expected.name == found.name) return;
    fail(
        Errc::Plugin,
        fmt::format("plugin {} is the {} '{}': its file name says {} '{}'", path.string(),
                    plugin_kind_name(found.kind), found.name, plugin_kind_name(expected.kind), expected.name),
        fmt::format("rename the file to {}", file_name_of(found.kind, found.name)));
}

}  // namespace

std::optional<FileName> parse_file_name(std::string_view text) {
    if (!text.starts_with(kPrefix) || !text.ends_with(kSuffix)) return std::nullopt;
    text.remove_prefix(kPrefix.size());
    if (text.size() < kSuffix.size()) return std::nullopt;
    text.remove_suffix(kSuffix.size());
    for (const PluginKind kind : {PluginKind::Driver, PluginKind::Source}) {
        const std::string prefix = plugin_kind_name(kind) + "-";
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(prefix.size());
        if (!is_plugin_name(text)) return std::nullopt;
        return FileName{kind, std::string(text)};
    }
    return std::nullopt;
}

std::string file_name_of(PluginKind kind, std::string_view name) {
    return fmt::format("{}{}-{}{}", kPrefix, plugin_kind_name(kind), name, kSuffix);
}

PluginFile inspect(const fs::path& file, bool allow_unsafe) {
    const FileName expected = require_file_name(file);
    PluginFile result{canonical_path(file), {}};
    require_safe(result.path, allow_unsafe);
    // who can write where a link lies can point it elsewhere
    if (!allow_unsafe) require_safe_folder(file.parent_path(), result.path);
    result.descriptor = read_descriptor(descriptor_section(result.path), result.path.string());
    require_agreement(expected, result.descriptor, result.path);
    return result;
}

}  // namespace godwit::plugins
