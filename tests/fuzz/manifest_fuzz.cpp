#include "fuzz.hpp"
#include "godwit/manifest.hpp"
#include "http/listing.hpp"

// A manifest that is read holds file names of one folder only, none twice, and can be written and read again.

using godwit::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    godwit::fuzz::goes_through(godwit::Errc::Source, [&] {
        const auto entries = godwit::http::parse_manifest(text, "http://host/migrations.json");
        std::vector<godwit::ManifestFile> files;
        for (const auto& entry : entries) {
            require(godwit::http::is_file_name(entry.path) && entry.fingerprint.size() == 64);
            files.push_back(
                {.name = entry.path, .size = entry.size, .sha256 = std::string(entry.fingerprint)});
        }
        const auto again = godwit::http::parse_manifest(godwit::manifest_json(files), "again");
        require(again.size() == entries.size());
        for (std::size_t i = 0; i < again.size(); ++i)
            require(again[i].path == entries[i].path && again[i].size == entries[i].size &&
                    again[i].fingerprint == entries[i].fingerprint);
    });
    return 0;
}
