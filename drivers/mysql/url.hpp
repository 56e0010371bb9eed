#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/secret.hpp"
#include "godwit/url.hpp"
#include "sql/table_name.hpp"

namespace godwit::mysql {

enum class Tls : std::uint8_t {
    Off,
    Preferred,  ///< encrypted where the server can, not verified
    Required,   ///< encrypted, not verified
    Verified,   ///< encrypted, certificate and host verified
};

/// What a URL asks for. A value; knows nothing of connections.
struct Target {
    std::string host;    ///< "localhost" only for Tls::Verified: libmariadb would take the socket
    unsigned port = 0;   ///< 0 where `socket` is used
    std::string socket;  ///< path; "" = TCP
    std::string user;
    Secret password;
    std::string database;
    sql::TableName table;  ///< schema filled in by the database

    Tls tls = Tls::Off;
    std::string tls_ca;
    std::string tls_cert;
    std::string tls_key;

    std::string charset = "utf8mb4";
    std::string collation;
    std::vector<std::pair<std::string, std::string>> variables;  ///< unknown keys: SET k=v on connect
    Milliseconds connect_timeout{0};
    Milliseconds read_timeout{0};
    Milliseconds write_timeout{0};
    Milliseconds statement_timeout{0};
    bool local_infile = false;
    bool no_lock = false;
    Milliseconds ledger_patience{15'000};  ///< of the ledger's own statements with locks on its tables
};

/// Reads `mysql://user:pass@tcp(host:port)/db?params`, golang-migrate's form, and
/// `mysql://user:pass@host:port/db?params`; then ~/.my.cnf for what the URL leaves out. Throws Errc::Usage
/// naming the part that cannot be honoured.
Target read_target(const Url& url, const DriverOptions& options);

/// What SOCI opens. `encrypted` is meaningful for Tls::Preferred: try with, then without.
std::string connection_string(const Target& target, bool encrypted);

}  // namespace godwit::mysql
