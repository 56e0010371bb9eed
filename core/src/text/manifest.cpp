#include "godwit/manifest.hpp"

#include <fmt/core.h>

namespace godwit {

namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace

std::string manifest_json(std::span<const ManifestFile> files) {
    std::string out = "{\"files\":[";
    const char* separator = "\n";
    for (const ManifestFile& file : files) {
        out += fmt::format("{}  {{\"name\":{},\"size\":{},\"sha256\":{}}}", separator, quoted(file.name),
                           file.size, quoted(file.sha256));
        separator = ",\n";
    }
    return out + (files.empty() ? "]}\n" : "\n]}\n");
}

}  // namespace godwit
