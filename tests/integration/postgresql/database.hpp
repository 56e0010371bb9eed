#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "integration/support/steps.hpp"

namespace godwit::test {

/// A database of a test's own on the real server, dropped at the end. Also plain SQL beside the driver.
class Database {
  public:
    /// Check ok() first: false where there is no server.
    explicit Database(std::string_view hint = "pg");
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] bool ok() const noexcept { return connection_ != nullptr; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// URL of this database; `query` is appended to its parameters ("search_path=x").
    [[nodiscard]] std::string url(std::string_view query = "", std::string_view user = "",
                                  std::string_view scheme = "postgres") const;
    /// A connected driver.
    [[nodiscard]] std::unique_ptr<Driver> driver(std::string_view query = "", DriverOptions options = {},
                                                 std::string_view user = "",
                                                 std::string_view scheme = "postgres") const;
    /// Rows as "a|b" joined by '\n', NULL as "-"; fails the test on an error.
    std::string sql(const std::string& text);
    /// The version table: "5|f", or "" for no row.
    std::string version();
    /// The history, oldest first: "version direction state done/total version_after" for each row.
    std::string history();

  private:
    std::string server_;
    std::string name_;
    PGconn* connection_ = nullptr;
    std::vector<std::string> roles_;
};

/// Options as the command line gives them.
DriverOptions options();

}  // namespace godwit::test
