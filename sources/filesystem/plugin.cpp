#include "godwit/plugin.hpp"

#include "filesystem/filesystem_source.hpp"

namespace {

std::unique_ptr<godwit::Source> open(const godwit::Url& url, const godwit::SourceOptions& options) {
    return std::make_unique<godwit::filesystem::FilesystemSource>(
        godwit::filesystem::folder_of(url, options.working_directory));
}

}  // namespace

GODWIT_SOURCE_PLUGIN(filesystem, "filesystem", "file", GODWIT_VERSION,
                     "migrations in a folder of this machine", &open);
