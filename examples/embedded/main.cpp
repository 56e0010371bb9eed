// A service that brings its SQLite file up to date before it does anything else. Its schema is part of the
// program.
//
//   notes_service FILE             migrate, then serve
//   notes_service --pending FILE   say what would be done, and do nothing; exit code 3 where there is
//   something
#include <godwit/embedded/notes.hpp>
#include <godwit/migrator.hpp>
#include <godwit/plugin_registry.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <variant>

namespace {

/// godwit prints nothing itself: what happens arrives here, and becomes a line of the service's log.
class Log final : public godwit::Reporter {
  public:
    void on(const godwit::Event& event) override {
        std::visit([](const auto& what) { write(what); }, event);
    }

  private:
    static void write(const godwit::MigrationDone& done) {
        std::clog << "schema: " << done.version << " " << done.name << " done, " << done.statements
                  << " statements, " << static_cast<double>(done.took.count()) / 1000 << " ms\n";
    }
    static void write(const godwit::MigrationFailed& failed) {
        std::clog << "schema: " << failed.version << " " << failed.name << " failed: " << failed.error.message
                  << "\n";
    }
    static void write(const godwit::LockWaited& waited) {
        std::clog << "schema: another copy of the service is migrating (" << waited.holder << ")\n";
    }
    static void write(const godwit::FindingReported& reported) {
        std::clog << "schema: " << reported.finding.message << "\n";
    }
    template <class Other>
    static void write(const Other&) {}
};

std::unique_ptr<godwit::Driver> connect(const std::string& file) {
    const godwit::PluginRegistry plugins(godwit::SearchOptions::from_process());
    godwit::DriverOptions options;
    options.env = [](std::string_view) { return std::optional<std::string>(); };
    options.application_name = "notes_service";
    auto driver = plugins.open_driver(godwit::Url::parse("sqlite:" + godwit::percent_encode(file)), options);
    driver->connect();
    return driver;
}

int show_pending(godwit::Migrator& migrator) {
    const godwit::Status status = migrator.status();
    for (const auto& migration : status.migrations) {
        if (migration.state == godwit::MigrationState::Pending)
            std::cout << "pending: " << migration.version << " " << migration.name << "\n";
    }
    std::cout << status.pending << " pending, at " << (status.current ? status.current->text() : "no version")
              << "\n";
    return status.pending == 0 ? EXIT_SUCCESS : 3;
}

int serve(godwit::Migrator& migrator) {
    const godwit::Result result = migrator.up();
    if (result.failed) {
        std::clog << "cannot start: " << result.failed->what() << "\n" << result.failed->info().state << "\n";
        return EXIT_FAILURE;
    }
    std::cout << "serving at version " << (result.current ? result.current->text() : "none") << "\n";
    return EXIT_SUCCESS;
}

int run(bool only_pending, const std::string& file) {
    const auto source = godwit::embedded::notes();
    const auto driver = connect(file);
    Log log;
    godwit::MigratorOptions options;
    options.reporter = &log;
    godwit::Migrator migrator(*source, *driver, std::move(options));
    return only_pending ? show_pending(migrator) : serve(migrator);
}

}  // namespace

int main(int count, char** arguments) {
    const bool only_pending = count == 3 && std::string_view(arguments[1]) == "--pending";
    if (count != 2 && !only_pending) {
        std::cerr << "usage: notes_service [--pending] FILE\n";
        return 2;
    }
    try {
        return run(only_pending, arguments[count - 1]);
    } catch (const godwit::Error& error) {
        std::cerr << "notes_service: " << error.what() << "\n";
        if (!error.info().hint.empty()) std::cerr << "hint: " << error.info().hint << "\n";
        return EXIT_FAILURE;
    }
}
