#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/plugin.hpp"

namespace godwit::plugins {

/// A PluginInfo that was checked, as text.
struct Descriptor {
    PluginKind kind = PluginKind::Driver;
    std::string name;
    std::vector<std::string> schemes;
    std::string version;
    std::string summary;

    [[nodiscard]] bool has_scheme(std::string_view scheme) const;
};

/// Reads the bytes of a section "godwit". Checks magic, size, ABI, toolchain and that every text is one, in
/// this order; throws Errc::Plugin with a text of its own for each, `file` in front.
[[nodiscard]] Descriptor read_descriptor(std::span<const std::byte> bytes, const std::string& file);
/// The same for a linked-in plugin.
[[nodiscard]] Descriptor describe(const PluginInfo& info);

}  // namespace godwit::plugins
