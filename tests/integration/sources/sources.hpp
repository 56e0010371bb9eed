#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "godwit/error.hpp"
#include "godwit/hash.hpp"
#include "godwit/manifest.hpp"
#include "godwit/source.hpp"

namespace godwit::test {

using Environment = std::map<std::string, std::string, std::less<>>;

inline SourceOptions source_options(Environment environment = {}, std::filesystem::path folder = "/") {
    SourceOptions options;
    options.env = [environment =
                       std::move(environment)](std::string_view name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    options.working_directory = std::move(folder);
    return options;
}

/// "kind: message | hint" of the godwit::Error that `action` throws; "" where it throws none.
template <class Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return fmt::format("{}: {} | {}", kind_name(error.code()), error.info().message, error.info().hint);
    }
    return {};
}

inline std::map<std::string, std::string> read_all(Source& source) {
    std::vector<Entry> files;
    for (Entry& entry : source.list()) {
        if (entry.kind == EntryKind::File) files.push_back(std::move(entry));
    }
    std::map<std::string, std::string> contents;
    source.read_many(files, [&](std::size_t index, std::string content) {
        contents[files[index].path] = std::move(content);
    });
    return contents;
}

inline std::string manifest_of(const std::map<std::string, std::string>& contents) {
    std::vector<ManifestFile> files;
    files.reserve(contents.size());
    for (const auto& [name, content] : contents)
        files.push_back({name, content.size(), sha256_hex(content)});
    return manifest_json(files);
}

}  // namespace godwit::test
