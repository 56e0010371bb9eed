#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "godwit/hash.hpp"
#include "godwit/manifest.hpp"
#include "render/json.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

std::string read_whole(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    if (stream && fs::file_size(file) > 0) content << stream.rdbuf();
    if (!stream || !content) fail(Errc::Source, fmt::format("cannot read {}", file.string()));
    return std::move(content).str();
}

/// Every file a web server would offer beside the manifest; hidden ones it would not.
std::vector<ManifestFile> files_of(const fs::path& folder) {
    std::vector<ManifestFile> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (!entry.is_regular_file() || name == kManifestName || name.starts_with('.')) continue;
        const auto content = read_whole(entry.path());
        files.push_back({name, content.size(), sha256_hex(content)});
    }
    std::ranges::sort(files, {}, &ManifestFile::name);
    return files;
}

/// Whoever reads the manifest meanwhile sees the old one or the new one, never a part.
void replace(const fs::path& file, const std::string& content) {
    const auto half = file.parent_path() / fmt::format(".{}.new", file.filename().string());
    std::ofstream stream(half, std::ios::binary | std::ios::trunc);
    stream << content;
    stream.close();
    std::error_code error;
    if (stream) fs::rename(half, file, error);
    if (stream && !error) return;
    const auto why = error ? ": " + error.message() : std::string();
    fs::remove(half, error);
    fail(Errc::Source, fmt::format("cannot write {}{}", file.string(), why));
}

}  // namespace

int run_index(Context& context) {
    const fs::path folder = context.arguments.positionals.front();
    if (!fs::is_directory(folder)) fail(Errc::Source, fmt::format("{} is no folder", folder.string()));
    std::vector<ManifestFile> files;
    try {
        files = files_of(folder);
    } catch (const fs::filesystem_error& error) {
        fail(Errc::Source, fmt::format("cannot list {}: {}", folder.string(), error.code().message()));
    }
    const auto manifest = folder / kManifestName;
    replace(manifest, manifest_json(files));
    if (context.output.json())
        json::fields(context.output,
                     {{"manifest", manifest.string()}, {"files", static_cast<std::int64_t>(files.size())}});
    else
        context.output.result(manifest.string());
    return 0;
}

}  // namespace godwit::cli
