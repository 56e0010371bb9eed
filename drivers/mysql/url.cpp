#include "mysql/url.hpp"

#include <fmt/format.h>
#include <mysql.h>
#include <soci/version.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "godwit/ascii.hpp"
#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "mysql/dsn.hpp"
#include "mysql/option_file.hpp"
#include "sql/params.hpp"

/// libmariadb 3.3 and later reads all of its options from a host with a ';' in it (mariadb_connect()). That
/// is the way to those for which SOCI has no word: encryption without a CA, and verification of the server.
#if defined(MARIADB_PACKAGE_VERSION_ID) && MARIADB_PACKAGE_VERSION_ID >= 30300
#define GODWIT_MARIADB_OPTIONS
#endif

namespace godwit::mysql {
namespace {

/// What is slow is not to be taken for what is locked.
constexpr Milliseconds kShortestPatience{1000};

/// go-sql-driver's switches that change nothing here: how Go values are made, how its packets are built.
constexpr std::array<std::string_view, 12> kHarmlessSwitches{
    "parseTime",         "multiStatements",         "interpolateParams", "allowNativePasswords",
    "allowOldPasswords", "clientFoundRows",         "columnsWithAlias",  "rejectReadOnly",
    "checkConnLiveness", "allowCleartextPasswords", "allowAllFiles",     "strict"};
constexpr std::array<std::string_view, 3> kHarmlessValues{"loc", "maxAllowedPacket", "serverPubKey"};

struct CustomTls {
    std::string name;  ///< of the tls= parameter
    std::string ca, cert, key;
    bool skip_verify = false;
};

Milliseconds go_duration(const std::string& key, const std::string& value) {
    // Go wants a unit; what our own durations read besides is a superset
    if (const auto span = parse_duration(value)) return *span;
    fail(Errc::Usage, fmt::format("the URL's {} '{}' is not a duration", key, value), "write 5s or 500ms");
}

void check_name(const std::string& key) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '@';
    };
    if (!key.empty() && std::ranges::all_of(key, fits)) return;
    fail(
        Errc::Usage,
        fmt::format("the URL's parameter '{}' has a name that no setting of the server can have", key),
        key.starts_with("ssl") ? "TLS is asked for by tls=" : "unknown parameters are run as SET name=value");
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

void take_charset(Target& target, const std::string& value) {
    std::istringstream names(value);
    for (std::string name; std::getline(names, name, ',');) {
        if (name != "utf8mb4" && name != "utf8mb3" && name != "utf8") continue;
        target.charset = name;
        return;
    }
    fail(Errc::Usage, fmt::format("the URL's charset '{}' cannot be honoured", value),
         "scripts are sent as UTF-8: leave charset out, or write charset=utf8mb4");
}

class Reader {
  public:
    Reader(Target& target, const DriverOptions& options) : target_(target), options_(options) {}

    void read(const Address& address) {
        for (const auto& [key, value] : address.params)
            take(key, value);
        finish_table();
        finish_tls();
    }

  private:
    void take(const std::string& key, const std::string& value) {
        if (value.find('\0') != std::string::npos)
            fail(Errc::Usage, fmt::format("the URL's {} holds a NUL byte", key));
        if (key.starts_with("x-")) return take_ours(key, value);
        if (key == "tls") {
            tls_.name = value;
        } else if (key == "charset") {
            take_charset(target_, value);
        } else if (key == "collation") {
            if (!is_word(value)) fail(Errc::Usage, fmt::format("the URL's collation '{}' is no name", value));
            target_.collation = value;
        } else if (key == "timeout") {
            target_.connect_timeout = go_duration(key, value);
        } else if (key == "readTimeout") {
            target_.read_timeout = go_duration(key, value);
        } else if (key == "writeTimeout") {
            target_.write_timeout = go_duration(key, value);
        } else if (key == "socket" || key == "unix_socket") {
            target_.socket = value;
        } else if (!harmless(key, value)) {
            take_variable(key, value);
        }
    }

    bool harmless(const std::string& key, const std::string& value) {
        if (std::ranges::find(kHarmlessValues, key) != kHarmlessValues.end()) return true;
        if (std::ranges::find(kHarmlessSwitches, key) == kHarmlessSwitches.end()) return false;
        const auto on = sql::parse_bool(value);
        if (!on) fail(Errc::Usage, fmt::format("the URL's {}: invalid bool value: {}", key, value));
        if (key == "allowAllFiles") target_.local_infile = *on;
        return true;
    }

    void take_variable(const std::string& key, const std::string& value) {
        check_name(key);
        if (ascii_lower(key).find("autocommit") != std::string::npos) {
            if (sql::parse_bool(value).value_or(value == "on" || value == "ON")) return;
            fail(Errc::Usage, fmt::format("the URL's {}={} cannot be honoured", key, value),
                 "godwit begins and ends transactions itself; leave autocommit out");
        }
        target_.variables.emplace_back(key, value);
    }

