#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "godwit/manifest.hpp"
#include "http/errors.hpp"
#include "http/listing.hpp"

namespace godwit::http {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMakeOne = "write a fresh one with: godwit index DIR";
constexpr std::string_view kNoListing = "put a migrations.json beside the files: godwit index DIR";

/// None of the forms is; and a value that is takes a hundred times its text in memory. (nlohmann's own
/// callback could tell, but makes parsing quadratic.)
bool is_nested_deeply(std::string_view text) {
    constexpr int kDeepest = 8;
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size() && depth <= kDeepest; ++i) {
        const char c = text[i];
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\') ++i;
        if (in_string) continue;
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
    }
    return depth > kDeepest;
}

Json parse(std::string_view text, const std::string& place, std::string_view hint) {
    if (is_nested_deeply(text))
        refuse(fmt::format("{} is JSON, but no list of files", place), std::string(hint));
    try {
        return Json::parse(text);
    } catch (const Json::exception& error) {
        refuse(fmt::format("{} is no JSON: {}", place, error.what()), std::string(hint));
    }
}

const std::string* text_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::uint64_t> size_at(const Json& object) {
    const auto found = object.find("size");
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

/// Lower case; "" where it is no SHA-256.
std::string hash_of(const std::string* text) {
    if (text == nullptr || text->size() != 64) return {};
    std::string hash = *text;
    for (char& c : hash) {
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return {};
    }
    return hash;
}

Entry manifest_entry(const Json& file, std::size_t number, const std::string& place) {
    const auto bad = [&](std::string_view what) {
        refuse(fmt::format("{}: file {}: {}", place, number, what), std::string(kMakeOne));
    };
    if (!file.is_object()) bad("it is no object");
    const std::string* const name = text_at(file, "name");
    if (name == nullptr || !is_file_name(*name))
        bad("\"name\" must be the name of a file in the same folder");
    const auto size = size_at(file);
    if (!size) bad("\"size\" must be the number of its bytes");
    std::string hash = hash_of(text_at(file, "sha256"));
    if (hash.empty()) bad("\"sha256\" must be 64 hex digits");
    return {.path = *name, .size = *size, .fingerprint = std::move(hash)};
}

/// nginx: name, type, mtime, size. Caddy: name, size, mod_time, is_dir.
std::optional<Entry> page_entry(const Json& row) {
    if (!row.is_object()) return std::nullopt;
    const std::string* const name = text_at(row, "name");
    const std::string* const type = text_at(row, "type");
    const auto is_dir = row.find("is_dir");
    if (name == nullptr || (type == nullptr && is_dir == row.end())) return std::nullopt;
    Entry entry{.path = *name};
    if (entry.path.ends_with('/')) entry.path.pop_back();
    if (!is_file_name(entry.path)) return std::nullopt;
    const bool folder = type != nullptr ? *type == "directory" : is_dir->is_boolean() && is_dir->get<bool>();
    entry.kind = folder ? EntryKind::Directory : EntryKind::File;
    if (type != nullptr && *type == "other") entry.kind = EntryKind::Other;
    if (entry.kind != EntryKind::File) return entry;
    entry.size = size_at(row).value_or(0);
    const std::string* const time = text_at(row, type != nullptr ? "mtime" : "mod_time");
    if (time != nullptr) entry.fingerprint = *time;
    return entry;
}

}  // namespace

std::vector<Entry> parse_manifest(std::string_view text, const std::string& place) {
    const Json document = parse(text, place, kMakeOne);
    const auto files = document.is_object() ? document.find("files") : document.end();
    if (!document.is_object() || files == document.end() || !files->is_array())
        refuse(fmt::format("{} has no list \"files\"", place), std::string(kMakeOne));
    std::vector<Entry> entries;
    std::unordered_set<std::string> seen;
    for (const Json& file : *files) {
        entries.push_back(manifest_entry(file, entries.size() + 1, place));
        if (!seen.insert(entries.back().path).second)
            refuse(fmt::format("{} names {} twice", place, entries.back().path), std::string(kMakeOne));
    }
    return entries;
}

std::vector<Entry> parse_json_listing(std::string_view text, const std::string& place) {
    const Json document = parse(text, place, kNoListing);
    if (!document.is_array())
        refuse(fmt::format("{} is JSON, but lists no folder", place), std::string(kNoListing));
    std::vector<Entry> entries;
    for (const Json& row : document) {
        auto entry = page_entry(row);
        if (!entry) {
            refuse(fmt::format("{} is JSON, but its row {} is no file as nginx or Caddy list it", place,
                               entries.size() + 1),
                   std::string(kNoListing));
        }
        entries.push_back(*std::move(entry));
    }
    return entries;
}

}  // namespace godwit::http
