#pragma once

#include <string>
#include <utility>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/secret.hpp"
#include "godwit/url.hpp"
#include "sql/table_name.hpp"

namespace godwit::postgresql {

enum class LockStrategy : std::uint8_t { Advisory, Table };

/// What a URL and the options ask for. A value; holds the password, so it is never shown.
struct Target {
    std::vector<std::pair<std::string, std::string>> keywords;  ///< libpq's, in order, no key twice
    Secret password;                                            ///< for redact()
    std::string database;     ///< as the URL names it; "" = libpq's default (the user's name)
    sql::TableName table;     ///< schema may be empty: current_schema() at connect
    bool lib_pq = true;       ///< scheme of golang-migrate's lib/pq driver, not of its pgx drivers
    bool own_commit = false;  ///< the URL sets synchronous_commit itself
    bool multi_statement = false;
    Milliseconds statement_timeout{0};  ///< on the server; 0 = the server's own
    LockStrategy lock_strategy = LockStrategy::Advisory;
    std::string lock_table = "schema_lock";
};

/// Reads URL and options. Throws Errc::Usage naming the part that cannot be honoured.
Target read_target(const Url& url, const DriverOptions& options);

/// The text for SOCI in which every value gets through SOCI and libpq unchanged. Holds the password.
std::string connection_string(const std::vector<std::pair<std::string, std::string>>& keywords);

/// The same target with another database, under the same server and user.
Target with_database(Target target, const std::string& database);

}  // namespace godwit::postgresql
