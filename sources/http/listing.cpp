#include "http/listing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/errors.hpp"

namespace godwit::http {
namespace {

bool same(const Entry& a, const Entry& b) {
    return a.size == b.size && a.kind == b.kind && a.fingerprint == b.fingerprint;
}

}  // namespace

void Listing::index() {
    by_path.clear();
    by_path.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i)
        by_path.emplace(entries[i].path, i);
}

const Entry* Listing::find(std::string_view path) const {
    const auto found = by_path.find(path);
    return found == by_path.end() ? nullptr : &entries[found->second];
}

bool Listing::same_as(const Listing& other) const {
    if (kind != other.kind || entries.size() != other.entries.size()) return false;
    return std::ranges::all_of(entries, [&](const Entry& entry) {
        const Entry* const theirs = other.find(entry.path);
        return theirs != nullptr && same(entry, *theirs);
    });
}

bool is_file_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           !has_control_character(name);
}

std::vector<Entry> parse_page(std::string_view text, const Address& folder) {
    const auto begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    const char first = begin == std::string_view::npos ? '\0' : text[begin];
    if (first == '[' || first == '{') return parse_json_listing(text, folder.shown());
    return parse_html_listing(text, folder);
}

}  // namespace godwit::http
