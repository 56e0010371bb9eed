#include "schema.hpp"

#include <godwit/embedded/birds.hpp>
#include <godwit/migrator.hpp>
#include <godwit/plugin_registry.hpp>

#include <cstdlib>
#include <memory>
#include <optional>

namespace {

std::unique_ptr<godwit::Driver> connect(const std::string& url) {
    const godwit::PluginRegistry plugins(godwit::SearchOptions::from_process());
    godwit::DriverOptions options;
    options.env = [](std::string_view name) -> std::optional<std::string> {
        const char* const value = std::getenv(std::string(name).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    options.application_name = "birds_service";
    auto driver = plugins.open_driver(godwit::Url::parse(url), options);
    driver->connect();
    return driver;
}

/// Why this program must not touch the database; nullopt: it may.
std::optional<std::string> refusal(godwit::Migrator& migrator) {
    const godwit::Status status = migrator.status();
    if (status.dirty)
        return "the database is half-way through a migration, at version " +
               (status.current ? status.current->text() : "none") + ": run godwit status on it";
    const auto& own = migrator.migrations().in_order;
    if (status.current && (own.empty() || *status.current > own.back().version))
        return "the database is at version " + status.current->text() + ", this program was built with " +
               (own.empty() ? "none" : own.back().version.text()) + ": start a newer one";
    return std::nullopt;
}

}  // namespace

SchemaAnswer bring_up_to_date(const std::string& url, godwit::Reporter& log, std::function<bool()> stop) {
    const auto source = godwit::embedded::birds();
    const auto driver = connect(url);
    godwit::MigratorOptions options;
    options.reporter = &log;
    options.stop = std::move(stop);
    godwit::Migrator migrator(*source, *driver, std::move(options));
    if (auto why = refusal(migrator)) return {false, *std::move(why)};

    const godwit::Result result = migrator.up();
    if (result.failed)
        return {false, std::string(result.failed->what()) + "; " + result.failed->info().state};
    if (result.interrupted) return {false, "stopped before the schema was up to date"};
    return {true, result.current ? result.current->text() : "none"};
}
