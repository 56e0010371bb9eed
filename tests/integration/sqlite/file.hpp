#pragma once

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "godwit/driver.hpp"
#include "godwit/url.hpp"
#include "integration/support/steps.hpp"
#include "integration/support/thrown.hpp"
#include "sqlite/driver.hpp"

namespace godwit::test {

namespace fs = std::filesystem;

/// A folder of a test's own with a database file in it, removed at the end. Also plain SQL beside the driver.
class File {
  public:
    File() {
        std::string pattern = (fs::temp_directory_path() / "godwit-sqlite-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }
    ~File() {
        std::error_code ignored;
        fs::permissions(folder_, fs::perms::owner_all, ignored);
        fs::remove_all(folder_, ignored);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] const fs::path& folder() const noexcept { return folder_; }
    [[nodiscard]] fs::path path() const { return folder_ / "app.db"; }
    [[nodiscard]] std::string url(const std::string& query = "") const {
        return "sqlite://" + path().string() + (query.empty() ? "" : "?" + query);
    }
    /// A connected driver.
    [[nodiscard]] std::unique_ptr<Driver> driver(const std::string& query = "",
                                                 DriverOptions options = {}) const {
        auto driver = sqlite::open(Url::parse(url(query)), options);
        driver->connect();
        return driver;
    }
    /// Rows as "a|b" joined by '\n', NULL as "-"; fails the test on an error.
    std::string sql(const std::string& text) const {
        sqlite3* raw = nullptr;
        const int opened = sqlite3_open(path().c_str(), &raw);
        const std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle(raw, &sqlite3_close);
        REQUIRE(opened == SQLITE_OK);
        std::string rows;
        const auto collect = [](void* out, int columns, char** values, char**) {
            auto& all = *static_cast<std::string*>(out);
            if (!all.empty()) all += '\n';
            for (int i = 0; i < columns; ++i)
                all += std::string(i == 0 ? "" : "|") + (values[i] == nullptr ? "-" : values[i]);
            return 0;
        };
        char* message = nullptr;
        const int code = sqlite3_exec(handle.get(), text.c_str(), collect, &rows, &message);
        const std::unique_ptr<char, void (*)(void*)> owner(message, &sqlite3_free);
        INFO(text << ": " << (message == nullptr ? "" : message));
        REQUIRE(code == SQLITE_OK);
        return rows;
    }
    /// The version table: "5|0", or "" for no row.
    [[nodiscard]] std::string version() const { return sql("SELECT version, dirty FROM schema_migrations"); }
    /// The history, oldest first: "version direction state done/total version_after" for each row.
    [[nodiscard]] std::string history() const {
        return sql(
            "SELECT version || ' ' || direction || ' ' || state || ' ' || statements_done || '/' || "
            "statements_total || ' ' || version_after FROM schema_migrations_history ORDER BY id");
    }
    /// Names of the files in the folder, sorted, blank between.
    [[nodiscard]] std::string files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        std::string all;
        for (const std::string& name : names)
            all += (all.empty() ? "" : " ") + name;
        return all;
    }

  private:
    fs::path folder_;
};

/// Another connection to a file, for as long as it lives.
class Other {
  public:
    explicit Other(const File& file) { REQUIRE(sqlite3_open(file.path().c_str(), &handle_) == SQLITE_OK); }
    ~Other() { sqlite3_close(handle_); }
    Other(const Other&) = delete;
    Other& operator=(const Other&) = delete;
    void run(const std::string& text) {
        INFO(text);
        REQUIRE(sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    }

  private:
    sqlite3* handle_ = nullptr;
};

inline Outcome apply(Driver& driver, const std::vector<Step>& steps) {
    Recorder recorder;
    return driver.apply(steps, identity(), recorder);
}

/// What ended the run; fails the test where nothing did.
inline const ErrorInfo& failure(const Outcome& outcome) {
    REQUIRE(outcome.failure);
    return outcome.failure->info();
}

/// Applies and requires that all of it landed.
inline void land(Driver& driver, const std::vector<Step>& steps) {
    const Outcome outcome = apply(driver, steps);
    INFO((outcome.failure ? outcome.failure->info().message : ""));
    REQUIRE(outcome.landed == steps.size());
}

}  // namespace godwit::test
