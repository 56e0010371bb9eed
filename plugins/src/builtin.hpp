#pragma once

#include <span>
#include <string_view>

#include "godwit/plugin.hpp"

namespace godwit::plugins {

/// The plugins linked into this program. Defined by the table that godwit_link_plugins() generates; a program
/// without one gets the empty table of the library.
[[nodiscard]] std::span<const PluginEntry* const> builtin_plugins();

/// True where a linked-in plugin has that name: it is never loaded from a folder again.
[[nodiscard]] bool is_builtin(PluginKind kind, std::string_view name);

}  // namespace godwit::plugins
