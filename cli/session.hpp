#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"
#include "godwit/driver.hpp"
#include "godwit/migrator.hpp"
#include "godwit/plugin_registry.hpp"
#include "godwit/source.hpp"
#include "signals.hpp"

namespace godwit::cli {

/// What a command works on: source, driver and the engine between them, opened as the settings say and only
/// as far as the command asks. Signals are taken care of from its construction to its end.
class Session {
  public:
    explicit Session(Context& context);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Opened on the first call. Throws Errc::Usage, Source or Plugin.
    Source& source();
    /// Opened on the first call, not connected.
    Driver& driver();
    /// As driver(), connected, with patience as --connect-retry says.
    Driver& connected();
    /// The same, with another patience where --connect-retry does not name one.
    Driver& connected(Milliseconds patience);
    /// Source and connected driver joined. `policy` and `reporter` count on the first call.
    Migrator& migrator(const Policy& policy = {}, Reporter* reporter = nullptr);

    [[nodiscard]] Signals& signals() noexcept { return signals_; }
    [[nodiscard]] const std::string& database_url() const noexcept { return database_url_; }  ///< redacted
    [[nodiscard]] RunIdentity identity() const;
    /// What a migrator is made with, as the settings say.
    MigratorOptions migrator_options(const Policy& policy, Reporter* reporter);
    /// Where a file of the source lies, from the working folder; as the source lists it where it is not
    /// local.
    [[nodiscard]] std::string shown_file(const std::string& path);
    /// The line that says what is worked on: URL, version table, layout with its counts.
    void say_header();

  private:
    void open_source();
    void open_driver();
    void say_ignored_placeholders();
    void list_and_connect(Migrator& migrator);

    Context& context_;
    Signals signals_;
    std::string database_url_;
    std::unique_ptr<Source> source_;
    std::unique_ptr<Driver> driver_;
    std::unique_ptr<Migrator> migrator_;
    bool connected_ = false;
};

/// The registry as the settings say.
PluginRegistry open_registry(Context& context);
/// What a driver is opened with, as the settings say.
DriverOptions driver_options(Context& context);
/// How connecting goes on after a failure that waiting may mend.
struct Patience {
    Milliseconds time{0};
    std::function<void(const Error& first)> told;  ///< once, when it begins to wait
    std::function<bool()> stop = nullptr;          ///< may be null; true gives up
};
void connect(Driver& driver, const Patience& patience);
/// The URL of the sources. Throws Errc::Usage; a folder given for a URL is told how to be one.
Url source_url(const Settings& settings, const Setting& found);
SourceOptions source_options(Context& context, const Setting& source);
/// Where the source's files lie. Throws Errc::Usage where that is no folder here.
std::filesystem::path folder_of(const Source& source);

}  // namespace godwit::cli
