#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "contract.hpp"
#include "godwit/contract/driver_contract.hpp"
#include "godwit/plugin_registry.hpp"
#include "plugins/folder.hpp"

using namespace godwit;

namespace {

std::optional<std::string> environment(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

/// The URL of a test server; where there is none the test is left out loudly, or fails if CI demands servers.
std::optional<std::string> server(const char* name) {
    auto url = environment(name);
    if (url) return url;
    if (environment("GODWIT_REQUIRE_DB") == "1") FAIL(name << " is not set, and GODWIT_REQUIRE_DB=1");
    std::cerr << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": " << name
              << " is not set\n";
    return std::nullopt;
}

std::unique_ptr<Driver> open_driver(const std::string& url) {
    const PluginRegistry registry(SearchOptions::from_process());
    DriverOptions options;
    options.env = [](std::string_view) { return std::optional<std::string>(); };
    return registry.open_driver(Url::parse(url), options);
}

/// A database of its own on a server, gone at the end.
class Database {
  public:
    explicit Database(std::string url) : url_(std::move(url)), opened_(open_driver(url_)) {
        if (opened_->admin() == nullptr) throw std::runtime_error("the driver has no admin()");
        opened_->admin()->create();
    }
    ~Database() {
        try {
            opened_->admin()->drop();
        } catch (const Error& error) {
            std::cerr << "the database of a test could not be dropped: " << error.what() << "\n";
        }
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    [[nodiscard]] const std::string& url() const { return url_; }

  private:
    std::string url_;
    std::unique_ptr<Driver> opened_;
};

std::string database_name() {
    static int number = 0;
    return fmt::format("godwit_contract_{}_{}", ::getpid(), ++number);
}

/// The URL with another database: what stands between the authority and '?'.
std::string with_database(const std::string& url, const std::string& name) {
    const std::size_t authority = url.find("//") + 2;
    const std::size_t query = std::min(url.find('?', authority), url.size());
    const std::size_t slash = std::min(url.rfind('/', query), query);
    const std::size_t end = slash < authority ? query : slash;
    return url.substr(0, end) + "/" + name + url.substr(query);
}

void run(contract::DriverQuirks quirks, const std::string& url) {
    quirks.open = [url] { return open_driver(url); };
    contract::expect_kept(contract::run_driver_contract(quirks));
}

}  // namespace

TEST_CASE("the sqlite driver keeps the driver contract", "[contract][sqlite]") {
    const test::Folder folder;
    contract::DriverQuirks quirks;
    quirks.endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n WHERE i < 0";
    run(quirks, "sqlite://" + (folder.path() / "contract.db").string());
}

TEST_CASE("the postgresql driver keeps the driver contract", "[contract][postgresql]") {
    const auto url = server("GODWIT_TEST_POSTGRESQL_URL");
    if (!url) return;
    const Database database(with_database(*url, database_name()));
    contract::DriverQuirks quirks;
    quirks.endless = "SELECT pg_sleep(600)";
    run(quirks, database.url());
}

TEST_CASE("the mysql driver keeps the driver contract on MariaDB and MySQL", "[contract][mysql]") {
    const char* const name = GENERATE("GODWIT_TEST_MARIADB_URL", "GODWIT_TEST_MYSQL_URL");
    const bool optional = std::string_view(name) == "GODWIT_TEST_MYSQL_URL";
    if (optional && !environment(name)) {
        std::cerr << "SKIPPED: the driver contract on MySQL: GODWIT_TEST_MYSQL_URL is not set\n";
        return;
    }
    const auto url = server(name);
    if (!url) return;
    INFO(name);
    const Database database(with_database(*url, database_name()));
    contract::DriverQuirks quirks;
    // SLEEP alone returns 1 when it is killed; asked for again for each row, the statement fails
    quirks.endless = "SELECT COUNT(*) FROM information_schema.columns WHERE SLEEP(60) = 0";
    quirks.atomic = false;
    run(quirks, database.url());
}
