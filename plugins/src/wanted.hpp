#pragma once

#include <string>
#include <vector>

#include "descriptor.hpp"
#include "godwit/plugin.hpp"

namespace godwit::plugins {

/// What a URL asks for.
struct Wanted {
    PluginKind kind = PluginKind::Driver;
    std::string scheme;
    std::vector<std::string> names;  ///< names of plugins to try first
    bool only_names = false;         ///< another plugin that lists the scheme will not do

    [[nodiscard]] bool matches(const Descriptor& descriptor) const;
};

/// A plugin ready for use.
struct Usable {
    const PluginEntry* entry = nullptr;
    std::string name;
    std::string file;  ///< canonical path, or "built-in"
};

}  // namespace godwit::plugins
