#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "godwit/source.hpp"
#include "http/archive.hpp"
#include "http/client.hpp"
#include "http/listing.hpp"
#include "http/settings.hpp"

namespace godwit::http {

/// A folder on a web server: by its manifest, else by the page that lists it. What is read is compared with
/// what was listed, and after reading the listing is fetched again: files that change under way are an error.
class FolderSource final : public Source {
  public:
    explicit FolderSource(Settings settings);

    std::vector<Entry> list() override;
    std::string read(const Entry& entry) override;
    void read_many(std::span<const Entry> entries, const Sink& sink) override;
    [[nodiscard]] std::string describe() const override;

  private:
    const Listing& listing();
    std::optional<Listing> fetch_manifest();
    Listing fetch_page();
    Listing fetch_listing();
    void fetch(std::span<const Entry> entries, const Sink& sink);
    void verify(const Entry& listed, const Response& response) const;
    void require_unchanged();

    Settings settings_;
    Client client_;
    std::optional<Listing> listing_;
};

/// An archive on a web server, fetched once and unpacked in memory.
class ArchiveSource final : public Source {
  public:
    explicit ArchiveSource(Settings settings);

    std::vector<Entry> list() override;
    std::string read(const Entry& entry) override;
    [[nodiscard]] std::string describe() const override;

  private:
    const Unpacked& unpacked();

    Settings settings_;
    Client client_;
    std::optional<Unpacked> unpacked_;
};

std::unique_ptr<Source> open(Settings settings);
std::unique_ptr<Source> open(const Url& url, const SourceOptions& options);

}  // namespace godwit::http
