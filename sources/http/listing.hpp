#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "godwit/source.hpp"
#include "http/address.hpp"

namespace godwit::http {

/// What a server says is in a folder.
struct Listing {
    enum class Kind { Manifest, Page };
    Kind kind = Kind::Page;
    Address folder;              ///< where the files are read from
    std::vector<Entry> entries;  ///< fingerprint: a manifest's hash, or a time as the page has it
    std::unordered_map<std::string_view, std::size_t>
        by_path;  ///< into `entries`, which must not change any more

    void index();
    /// Null where there is no such file.
    [[nodiscard]] const Entry* find(std::string_view path) const;
    /// False where a file came, went or changed.
    [[nodiscard]] bool same_as(const Listing& other) const;
};

/// True for what can be the name of a file directly in a folder, and harms nobody who sees it on a terminal.
[[nodiscard]] bool is_file_name(std::string_view name);

/// Entries of a `migrations.json` (docs/schema/manifest.json). Throws Errc::Source naming what is wrong;
/// `place` is its address for messages.
std::vector<Entry> parse_manifest(std::string_view text, const std::string& place);

/// Entries of nginx's or Caddy's listing as JSON. Throws Errc::Source where it is something else.
std::vector<Entry> parse_json_listing(std::string_view text, const std::string& place);

/// Entries of a page that lists `folder`, made by nginx, Apache, Caddy, lighttpd, Python and their like: the
/// links that lead to something directly in it. Throws Errc::Source where the page does not look like a
/// listing.
std::vector<Entry> parse_html_listing(std::string_view text, const Address& folder);

/// Whichever of the two it is.
std::vector<Entry> parse_page(std::string_view text, const Address& folder);

/// The values of `href` of the links in a page, entities decoded.
std::vector<std::string> links_in(std::string_view html);

}  // namespace godwit::http
