#include "godwit/plugin.hpp"
#include "godwit/embedded.hpp"

namespace {

/// `embedded://NAME` where no plugin of that name was found: what was linked into this process.
std::unique_ptr<godwit::Source> open(const godwit::Url& url, const godwit::SourceOptions& /*options*/) {
    return godwit::embedded::open(godwit::embedded::name_in(url));
}

}  // namespace

GODWIT_SOURCE_PLUGIN(embedded, "embedded", "embedded", GODWIT_VERSION,
                     "migrations linked into a program or a plugin", &open);
