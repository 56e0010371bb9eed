#include "godwit/plugin.hpp"
#include "http/http_source.hpp"

namespace {

std::unique_ptr<godwit::Source> open(const godwit::Url& url, const godwit::SourceOptions& options) {
    return godwit::http::open(url, options);
}

}  // namespace

GODWIT_SOURCE_PLUGIN(http, "http", "http https", GODWIT_VERSION,
                     "migrations on a web server: a folder or an archive", &open);
