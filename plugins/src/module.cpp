#include "module.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace godwit::plugins {
namespace {

constexpr const char* kSymbol = "godwit_plugin";

[[noreturn]] void refuse(const PluginFile& file, const std::string& why, std::string hint = {}) {
    fail(Errc::Plugin, fmt::format("plugin {} {}", file.path.string(), why), std::move(hint));
}

/// The dynamic linker's own words: Boost wraps them and appends an unrelated errno.
std::string linker_text(std::string text) {
    constexpr std::string_view begin = "(dlerror system message: ";
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return text;
    text.erase(0, at + begin.size());
    return text.substr(0, text.rfind("): "));
}

boost::dll::shared_library open_library(const PluginFile& file) {
    namespace dll = boost::dll;
    try {
        // Now: an unresolved function is told here, not when it is first called. Local: two plugins may
        // bring the same symbol.
        return dll::shared_library(file.path, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    } catch (const std::exception& error) {
        refuse(file, "cannot be loaded: " + linker_text(error.what()),
               "if a library is missing, install it; if a symbol is undefined, rebuild the plugin against "
               "this godwit");
    }
}

void check_entry(const PluginEntry* entry, const PluginFile& file) {
    if (entry == nullptr || entry->info == nullptr) refuse(file, "has an empty entry 'godwit_plugin'");
    const PluginInfo& info = *entry->info;
    const bool same = info.magic == kPluginMagic && info.abi == kPluginAbi &&
                      info.kind == file.descriptor.kind && file.descriptor.name == info.name;
    if (!same)
        refuse(file, "has an entry 'godwit_plugin' that belongs to another plugin than its descriptor",
               "put one plugin into one shared object");
    const bool complete =
        info.kind == PluginKind::Driver ? entry->open_driver != nullptr : entry->open_source != nullptr;
    if (!complete) refuse(file, "has no function to open it with");
}

const PluginEntry& entry_of(const boost::dll::shared_library& library, const PluginFile& file) {
    if (!library.has(kSymbol))
        refuse(file, fmt::format("does not export the symbol '{}'", kSymbol),
               "make it with godwit_add_plugin() and GODWIT_DRIVER_PLUGIN or GODWIT_SOURCE_PLUGIN");
    const auto* const entry = library.get<const PluginEntry* const>(kSymbol);
    check_entry(entry, file);
    return *entry;
}

/// All libraries of the process.
class Modules {
  public:
    const PluginEntry& load(const PluginFile& file) {
        const std::lock_guard guard(mutex_);
        const Identity identity = identity_of(file);
        auto found = libraries_.find(identity);
        if (found == libraries_.end()) found = libraries_.emplace(identity, open_library(file)).first;
        return entry_of(found->second, file);
    }

  private:
    using Identity = std::pair<dev_t, ino_t>;

    static Identity identity_of(const PluginFile& file) {
        struct stat status {};
        if (::stat(file.path.c_str(), &status) != 0)
            refuse(file, "is gone: " + std::generic_category().message(errno));
        return {status.st_dev, status.st_ino};
    }

    std::mutex mutex_;
    std::map<Identity, boost::dll::shared_library> libraries_;
};

}  // namespace

const PluginEntry& load_module(const PluginFile& file) {
    // Never destroyed: objects, exceptions and texts of a plugin point into its library until the very end.
    static auto& modules = *new Modules;
    return modules.load(file);
}

}  // namespace godwit::plugins
