#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/plugin.hpp"
#include "godwit/source.hpp"
#include "godwit/url.hpp"

namespace godwit {

/// Where plugins are looked for, in this order: `files`, the linked-in ones, `path_list`, the folders beside
/// the program, `library_directory`, `user_directory`. A value: from_process() reads the process's
/// surroundings, the command line then adds what the user typed.
struct SearchOptions {
    std::vector<std::filesystem::path> files;    ///< `--plugin FILE`: absolute; they win
    std::string path_list;                       ///< `--plugin-path` or GODWIT_PLUGIN_PATH: absolute, by ':'
    std::filesystem::path executable_directory;  ///< "" = not searched; else its ../lib/godwit/<abi>
    std::filesystem::path library_directory;     ///< "" = not searched; godwit/<abi> of the install prefix
    std::filesystem::path user_directory;        ///< "" = not searched; holds godwit/<abi>
    bool user_plugins = false;                   ///< `--user-plugins`: search user_directory, too
    bool allow_unsafe = false;  ///< `--allow-unsafe-plugins`: skip owner and permission checks

    /// GODWIT_PLUGIN_PATH and XDG_DATA_HOME (else HOME) by secure_getenv, this program's own folder, the
    /// library folder that was compiled in.
    static SearchOptions from_process();
};

/// What `godwit plugins` shows of one plugin, found or refused.
struct PluginReport {
    PluginKind kind = PluginKind::Driver;
    std::string name;
    std::vector<std::string> schemes;
    std::string version;
    std::string summary;
    std::string file;     ///< absolute path, or "built-in"
    std::string refused;  ///< why it cannot be used; "" = usable. When set, schemes … summary may be empty
};

/// Finds, checks and loads plugins. Thread-safe. What was loaded stays loaded for the life of the process, so
/// that objects, exceptions and texts of a plugin stay valid whatever becomes of the registry.
class PluginRegistry {
  public:
    /// Throws Errc::Usage where an entry of the path list or a plugin file is relative or empty.
    explicit PluginRegistry(SearchOptions options);
    ~PluginRegistry();
    PluginRegistry(const PluginRegistry&) = delete;
    PluginRegistry& operator=(const PluginRegistry&) = delete;

    /// Opens a driver for the URL's scheme; it is not connected. Throws Errc::Usage for a scheme that cannot
    /// be one, Errc::Plugin where no plugin is found (every place tried is named) or one is refused, and what
    /// the plugin itself throws; anything but a godwit::Error leaving a plugin becomes Errc::Plugin.
    [[nodiscard]] std::unique_ptr<Driver> open_driver(const Url& url, const DriverOptions& options) const;
    /// The same for a source. `embedded://NAME` is the source plugin NAME where its schemes hold `embedded`,
    /// else the plugin `embedded`.
    [[nodiscard]] std::unique_ptr<Source> open_source(const Url& url, const SourceOptions& options) const;

    /// Every plugin in every place, drivers first, in search order; no code of a plugin runs. One that an
    /// earlier place hides is listed as refused.
    [[nodiscard]] std::vector<PluginReport> list() const;

    [[nodiscard]] const SearchOptions& options() const noexcept { return options_; }

  private:
    SearchOptions options_;
};

/// "driver", "source".
[[nodiscard]] std::string plugin_kind_name(PluginKind kind);

}  // namespace godwit