    /// Other x- keys are left alone, as golang-migrate does: they may belong to another tool.
    void take_ours(const std::string& key, const std::string& value) {
        if (key == "x-migrations-table") table_ = value;
        if (key == "x-no-lock") target_.no_lock = sql::bool_param(key, value);
        if (key == "x-statement-timeout")
            target_.statement_timeout =
                Milliseconds(std::max<std::int64_t>(sql::integer_param(key, value), 0));
        if (key == "x-tls-ca") tls_.ca = value;
        if (key == "x-tls-cert") tls_.cert = value;
        if (key == "x-tls-key") tls_.key = value;
        if (key == "x-tls-insecure-skip-verify") tls_.skip_verify = sql::bool_param(key, value);
    }

    void finish_table() {
        if (options_.table_given || table_.empty())
            target_.table = sql::TableName::parse(options_.table);
        else
            target_.table = {"", table_};
        if (target_.table.schema.empty()) target_.table.schema = target_.database;
    }

    void finish_tls() {
        if (tls_.name.empty() || sql::parse_bool(tls_.name) == false) return;
        if (tls_.name == "skip-verify") {
            target_.tls = Tls::Required;
        } else if (tls_.name == "preferred") {
            target_.tls = Tls::Preferred;
        } else if (sql::parse_bool(tls_.name)) {
            target_.tls = Tls::Verified;
        } else {
            custom_tls();
        }
        if (target_.tls == Tls::Verified) check_verifiable();
        if (!target_.socket.empty()) target_.tls = Tls::Off;  // go-sql-driver: no TLS over a socket
    }

    /// Any other name stands for a configuration made of the x-tls- parameters.
    void custom_tls() {
        if (tls_.cert.empty() != tls_.key.empty())
            fail(Errc::Usage,
                 "To use TLS client authentication, both x-tls-cert and x-tls-key must not be empty");
        for (const std::string& file : {tls_.ca, tls_.cert, tls_.key})
            if (!file.empty() && !std::filesystem::is_regular_file(file))
                fail(Errc::Usage, fmt::format("the URL names the TLS file {}, which is not there", file));
        if (tls_.ca.empty() && !tls_.skip_verify)
            fail(Errc::Usage, fmt::format("the URL asks for tls={}, but x-tls-ca is missing", tls_.name),
                 "known without x-tls- parameters: true, false, skip-verify, preferred");
        target_.tls = tls_.skip_verify ? Tls::Required : Tls::Verified;
        target_.tls_ca = tls_.ca;
        target_.tls_cert = tls_.cert;
        target_.tls_key = tls_.key;
    }

    void check_verifiable() const {
#if !defined(GODWIT_MARIADB_OPTIONS) && (SOCI_VERSION < 401000 || defined(MARIADB_PACKAGE_VERSION))
        fail(Errc::Usage,
             fmt::format("the URL's tls={} cannot be honoured: this build's client library (SOCI with an old "
                         "libmariadb) encrypts, but cannot be told to verify the server's certificate",
                         tls_.name),
             "tls=skip-verify encrypts without verifying; or use a Unix socket or a tunnel");
#endif
    }

