#include "builtin.hpp"

// Alone in its file, so that the linker leaves it in the archive where a program brings a table of its own.
namespace godwit::plugins {

std::span<const PluginEntry* const> builtin_plugins() {
    return {};
}

}  // namespace godwit::plugins
