#pragma once

#include <cstdint>
#include <memory>

#include "godwit/api.hpp"
#include "godwit/driver.hpp"
#include "godwit/source.hpp"
#include "godwit/url.hpp"

namespace godwit {

/// Bumped on any change to an interface header: a plugin built for another number is refused.
inline constexpr std::uint32_t kPluginAbi = 1;
inline constexpr std::uint32_t kPluginMagic = 0x54574447;  // "GDWT" in a little-endian file

/// What must be equal for C++ types to cross between two modules.
#if defined(__GLIBCXX__) && defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
#define GODWIT_TOOLCHAIN "libstdc++ cxx11abi=1"
#elif defined(__GLIBCXX__)
#define GODWIT_TOOLCHAIN "libstdc++ cxx11abi=0"
#elif defined(_LIBCPP_VERSION)
#define GODWIT_TOOLCHAIN "libc++"
#else
#define GODWIT_TOOLCHAIN "unknown"
#endif

enum class PluginKind : std::uint32_t { Driver = 1, Source = 2 };

using OpenDriver = std::unique_ptr<Driver> (*)(const Url& url, const DriverOptions& options);
using OpenSource = std::unique_ptr<Source> (*)(const Url& url, const SourceOptions& options);

/// What a plugin says of itself. A POD with fixed-size text, so that the loader can read it from the file's
/// section "godwit" before any code of the plugin runs. The layout of the first four members never changes.
struct PluginInfo {
    std::uint32_t magic;
    std::uint32_t size;  ///< sizeof(PluginInfo) where the plugin was built: later members are optional
    std::uint32_t abi;
    PluginKind kind;
    char toolchain[48];
    char name[32];      ///< "[a-z][a-z0-9-]*", equal to the one in the file name
    char schemes[192];  ///< URL schemes, separated by single spaces
    char version[32];
    char summary[128];  ///< one line for `godwit plugins`
};

/// What the symbol godwit_plugin_<name> points to.
struct PluginEntry {
    const PluginInfo* info;
    OpenDriver open_driver;  ///< null for a source
    OpenSource open_source;  ///< null for a driver
};

}  // namespace godwit

/// One line in one file of a plugin:
///   GODWIT_DRIVER_PLUGIN(postgresql, "postgresql", "postgres postgresql pgx", "1.0.0", "PostgreSQL 12 and
///   later", &open)
/// `ident` is a C identifier (name with '-' as '_'); `name` the plugin's name; `open` an
/// OpenDriver/OpenSource. It defines the descriptor in section "godwit", the strong symbol
/// godwit_plugin_<ident> (for built-ins), and the weak symbol godwit_plugin that the loader looks up in a
/// shared object.
#define GODWIT_PLUGIN_IMPL(ident, kind, name, schemes, version, summary, open_driver, open_source)        \
    extern "C" {                                                                                          \
    GODWIT_API extern const ::godwit::PluginEntry godwit_plugin_##ident;                                  \
    GODWIT_API extern const ::godwit::PluginEntry* const godwit_plugin __attribute__((weak));             \
    }                                                                                                     \
    __attribute__((section("godwit"), used)) static const ::godwit::PluginInfo godwit_info_##ident = {    \
        ::godwit::kPluginMagic,                                                                           \
        sizeof(::godwit::PluginInfo),                                                                     \
        ::godwit::kPluginAbi,                                                                             \
        kind,                                                                                             \
        GODWIT_TOOLCHAIN,                                                                                 \
        name,                                                                                             \
        schemes,                                                                                          \
        version,                                                                                          \
        summary};                                                                                         \
    const ::godwit::PluginEntry godwit_plugin_##ident = {&godwit_info_##ident, open_driver, open_source}; \
    const ::godwit::PluginEntry* const godwit_plugin = &godwit_plugin_##ident;                            \
    static_assert(true, "")

#define GODWIT_DRIVER_PLUGIN(ident, name, schemes, version, summary, open) \
    GODWIT_PLUGIN_IMPL(ident, ::godwit::PluginKind::Driver, name, schemes, version, summary, open, nullptr)
#define GODWIT_SOURCE_PLUGIN(ident, name, schemes, version, summary, open) \
    GODWIT_PLUGIN_IMPL(ident, ::godwit::PluginKind::Source, name, schemes, version, summary, nullptr, open)
