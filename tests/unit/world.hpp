#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "godwit/migrator.hpp"
#include "stub/stub_driver.hpp"
#include "stub/stub_source.hpp"

namespace godwit::test {

using Texts = std::vector<std::string>;

/// Keeps all that it is told.
class Recorder final : public Reporter {
  public:
    void on(const Event& event) override { events.push_back(event); }

    template <typename T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const Event& event : events) {
            if (const T* match = std::get_if<T>(&event)) found.push_back(*match);
        }
        return found;
    }

    std::vector<Event> events;
};

/// A folder and a database in memory.
struct World {
    explicit World(stub::Files files) : source(std::move(files)) {}

    /// A new process each time: nothing is remembered but the database and the folder.
    template <typename F>
    auto with(F call, MigratorOptions options = {}) {
        stub::StubDriver driver("test", database, {});
        driver.connect();
        Migrator migrator(source, driver, std::move(options));
        return call(migrator);
    }
    Result run(const Goal& goal, MigratorOptions options = {}) {
        options.reporter = &recorder;
        return with([&](Migrator& migrator) { return migrator.run(goal); }, std::move(options));
    }
    Result up(MigratorOptions options = {}) { return run(GoUp{}, std::move(options)); }
    Result down(std::size_t count = 1, MigratorOptions options = {}) {
        return run(GoDown{count, std::nullopt}, std::move(options));
    }
    LedgerWork repair(const RepairWish& wish = {}) {
        return with([&](Migrator& migrator) {
            auto work = migrator.plan_repair(wish);
            migrator.carry_out(work);
            return work;
        });
    }
    LedgerWork baseline(std::uint64_t version) {
        return with([&](Migrator& migrator) {
            auto work = migrator.plan_baseline(Version::of(version));
            migrator.carry_out(work);
            return work;
        });
    }
    Status status() {
        return with([](Migrator& migrator) { return migrator.status(); });
    }
    Validation validate(const Probe& probe = {}, MigratorOptions options = {}) {
        return with([&](Migrator& migrator) { return migrator.validate(probe); }, std::move(options));
    }
    void set_version(std::optional<Version> version) { database->version = std::move(version); }

    std::shared_ptr<stub::Database> database = std::make_shared<stub::Database>();
    stub::StubSource source;
    Recorder recorder;
};

/// The error that `call` throws.
template <typename F>
Error error_of(F call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return Error(Errc::Internal, "nothing was thrown");
}

/// "VERSION=STATE " for each migration.
inline std::string states(const Status& status) {
    std::string text;
    for (const MigrationStatus& row : status.migrations)
        text += row.version + "=" + std::string(migration_state_name(row.state)) + " ";
    return text;
}

}  // namespace godwit::test
