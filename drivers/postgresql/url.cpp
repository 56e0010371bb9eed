#include "postgresql/url.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <soci/version.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "sql/params.hpp"

namespace godwit::postgresql {
namespace {

using Keywords = std::vector<std::pair<std::string, std::string>>;

const std::set<std::string, std::less<>>& libpq_keywords() {
    static const std::set<std::string, std::less<>> names = [] {
        std::set<std::string, std::less<>> found;
        const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all(PQconndefaults(),
                                                                               &PQconninfoFree);
        for (const PQconninfoOption* option = all.get(); option != nullptr && option->keyword != nullptr;
             ++option)
            found.insert(option->keyword);
        return found;
    }();
    return names;
}

void put(Keywords& keywords, std::string_view key, std::string value) {
    const auto at = std::ranges::find(keywords, key, &std::pair<std::string, std::string>::first);
    if (at != keywords.end())
        at->second = std::move(value);
    else
        keywords.emplace_back(std::string(key), std::move(value));
}

bool has(const Keywords& keywords, std::string_view key) {
    return std::ranges::find(keywords, key, &std::pair<std::string, std::string>::first) != keywords.end();
}

std::string env(const DriverOptions& options, std::string_view name) {
    return options.env ? options.env(name).value_or("") : "";
}

/// Keys that lib/pq knows and libpq does not: those without an effect here are taken, the others named.
bool take_lib_pq_key(const std::string& key, const std::string& value) {
    if (key == "binary_parameters" || key == "disable_prepared_binary_result") return true;
    if (key == "krbspn" || (key == "sslinline" && sql::parse_bool(value).value_or(true)))
        fail(Errc::Usage,
             fmt::format("the URL's parameter {} cannot be honoured: libpq does not know it", key),
             key == "sslinline" ? "put certificate and key into files: sslcert=FILE&sslkey=FILE"
                                : "use krbsrvname");
    return key == "sslinline";
}

void check_value(const std::string& key, const std::string& value) {
    static constexpr std::array<std::string_view, 6> modes{"disable", "allow",     "prefer",
                                                           "require", "verify-ca", "verify-full"};
    if (key == "sslmode" && std::ranges::find(modes, value) == modes.end())
        fail(Errc::Usage, fmt::format("the URL's sslmode '{}' is unknown", value),
             "one of disable, allow, prefer, require, verify-ca, verify-full");
    if (key == "client_encoding" && value != "UTF8" && value != "UTF-8" && value != "utf8" &&
        value != "utf-8")
        fail(Errc::Usage, fmt::format("the URL's client_encoding '{}' cannot be honoured", value),
             "scripts are sent as UTF-8; leave client_encoding out");
    if (key == "connect_timeout") sql::integer_param(key, value);
    if (value.find('\0') != std::string::npos)
        fail(Errc::Usage, fmt::format("the URL's {} holds a NUL byte", key));
}

/// `-c name=value` as the server reads the options text: blanks and back-slashes escaped.
std::string run_time_option(const std::string& key, const std::string& value) {
    std::string text = "-c " + key + "=";
    for (const char c : value) {
        if (c == '\\' || std::string_view(" \t\n\v\f\r").find(c) != std::string_view::npos) text += '\\';
        text += c;
    }
    return text;
}

void check_run_time_name(const std::string& key) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.';
    };
    if (!key.empty() && std::ranges::all_of(key, fits)) return;
    // not shown: behind a '?' in a password that is not encoded, the rest of the password stands here
    fail(Errc::Usage, "a parameter of the URL has a name that no setting can have",
         "is there a '?' or '&' in the password? Write %3F and %26");
}

/// A search_path without its first name, from the comma on; a comma inside of quotes is the name's.
std::string_view behind_first(std::string_view path) {
    bool quoted = false;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] == '"') quoted = !quoted;
        if (path[i] == ',' && !quoted) return path.substr(i);
    }
    return {};
}

class QueryReader {
  public:
    QueryReader(Target& target, const DriverOptions& options) : target_(target), options_(options) {}

    void read(const Url::Parts& parts) {
        for (const auto& [key, value] : parts.query)
            take(key, value);
        finish_table();
        if (!options_.schema.empty()) enter_schema();
        if (target_.run_time.empty()) return;
        // a given `options` replaces PGOPTIONS in libpq: what stood there must stay
        std::string all = has(target_.keywords, "options") ? value_of("options") : env(options_, "PGOPTIONS");
        target_.own_options = !all.empty();
        for (const auto& [key, value] : target_.run_time)
            all += (all.empty() ? "" : " ") + run_time_option(key, value);
        put(target_.keywords, "options", all);
    }

  private:
    [[nodiscard]] std::string value_of(std::string_view key) const {
        return std::ranges::find(target_.keywords, key, &std::pair<std::string, std::string>::first)->second;
    }

