#include "wanted.hpp"

#include <algorithm>

namespace godwit::plugins {

bool Wanted::matches(const Descriptor& descriptor) const {
    if (descriptor.kind != kind || !descriptor.has_scheme(scheme)) return false;
    return !only_names || std::ranges::find(names, descriptor.name) != names.end();
}

}  // namespace godwit::plugins
