#pragma once

#include "godwit/plugin.hpp"
#include "plugin_file.hpp"

namespace godwit::plugins {

/// Loads a plugin that inspect() let pass, once per file, for the life of the process. Throws Errc::Plugin
/// where the dynamic linker refuses it or its entry is missing, incomplete or not the inspected one's.
/// Thread-safe.
[[nodiscard]] const PluginEntry& load_module(const PluginFile& file);

}  // namespace godwit::plugins