    void take(const std::string& key, const std::string& value) {
        if (key.starts_with("x-")) return take_ours(key, value);
        if (take_lib_pq_key(key, value)) return;
        check_value(key, value);
        if (key == "password") target_.password = Secret(value);
        if (key == "dbname") target_.database = value;
        if (key == "synchronous_commit" ||
            (key == "options" && value.find("synchronous_commit") != std::string::npos))
            target_.own_commit = true;
        if (libpq_keywords().contains(key)) return put(target_.keywords, key, value);
        check_run_time_name(key);
        if (key.starts_with("tcp_")) target_.keepalives = false;
        target_.run_time.emplace_back(key, value);
    }

    void take_ours(const std::string& key, const std::string& value) {
        if (key == "x-migrations-table") {
            table_ = value;
        } else if (key == "x-migrations-table-quoted") {
            quoted_ = sql::bool_param(key, value);
        } else if (key == "x-multi-statement") {
            target_.multi_statement = sql::bool_param(key, value);
        } else if (key == "x-multi-statement-max-size") {
            sql::integer_param(key, value);  // statements are not limited here: accepted, no effect
        } else if (key == "x-statement-timeout") {
            target_.statement_timeout =
                Milliseconds(std::max<std::int64_t>(sql::integer_param(key, value), 0));
        } else {
            take_lock(key, value);
        }
    }

    /// Other x- keys are left alone, as golang-migrate does: they may belong to another tool.
    void take_lock(const std::string& key, const std::string& value) {
        if (target_.golang_migrate && target_.lib_pq) return;
        if (key == "x-lock-table" && !value.empty()) target_.lock_table = value;
        if (key == "x-lock-lease" && !target_.golang_migrate) target_.lock_lease = lease_of(key, value);
        if (key == "x-lock-strategy" && !value.empty()) target_.lock_strategy = strategy_of(value);
    }

    static Milliseconds lease_of(const std::string& key, const std::string& value) {
        constexpr std::int64_t least = 1000;
        const std::int64_t lease = sql::integer_param(key, value);
        if (lease < least)
            fail(Errc::Usage, fmt::format("the URL's {} is {} ms", key, lease),
                 fmt::format("at least {} milliseconds", least));
        return Milliseconds(lease);
    }

    [[nodiscard]] LockStrategy strategy_of(const std::string& value) const {
        if (value == "advisory") return LockStrategy::Advisory;
        if (value == "table") return LockStrategy::Table;
        if (value == "none" && !target_.golang_migrate) return LockStrategy::None;
        fail(Errc::Usage, fmt::format("unknown x-lock-strategy '{}'", value),
             target_.golang_migrate ? "one of advisory, table" : "one of advisory, table, none");
    }

    /// The other schemas of the path stay: what every tenant uses lies there.
    void enter_schema() {
        if (!target_.table.schema.empty() && target_.table.schema != options_.schema)
            fail(Errc::Usage,
                 fmt::format("the version table is in schema '{}': '{}' and others would share it",
                             target_.table.schema, options_.schema),
                 "leave the schema out of its name");
        std::string path = sql::double_quoted(options_.schema);
        std::erase_if(target_.run_time, [&](const auto& pair) {
            if (pair.first != "search_path") return false;
            path += behind_first(pair.second);
            return true;
        });
        target_.run_time.emplace_back("search_path", path);
    }

    void finish_table() {
        if (options_.table_given || (table_.empty() && !quoted_))
            target_.table = sql::TableName::parse(options_.table);
        else if (quoted_)
            target_.table = quoted_table();
        else
            target_.table = {"", table_};
    }

    [[nodiscard]] sql::TableName quoted_table() const {
        if (table_.size() < 2 || table_.front() != '"' || table_.back() != '"')
            fail(
                Errc::Usage,
                fmt::format("x-migrations-table must be quoted (for instance "
                            "'\"migrate\".\"schema_migrations\"') when x-migrations-table-quoted is enabled, "
                            "current value is: {}",
                            table_));
        std::vector<std::string> parts;
        for (std::size_t at = table_.find('"'); at != std::string::npos; at = table_.find('"', at + 1)) {
            const std::size_t end = table_.find('"', at + 1);
            if (end == std::string::npos) break;
            parts.push_back(table_.substr(at + 1, end - at - 1));
            at = end;
        }
        if (parts.empty() || parts.size() > 2)
            fail(Errc::Usage, fmt::format("\"{}\" MigrationsTable contains too many dot characters", table_));
        if (parts.size() == 1) return {"", parts.front()};
        return {parts.front(), parts.back()};
    }

    Target& target_;
    const DriverOptions& options_;
    std::string table_;
    bool quoted_ = false;
};

