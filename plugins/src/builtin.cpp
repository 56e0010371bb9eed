#include "builtin.hpp"

#include <algorithm>

namespace godwit::plugins {

bool is_builtin(PluginKind kind, std::string_view name) {
    return std::ranges::any_of(builtin_plugins(), [&](const PluginEntry* entry) {
        return entry->info->kind == kind && name == entry->info->name;
    });
}

}  // namespace godwit::plugins
