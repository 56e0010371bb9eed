#include "modules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "builtin.hpp"
#include "module.hpp"
#include "plugin_file.hpp"
#include "search_path.hpp"

namespace godwit::plugins {
namespace {

namespace fs = std::filesystem;

Usable load(const PluginFile& file) {
    return Usable{&load_module(file), file.descriptor.name, file.path.string()};
}

std::vector<std::string> file_names(const Wanted& wanted) {
    std::vector<std::string> files;
    for (const std::string& name : wanted.names)
        files.push_back(file_name_of(wanted.kind, name));
    return files;
}

/// The plugin files of a folder in order of their names; a folder that cannot be read sets `error`.
std::vector<fs::path> plugin_files(const fs::path& folder, std::error_code& error) {
    std::vector<fs::path> files;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (parse_file_name(at->path().filename().string())) files.push_back(at->path());
    }
    std::ranges::sort(files);
    return files;
}

std::string why_nothing(const fs::path& folder, const Wanted& wanted) {
    std::error_code error;
    const auto files = plugin_files(folder, error);
    if (error == std::errc::no_such_file_or_directory) return "no such folder";
    if (error) return error.message();
    if (wanted.names.empty()) return fmt::format("none of {} plugin files", files.size());
    return fmt::format("no {}", fmt::join(file_names(wanted), ", no "));
}

std::optional<Usable> find_by_name(const fs::path& folder, const Wanted& wanted, bool allow_unsafe,
                                   std::vector<std::string>& tried) {
    bool present = false;
    for (const std::string& name : wanted.names) {
        const fs::path path = folder / file_name_of(wanted.kind, name);
        std::error_code error;
        if (is_builtin(wanted.kind, name) || !fs::exists(fs::symlink_status(path, error))) continue;
        present = true;
        const PluginFile file = inspect(path, allow_unsafe);
        if (wanted.matches(file.descriptor)) return load(file);
        tried.push_back(
            fmt::format("{} (its schemes are: {})", path.string(), fmt::join(file.descriptor.schemes, " ")));
    }
    if (!present) tried.push_back(fmt::format("{} ({})", folder.string(), why_nothing(folder, wanted)));
    return std::nullopt;
}

std::optional<Usable> find_by_scheme(const fs::path& folder, const Wanted& wanted, bool allow_unsafe,
                                     std::vector<std::string>& tried) {
    std::error_code unreadable;  // find_by_name has told it
    for (const fs::path& path : plugin_files(folder, unreadable)) {
        const auto name = parse_file_name(path.filename().string());
        if (!name || name->kind != wanted.kind || is_builtin(name->kind, name->name)) continue;
        std::optional<PluginFile> file;
        try {
            file = inspect(path, allow_unsafe);
        } catch (const Error& refusal) {
            tried.push_back(refusal.info().message);
            continue;
        }
        if (wanted.matches(file->descriptor)) return load(*file);
    }
    return std::nullopt;
}

PluginReport report_file(const fs::path& path, bool allow_unsafe) {
    try {
        const PluginFile file = inspect(path, allow_unsafe);
        return report_of(file.descriptor, file.path.string());
    } catch (const Error& refusal) {
        PluginReport report;
        if (const auto name = parse_file_name(path.filename().string())) {
            report.kind = name->kind;
            report.name = name->name;
        }
        report.file = path.string();
        report.refused = refusal.info().message;
        return report;
    }
}

}  // namespace

std::optional<Usable> find_in_files(const SearchOptions& options, const Wanted& wanted) {
    std::optional<PluginFile> found;
    for (const fs::path& path : options.files) {
        PluginFile file = inspect(path, options.allow_unsafe);
        if (!found && wanted.matches(file.descriptor)) found = std::move(file);
    }
    if (!found) return std::nullopt;
    return load(*found);
}

std::optional<Usable> find_in_folders(const SearchOptions& options, const Wanted& wanted,
                                      std::vector<std::string>& tried) {
    const auto folders = search_path(options);
    for (const fs::path& folder : folders) {
        if (auto found = find_by_name(folder, wanted, options.allow_unsafe, tried)) return found;
    }
    if (wanted.only_names) return std::nullopt;
    for (const fs::path& folder : folders) {
        if (auto found = find_by_scheme(folder, wanted, options.allow_unsafe, tried)) return found;
    }
    return std::nullopt;
}

std::vector<PluginReport> list_files(const SearchOptions& options) {
    std::vector<PluginReport> reports;
    for (const fs::path& path : options.files)
        reports.push_back(report_file(path, options.allow_unsafe));
    return reports;
}

std::vector<PluginReport> list_folders(const SearchOptions& options) {
    std::vector<PluginReport> reports;
    for (const fs::path& folder : search_path(options)) {
        std::error_code unreadable;  // a folder of the path need not exist
        for (const fs::path& path : plugin_files(folder, unreadable))
            reports.push_back(report_file(path, options.allow_unsafe));
    }
    return reports;
}

}  // namespace godwit::plugins