void put_defaults(Target& target, const DriverOptions& options) {
    Keywords& keywords = target.keywords;
    // lib/pq's own default is "require"; PGSSLMODE comes before it, as there
    if (!has(keywords, "sslmode") && target.lib_pq && env(options, "PGSSLMODE").empty())
        put(keywords, "sslmode", "require");
    if (!has(keywords, "application_name") && env(options, "PGAPPNAME").empty())
        put(keywords, "application_name", options.application_name);
    if (!has(keywords, "connect_timeout") && env(options, "PGCONNECT_TIMEOUT").empty() &&
        options.connect_timeout.count() > 0)
        put(keywords, "connect_timeout", std::to_string((options.connect_timeout.count() + 999) / 1000));
    // a server whose host is gone is noticed after 10 + 3 * 5 s; the same for the server's side of it, see
    // Connection
    for (const auto& [key, value] :
         {std::pair{"keepalives_idle", "10"}, std::pair{"keepalives_interval", "5"},
          std::pair{"keepalives_count", "3"}, std::pair{"tcp_user_timeout", "25000"}})
        if (!has(keywords, key)) put(keywords, key, value);
    put(keywords, "client_encoding", "UTF8");
}

/// The server would cut a longer name, without a word to us, and two of them might be one table.
void refuse_long_table(const sql::TableName& table) {
    constexpr std::size_t kLongest = 63;  // NAMEDATALEN - 1
    for (const std::string* name : {&table.schema, &table.table})
        if (name->size() > kLongest)
            fail(Errc::Usage,
                 fmt::format("'{}' is not a table name: PostgreSQL keeps {} bytes of a name, and it has {}",
                             *name, kLongest, name->size()),
                 "give a shorter one with --table");
}

/// libpq's own error for one shows the whole value, be it the password.
void refuse_nul_bytes(const Target& target) {
    for (const auto& [key, value] : target.keywords)
        if (value.find('\0') != std::string::npos)
            fail(Errc::Usage, fmt::format("the URL's {} holds a NUL byte", key));
    if ((target.table.schema + target.table.table + target.lock_table).find('\0') != std::string::npos)
        fail(Errc::Usage, "the URL names a table with a NUL byte");
}

}  // namespace

Target read_target(const Url& url, const DriverOptions& options) {
    const Url::Parts parts = url.parts();
    Target target;
    target.lib_pq = !url.scheme().starts_with("pgx");
    target.golang_migrate = options.golang_migrate;
    // 0 would be no limit for the server; the `migrate` face waits like golang-migrate, without an end
    if (!options.golang_migrate) target.ledger_patience = std::max(options.lock_timeout, Milliseconds(1));
    if (!parts.fragment.empty())
        fail(Errc::Usage, "the URL has a '#' part, which means nothing to PostgreSQL",
             "write %23 for a '#' in a password or name");
    if (!parts.host.empty()) put(target.keywords, "host", parts.host);
    if (parts.port) put(target.keywords, "port", std::to_string(*parts.port));
    if (!parts.user.empty()) put(target.keywords, "user", parts.user);
    if (parts.has_password) put(target.keywords, "password", parts.password.reveal());
    target.password = parts.password;
    target.database = parts.path.starts_with('/') ? parts.path.substr(1) : parts.path;
    if (!target.database.empty()) put(target.keywords, "dbname", target.database);
    QueryReader(target, options).read(parts);
    if (!options.database.empty()) target = with_database(std::move(target), options.database);
    put_defaults(target, options);
    refuse_nul_bytes(target);
    if (!options.golang_migrate) refuse_long_table(target.table);
    if (options.statement_timeout.count() > 0) target.statement_timeout = options.statement_timeout;
    return target;
}

#if SOCI_VERSION >= 401000
// SOCI 4.1 reads the list, quotes every value anew and hands it on; back-slashes and quotes in it stay as
// they are.
std::string connection_string(const Keywords& keywords) {
    std::string text;
    for (const auto& [key, value] : keywords) {
        text += (text.empty() ? "" : " ") + key + "=\"";
        for (const char c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    return text;
}
#else
// SOCI 4.0 takes double quotes away and cannot carry one. It hands a URI on unchanged as long as that has an
// '=' and neither blanks nor quotes: percent-encoding leaves none of them.
std::string connection_string(const Keywords& keywords) {
    std::string text = "postgresql:///";
    char between = '?';
    for (const auto& [key, value] : keywords) {
        text += between + key + "=" + percent_encode(value);
        between = '&';
    }
    return text;
}
#endif

Target without_start_options(Target target) {
    std::erase_if(target.keywords, [](const auto& pair) { return pair.first == "options"; });
    return target;
}

Target with_database(Target target, const std::string& database) {
    put(target.keywords, "dbname", database);
    target.database = database;
    return target;
}

}  // namespace godwit::postgresql
