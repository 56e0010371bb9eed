#include "fuzz.hpp"
#include "http/archive.hpp"
#include "http/listing.hpp"

// An archive is unpacked whole, within its limits and with names of one folder only, or refused.

using godwit::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 20;
    const std::string text = godwit::fuzz::text_of(data, size);
    for (const std::string folder : {"", ".", "migrations"}) {
        godwit::fuzz::goes_through(godwit::Errc::Source, [&] {
            const auto unpacked = godwit::http::unpack(text, folder, {kMost}, "http://host/a.tar.gz");
            std::uint64_t total = 0;
            std::size_t files = 0;
            for (const auto& entry : unpacked.entries) {
                require(godwit::http::is_file_name(entry.path));
                if (entry.kind == godwit::EntryKind::Directory) continue;
                const auto content = unpacked.contents.find(entry.path);
                require(content != unpacked.contents.end() && content->second.size() == entry.size);
                total += entry.size;
                ++files;
            }
            require(total <= kMost && files == unpacked.contents.size());
        });
    }
    return 0;
}
