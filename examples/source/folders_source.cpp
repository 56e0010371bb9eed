#include "folders_source.hpp"

#include <godwit/error.hpp>
#include <godwit/plugin.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace fs = std::filesystem;

class FoldersSource final : public godwit::Source {
  public:
    explicit FoldersSource(fs::path root) : root_(std::move(root)) {}

    std::vector<godwit::Entry> list() override try {
        std::vector<godwit::Entry> entries;
        for (const auto& folder : fs::directory_iterator(root_)) {
            for (const auto& script : fs::directory_iterator(folder)) {
                const std::string name =
                    folder.path().filename().string() + "." + script.path().filename().string();
                files_[name] = script.path();
                entries.push_back({.path = name, .size = script.file_size()});
            }
        }
        return entries;
    } catch (const fs::filesystem_error& error) {
        godwit::fail(godwit::Errc::Source, describe() + " cannot be listed: " + error.what());
    }

    std::string read(const godwit::Entry& entry) override {
        const auto file = files_.find(entry.path);
        if (file == files_.end()) godwit::fail(godwit::Errc::Source, "there is no '" + entry.path + "'");
        std::ifstream in(file->second, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        if (!in.is_open() || in.bad() || text.size() != entry.size)
            godwit::fail(godwit::Errc::Source, file->second.string() + " cannot be read as it was listed");
        return text;
    }

    [[nodiscard]] std::string describe() const override { return "folders://" + root_.string(); }

  private:
    fs::path root_;
    std::map<std::string, fs::path> files_;
};

std::unique_ptr<godwit::Source> open_folders(const godwit::Url& url, const godwit::SourceOptions& options) {
    std::string folder = url.rest().reveal();
    if (folder.starts_with("//")) folder.erase(0, 2);
    return std::make_unique<FoldersSource>(options.working_directory / folder);
}

GODWIT_SOURCE_PLUGIN(folders, "folders", "folders", "1.0.0", "A folder for each migration", &open_folders);
