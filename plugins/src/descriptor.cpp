#include "descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "schemes.hpp"

namespace godwit::plugins {
namespace {

// What every ABI has in front: magic, size, abi, kind.
constexpr std::size_t kFixedPart = 4 * sizeof(std::uint32_t);

[[noreturn]] void refuse(const std::string& file, const std::string& why, std::string hint) {
    fail(Errc::Plugin, fmt::format("plugin {} {}", file, why), std::move(hint));
}

std::string rebuild_hint() {
    return fmt::format("rebuild the plugin against the headers of this godwit (plugin ABI {})", kPluginAbi);
}

bool is_printable(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

template <std::size_t Size>
std::string text_of(const char (&field)[Size], std::string_view what, const std::string& file) {
    const auto* const end = static_cast<const char*>(std::memchr(field, '\0', Size));
    if (end == nullptr)
        refuse(file, fmt::format("has a damaged descriptor: its {} does not end", what), rebuild_hint());
    std::string text(field, end);
    if (!is_printable(text))
        refuse(file, fmt::format("has a damaged descriptor: its {} holds control characters", what),
               rebuild_hint());
    return text;
}

void check_identity(const PluginInfo& info, std::size_t available, const std::string& file) {
    if (info.magic != kPluginMagic)
        refuse(file, "is not a godwit plugin: its section 'godwit' begins with something else",
               "point to a shared object made with godwit_add_plugin()");
    if (info.size < kFixedPart || info.size > available)
        refuse(file,
               fmt::format("has a damaged descriptor: it says it has {} bytes, the file has {} of them",
                           info.size, available),
               rebuild_hint());
    if (info.abi != kPluginAbi)
        refuse(file, fmt::format("was built for plugin ABI {}; this godwit has ABI {}", info.abi, kPluginAbi),
               rebuild_hint());
    if (info.size < sizeof(PluginInfo))
        refuse(file,
               fmt::format("has a damaged descriptor: {} bytes are too few for plugin ABI {}, which has {}",
                           info.size, kPluginAbi, sizeof(PluginInfo)),
               rebuild_hint());
}

void check_toolchain(const PluginInfo& info, const std::string& file) {
    const std::string toolchain = text_of(info.toolchain, "toolchain", file);
    if (toolchain == GODWIT_TOOLCHAIN) return;
    refuse(file,
           fmt::format("was built with the C++ library '{}'; this godwit with '{}': C++ types cannot cross",
                       toolchain, GODWIT_TOOLCHAIN),
           "rebuild the plugin with the compiler and C++ library that godwit was built with");
}

Descriptor texts_of(const PluginInfo& info, const std::string& file) {
    Descriptor descriptor{info.kind, text_of(info.name, "name", file),
                          split_words(text_of(info.schemes, "list of schemes", file)),
                          text_of(info.version, "version", file), text_of(info.summary, "summary", file)};
    if (info.kind != PluginKind::Driver && info.kind != PluginKind::Source)
        refuse(file,
               fmt::format("is of kind {}, which this godwit does not know",
                           static_cast<std::uint32_t>(info.kind)),
               rebuild_hint());
    if (!is_plugin_name(descriptor.name))
        refuse(file, fmt::format("calls itself '{}': a name must match [a-z][a-z0-9-]*", descriptor.name),
               rebuild_hint());
    for (const std::string& scheme : descriptor.schemes) {
        if (!is_scheme(scheme))
            refuse(file, fmt::format("lists the scheme '{}': it must match [a-z][a-z0-9+.-]*", scheme),
                   rebuild_hint());
    }
    return descriptor;
}

}  // namespace

bool Descriptor::has_scheme(std::string_view scheme) const {
    return std::ranges::find(schemes, scheme) != schemes.end();
}

Descriptor read_descriptor(std::span<const std::byte> bytes, const std::string& file) {
    if (bytes.size() < kFixedPart)
        refuse(file, fmt::format("has a damaged descriptor: only {} bytes", bytes.size()), rebuild_hint());
    PluginInfo info{};
    std::memcpy(&info, bytes.data(), std::min(bytes.size(), sizeof info));
    check_identity(info, bytes.size(), file);
    check_toolchain(info, file);
    return texts_of(info, file);
}

Descriptor describe(const PluginInfo& info) {
    return texts_of(info, "built-in");
}

}  // namespace godwit::plugins
