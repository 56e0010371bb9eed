#include "fuzz.hpp"
#include "godwit/url.hpp"
#include "http/listing.hpp"

// Whatever page a server sends: each name that is taken from it is a file of that folder, and the address it
// is read from lies in that folder.

namespace {

using godwit::fuzz::require;
using godwit::http::Address;

void check(const std::string& text, const Address& folder) {
    godwit::fuzz::goes_through(godwit::Errc::Source, [&] {
        for (const auto& entry : godwit::http::parse_page(text, folder)) {
            require(godwit::http::is_file_name(entry.path));
            const Address child = folder.child(entry.path);
            require(child.origin() == folder.origin() && child.path.starts_with(folder.path));
            const std::string name = child.path.substr(folder.path.size());
            require(name.find('/') == std::string::npos && godwit::percent_decode(name) == entry.path);
        }
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    static const auto folder = godwit::http::parse_address("https://host/sql%20files/");
    check(text, *folder);
    check("<html><a href=\"" + text, *folder);
    if (const auto other = godwit::http::parse_address(text)) {
        require(other->path.starts_with('/') && other->host.find('@') == std::string::npos);
        const auto again = godwit::http::parse_address(other->text().reveal());
        require(again && *again == *other);
    }
    return 0;
}
