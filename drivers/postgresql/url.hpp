#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/secret.hpp"
#include "godwit/url.hpp"
#include "sql/table_name.hpp"

namespace godwit::postgresql {

enum class LockStrategy : std::uint8_t {
    Advisory,  ///< session-level advisory locks
    Table,     ///< a row of a lock table, with a lease: for poolers that hand out sessions by transaction
    None,      ///< whoever asks for it knows that nobody else runs
};

/// What a URL and the options ask for. A value; holds the password, so it is never shown.
struct Target {
    std::vector<std::pair<std::string, std::string>> keywords;  ///< libpq's, in order, no key twice
    Secret password;                                            ///< for redact()
    std::string database;     ///< as the URL names it; "" = libpq's default (the user's name)
    sql::TableName table;     ///< schema may be empty: current_schema() at connect
    bool lib_pq = true;       ///< scheme of golang-migrate's lib/pq driver, not of its pgx drivers
    bool own_commit = false;  ///< the URL sets synchronous_commit itself
    bool multi_statement = false;
    Milliseconds statement_timeout{0};          ///< on the server; 0 = the server's own
    std::optional<LockStrategy> lock_strategy;  ///< none: by what is between us and the server
    std::string lock_table = "schema_lock";
    Milliseconds lock_lease{15'000};
    Milliseconds ledger_patience{0};  ///< of the ledger's statements with locks on its tables; 0 = no end
    bool golang_migrate = false;      ///< the `migrate` face
    /// Settings of the URL that are none of libpq's; they are in `keywords` as well, as its `options`.
    std::vector<std::pair<std::string, std::string>> run_time;
    bool own_options = false;  ///< `options` holds more than those
    bool keepalives = true;    ///< the URL sets none of the server's itself
};

/// Reads URL and options. Throws Errc::Usage naming the part that cannot be honoured.
Target read_target(const Url& url, const DriverOptions& options);

/// The text for SOCI in which every value gets through SOCI and libpq unchanged. Holds the password.
std::string connection_string(const std::vector<std::pair<std::string, std::string>>& keywords);

/// The same target without the settings that go to the server at the start of a session: there are poolers
/// that refuse them.
Target without_start_options(Target target);

/// The same target with another database, under the same server and user.
Target with_database(Target target, const std::string& database);

}  // namespace godwit::postgresql