    Target& target_;
    const DriverOptions& options_;
    std::string table_;
    CustomTls tls_;
};

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

/// What the URL leaves out, as MySQL's own programs find it.
void complete_from_option_file(Target& target, const Address& address, const DriverOptions& options) {
    // golang-migrate knows no option files: an account without a password stays one
    if (options.home_directory.empty() || options.golang_migrate) return;
    const auto values = client_options(read_file(std::filesystem::path(options.home_directory) / ".my.cnf"));
    const auto value = [&](std::string_view key) {
        const auto at = values.find(key);
        return at == values.end() ? std::string() : at->second;
    };
    if (target.user.empty()) target.user = value("user");
    if (!address.has_password) target.password = Secret(value("password"));
    const bool placed = !target.host.empty() || address.port || !target.socket.empty();
    if (placed) return;
    target.host = value("host");
    if (target.host.empty() || target.host == "localhost") target.socket = value("socket");
    unsigned port = 0;
    const std::string text = value("port");
    std::from_chars(text.data(), text.data() + text.size(), port);
    target.port = port;
}

void complete_from_environment(Target& target, const Address& address, const DriverOptions& options) {
    if (options.golang_migrate || address.has_password || !target.password.empty() || !options.env) return;
    if (const auto password = options.env("MYSQL_PWD")) target.password = Secret(*password);
}

/// A certificate is for "localhost", hardly ever for its address; with libmariadb's own options TCP can be
/// asked for.
bool verifies_by_name([[maybe_unused]] const Target& target) {
#ifdef GODWIT_MARIADB_OPTIONS
    return target.tls == Tls::Verified;
#else
    return false;
#endif
}

void finish_place(Target& target) {
    if (!target.socket.empty()) {
        target.host.clear();
        target.port = 0;
        return;
    }
    if (target.host.empty()) target.host = "localhost";
    if (target.host == "localhost" && !verifies_by_name(target)) target.host = "127.0.0.1";
    if (target.port == 0) target.port = 3306;
}

void add(std::string& text, std::string_view key, std::string_view value) {
    text += fmt::format("{}{}='", text.empty() ? "" : " ", key);
    for (const char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    text += '\'';
}

void add_seconds(std::string& text, std::string_view key, Milliseconds span) {
    if (span.count() > 0) add(text, key, std::to_string((span.count() + 999) / 1000));
}

#ifdef GODWIT_MARIADB_OPTIONS

/// The library cannot be told of a '}' inside {…}, and of nothing else that has a meaning outside.
std::string mariadb_option(std::string_view key, std::string_view value) {
    if (value.find('}') == std::string_view::npos) return fmt::format("{}={{{}}};", key, value);
    if (value.find_first_of(";={ ") == std::string_view::npos) return fmt::format("{}={};", key, value);
    fail(Errc::Usage,
         fmt::format("the URL's {} cannot be honoured together with tls=: the client library takes no '}}' "
                     "beside one of '{{', '=', ';' and a blank",
                     key),
         "use a Unix socket, or another " + std::string(key));
}

/// Everything in the place of the host: libmariadb then takes nothing from SOCI's other words.
void add_encrypted(std::string& text, const Target& target) {
    std::string all = mariadb_option("host", target.host);
    all += mariadb_option("port", std::to_string(target.port));
    all += mariadb_option("protocol", std::to_string(MYSQL_PROTOCOL_TCP));
    if (!target.user.empty()) all += mariadb_option("user", target.user);
    all += mariadb_option("password", target.password.reveal());
    if (!target.database.empty()) all += mariadb_option("database", target.database);
    all += mariadb_option("ssl-enforce", "1");
    if (target.tls == Tls::Verified) all += mariadb_option("ssl-verify-server-cert", "1");
    // with a CA the library verifies in any case
    if (target.tls == Tls::Verified && !target.tls_ca.empty()) all += mariadb_option("ssl-ca", target.tls_ca);
    if (!target.tls_cert.empty()) {
        all += mariadb_option("ssl-cert", target.tls_cert);
        all += mariadb_option("ssl-key", target.tls_key);
    }
    add(text, "host", all);
}

#else

/// A file of certificates turns encryption on; nothing is verified against it by older SOCI.
void add_encrypted(std::string& text, const Target& target) {
    add(text, "host", target.host);
    add(text, "port", std::to_string(target.port));
    add(text, "sslca", target.tls_ca.empty() ? "/etc/ssl/certs/ca-certificates.crt" : target.tls_ca);
#if SOCI_VERSION >= 401000
    const std::string_view mode = target.tls != Tls::Verified ? "REQUIRED"
                                  : target.tls_ca.empty() ? "VERIFY_IDENTITY"
                                                          : "VERIFY_CA";
    add(text, "ssl_mode", mode);
#endif
    if (target.tls_cert.empty()) return;
    add(text, "sslcert", target.tls_cert);
    add(text, "sslkey", target.tls_key);
}

#endif

}  // namespace

Target read_target(const Url& url, const DriverOptions& options) {
    Address address = read_address(url);
    if (!options.database.empty()) address.database = options.database;
    if (!options.schema.empty()) address.database = options.schema;  // the same thing here
    Target target;
    target.user = address.user;
    target.password = Secret(address.password);
    target.database = address.database;
    target.host = address.host;
    target.port = address.port.value_or(0);
    target.socket = address.socket;
    target.connect_timeout = options.connect_timeout;
    // the `migrate` face waits like golang-migrate: without an end
    target.ledger_patience =
        options.golang_migrate ? Milliseconds(0) : std::max(options.lock_timeout, kShortestPatience);
    Reader(target, options).read(address);
    if (const bool chosen = !options.database.empty() || !options.schema.empty();
        chosen && target.table.schema != target.database)
        fail(Errc::Usage,
             fmt::format("the version table is in database '{}': '{}' and others would share it",
                         target.table.schema, target.database),
             "leave the database out of its name");
    complete_from_option_file(target, address, options);
    complete_from_environment(target, address, options);
    finish_place(target);
    for (const std::string* part : {&target.host, &target.socket, &target.user, &target.database})
        if (part->find('\0') != std::string::npos) fail(Errc::Usage, "the URL holds a NUL byte");
    if (options.statement_timeout.count() > 0) target.statement_timeout = options.statement_timeout;
    return target;
}

std::string connection_string(const Target& target, bool encrypted) {
    std::string text;
    add(text, "user", target.user);
    // written where it is empty as well: the library looks into the environment for one that is left out
    add(text, "password", target.password.reveal());
    if (!target.database.empty()) add(text, "db", target.database);
    if (!target.socket.empty()) {
        add(text, "unix_socket", target.socket);
    } else if (encrypted && target.tls != Tls::Off) {
        add_encrypted(text, target);
    } else {
        add(text, "host", target.host);
        add(text, "port", std::to_string(target.port));
    }
    add(text, "charset", target.charset);
    if (target.local_infile) add(text, "local_infile", "1");
    add_seconds(text, "connect_timeout", target.connect_timeout);
    add_seconds(text, "read_timeout", target.read_timeout);
    add_seconds(text, "write_timeout", target.write_timeout);
    return text;
}

}  // namespace godwit::mysql
