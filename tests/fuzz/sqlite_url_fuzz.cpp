#include <algorithm>

#include "fuzz.hpp"
#include "sqlite/url.hpp"

// A file's name comes through to SQLite's URI as it was given, and nothing of the URL can be another word of
// the connection string or another statement.

namespace {

using godwit::Errc;
using godwit::Url;
using godwit::fuzz::require;

void check(const godwit::sqlite::Target& target) {
    for (const bool create : {false, true}) {
        const std::string text = godwit::sqlite::connection_string(target, create);
        require(text.starts_with("dbname=") && text.find_first_of(" '\"\t\n") == std::string::npos);
        if (target.in_memory()) continue;
        const std::string path = text.substr(text.find(':') + 1, text.find('?') - text.find(':') - 1);
        require(godwit::percent_decode(path) == target.file.string());
        require(target.file.is_absolute());
    }
    for (const auto* pragmas : {&target.session, &target.stored})
        for (const auto& pragma : *pragmas)
            require((pragma.name + pragma.value).find_first_of(" ;'\"`()=\\") == std::string::npos);
}

bool read(const std::string& text, godwit::sqlite::Target& target) {
    return godwit::fuzz::goes_through(Errc::Usage, [&] {
        target = godwit::sqlite::read_target(Url::parse(text), {});
        check(target);
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    godwit::sqlite::Target target;
    read(text, target);
    read("sqlite://" + text, target);
    read("sqlite:a.db?" + text, target);
    const bool plain = !text.empty() && text.find('\0') == std::string::npos && text != ":memory:";
    if (plain && read("sqlite:///data/" + godwit::percent_encode(text), target))
        require(target.shown == "/data/" + text);
    return 0;
}
