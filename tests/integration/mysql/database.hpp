#pragma once

#include <mysql.h>

#include <memory>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "integration/support/steps.hpp"

namespace godwit::test {

enum class Product : std::uint8_t { MariaDb, MySql };

/// Both, one after the other: a generator of the running test.
Product each_product();

/// A database of a test's own on the real server, dropped at the end. Also plain SQL beside the driver.
class Database {
  public:
    /// Check ok() first: false where there is no server.
    explicit Database(Product product);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] bool ok() const noexcept { return connection_ != nullptr; }
    [[nodiscard]] bool mariadb() const noexcept { return product_ == Product::MariaDb; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// The parts of the server's URL.
    [[nodiscard]] const std::string& host() const noexcept { return host_; }
    [[nodiscard]] unsigned port() const noexcept { return port_; }
    [[nodiscard]] const std::string& password() const noexcept { return password_; }

    /// URL of this database in the DSN form; `query` is its parameters; another `user` has the password "pw".
    [[nodiscard]] std::string url(std::string_view query = "", std::string_view user = "",
                                  std::string_view scheme = "mysql") const;
    /// A connected driver.
    [[nodiscard]] std::unique_ptr<Driver> driver(std::string_view query = "", DriverOptions options = {},
                                                 std::string_view user = "") const;
    /// Rows of the last statement as "a|b" joined by '\n', NULL as "-"; fails the test on an error.
    std::string sql(const std::string& text);
    /// Makes a user with the password "pw", removed at the end; gives its name.
    std::string user(std::string_view hint, std::string_view grants);
    /// The version table: "5|0", or "" for no row.
    std::string version();
    /// The history, oldest first: "version direction state done/total version_after" for each row.
    std::string history();

  private:
    Product product_;
    std::string name_;
    std::string user_;
    std::string password_;
    std::string host_;
    unsigned port_ = 3306;
    MYSQL* connection_ = nullptr;
    std::vector<std::string> users_;
};

/// Options as the command line gives them, without a home directory.
DriverOptions options();

/// A driver that has not connected.
std::unique_ptr<Driver> unconnected(const std::string& url, const DriverOptions& given = options());
/// The error of connecting; fails the test where that works.
ErrorInfo connect_failure(const std::string& url, const DriverOptions& given = options());

/// Runs steps; fails the test where one of them does.
void apply_all(Driver& driver, const std::vector<Step>& steps, Recorder& recorder);
/// Runs steps of which one fails; gives the error.
ErrorInfo apply_failure(Driver& driver, const std::vector<Step>& steps, Recorder& recorder);

}  // namespace godwit::test
