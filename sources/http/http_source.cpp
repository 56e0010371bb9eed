#include "http/http_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "godwit/hash.hpp"
#include "godwit/manifest.hpp"
#include "http/errors.hpp"

namespace godwit::http {
namespace {

/// A listing of 100,000 files has 15 MB.
constexpr std::uint64_t kMostOfListing = std::uint64_t{64} << 20;
constexpr std::string_view kMakeAnew =
    "if it was changed on purpose, write the manifest anew: godwit index DIR";
constexpr std::string_view kAgain = "run the command again when the server's files are settled";

bool is_missing(long status) {
    return status == 404 || status == 410;
}

bool is_plain(const Response& response) {
    return response.content_encoding.empty() || response.content_encoding == "identity";
}

/// Without a length and without an end mark, a cut looks like the end.
void require_whole(const Response& response, const std::string& file) {
    if (!response.end_known) {
        refuse(fmt::format("{}: the server does not say how long it is, so a cut would not show",
                           response.address.shown()),
               "put a migrations.json beside the files (godwit index DIR): its hashes tell", file);
    }
    if (!is_plain(response)) {
        refuse(fmt::format("{}: the server sends it encoded as {}, which was not asked for",
                           response.address.shown(), response.content_encoding),
               "switch that off for these files", file);
    }
}

/// "Wed, 21 Nov 2026 07:28:00 GMT", as nginx lists it and servers date a file.
bool is_http_date(std::string_view text) {
    return text.size() == 29 && text.ends_with(" GMT");
}

}  // namespace

FolderSource::FolderSource(Settings settings) : settings_(std::move(settings)), client_(settings_) {}

std::optional<Listing> FolderSource::fetch_manifest() {
    Response response = client_.get(settings_.base.child(kManifestName), kMostOfListing);
    if (is_missing(response.status)) return std::nullopt;
    if (response.status != 200) refuse_status(settings_, response);
    require_whole(response, std::string(kManifestName));
    Listing listing{.kind = Listing::Kind::Manifest, .folder = settings_.base};
    // "latest/" may lead to another folder tomorrow, or a second from now: stay where the manifest was
    const Address& from = response.address;
    if (from.origin() == settings_.base.origin() && from.child(kManifestName) == from)
        listing.folder = from.child("");
    listing.entries = parse_manifest(response.body, from.shown());
    return listing;
}

Listing FolderSource::fetch_page() {
    const Response response = client_.get(settings_.base, kMostOfListing);
    if (response.status != 200) refuse_status(settings_, response);
    require_whole(response, "");
    Listing listing{.kind = Listing::Kind::Page, .folder = response.address};
    if (!listing.folder.path.ends_with('/') || listing.folder.origin() != settings_.base.origin())
        listing.folder = settings_.base;
    listing.entries = parse_page(response.body, response.address);
    return listing;
}

Listing FolderSource::fetch_listing() {
    auto manifest = fetch_manifest();
    Listing listing = manifest ? *std::move(manifest) : fetch_page();
    listing.index();
    return listing;
}

const Listing& FolderSource::listing() {
    if (!listing_) listing_ = fetch_listing();
    return *listing_;
}

std::vector<Entry> FolderSource::list() {
    listing_ = fetch_listing();
    return listing_->entries;
}

std::string FolderSource::read(const Entry& entry) {
    std::string content;
    fetch({&entry, 1}, [&](std::size_t, std::string read) { content = std::move(read); });
    // one file at a time is how large plans read again: its hash says enough, a listing each time costs too
    // much
    if (listing_->kind != Listing::Kind::Manifest) require_unchanged();
    return content;
}

void FolderSource::read_many(std::span<const Entry> entries, const Sink& sink) {
    if (entries.empty()) return;
    fetch(entries, sink);
    require_unchanged();
}

void FolderSource::fetch(std::span<const Entry> entries, const Sink& sink) {
    const Listing& listed = listing();
    std::vector<Address> addresses;
    std::vector<const Entry*> wanted;
    addresses.reserve(entries.size());
    wanted.reserve(entries.size());
    for (const Entry& entry : entries) {
        const Entry* const found = listed.find(entry.path);
        if (found == nullptr || found->kind != EntryKind::File)
            refuse(fmt::format("there is no file {} in {}", entry.path, describe()), {}, entry.path);
        wanted.push_back(found);
        addresses.push_back(listed.folder.child(entry.path));
    }
    client_.get_many(addresses, [&](std::size_t index, Response response) {
        verify(*wanted[index], response);
        sink(index, std::move(response.body));
    });
}

void FolderSource::verify(const Entry& listed, const Response& response) const {
    const std::string& file = listed.path;
    if (is_missing(response.status)) {
        refuse(fmt::format("{} was listed, and is not there: {}", response.address.shown(),
                           status_text(response.status)),
               std::string(kAgain), file);
    }
    if (response.status != 200) refuse_status(settings_, response, file);
    const bool by_manifest = listing_->kind == Listing::Kind::Manifest;
    if (!by_manifest) require_whole(response, file);
    if ((by_manifest || listed.size != 0) && response.body.size() != listed.size) {
        refuse(fmt::format("{}: {} bytes came, {} were listed", response.address.shown(),
                           response.body.size(), listed.size),
               std::string(by_manifest ? kMakeAnew : kAgain), file);
    }
    if (by_manifest && sha256_hex(response.body) != listed.fingerprint) {
        refuse(
            fmt::format("{} is not the file of the manifest: its SHA-256 differs", response.address.shown()),
            std::string(kMakeAnew), file);
    }
    if (!by_manifest && is_http_date(listed.fingerprint) && is_http_date(response.last_modified) &&
        listed.fingerprint != response.last_modified) {
        refuse(fmt::format("{} changed since it was listed", response.address.shown()), std::string(kAgain),
               file);
    }
}

void FolderSource::require_unchanged() {
    const Listing now = fetch_listing();
    if (now.same_as(*listing_)) return;
    refuse(fmt::format("the files in {} changed while they were read", describe()), std::string(kAgain));
}

std::string FolderSource::describe() const {
    return settings_.base.shown();
}

ArchiveSource::ArchiveSource(Settings settings) : settings_(std::move(settings)), client_(settings_) {}

const Unpacked& ArchiveSource::unpacked() {
    if (unpacked_) return *unpacked_;
    const Response response = client_.get(settings_.base, settings_.max_size);
    if (response.status != 200) refuse_status(settings_, response);
    if (!response.end_known) require_whole(response, "");
    unpacked_ = unpack(response.body, settings_.folder_in_archive, {settings_.max_size}, describe());
    return *unpacked_;
}

std::vector<Entry> ArchiveSource::list() {
    return unpacked().entries;
}

std::string ArchiveSource::read(const Entry& entry) {
    const auto& contents = unpacked().contents;
    const auto found = contents.find(entry.path);
    if (found == contents.end())
        refuse(fmt::format("there is no file {} in {}", entry.path, describe()), {}, entry.path);
    return found->second;
}

std::string ArchiveSource::describe() const {
    return settings_.base.shown();
}

std::unique_ptr<Source> open(Settings settings) {
    if (settings.is_archive()) return std::make_unique<ArchiveSource>(std::move(settings));
    return std::make_unique<FolderSource>(std::move(settings));
}

std::unique_ptr<Source> open(const Url& url, const SourceOptions& options) {
    return open(read_settings(url, options));
}

}  // namespace godwit::http
