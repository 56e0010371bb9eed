#include "postgresql/admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "postgresql/session.hpp"
#include "postgresql/text.hpp"

namespace godwit::postgresql {
namespace {

void open_maintenance(std::unique_ptr<Connection>& connection, const Target& target) {
    const auto open = [&](const std::string& database) {
        Target maintenance = with_database(target, database);
        connection =
            std::make_unique<Connection>(std::move(maintenance), std::vector<std::string>{}, Milliseconds(0));
        connection->open();
    };
    try {
        open("postgres");
    } catch (const Error& error) {
        // a server without that database has template1; any other trouble is the same there
        if (error.info().sqlstate != "3D000") throw;
        open("template1");
    }
}

void name_sessions(Connection& connection, const std::string& database, ErrorInfo& info) {
    const std::string others = connection.query_value(
        fmt::format("SELECT string_agg('pid ' || pid || ' (' || coalesce(usename, '?') || ', ' || "
                    "coalesce(nullif(application_name, ''), '?') || ')', ', ') FROM "
                    "pg_catalog.pg_stat_activity WHERE datname = {}",
                    literal(database)));
    info.hint = others.empty() ? "end the other sessions, then try again"
                               : "end these sessions, then try again: " + others;
}

}  // namespace

std::string Admin::database() const {
    if (!target_.database.empty()) return target_.database;
    const auto from_env = env_ ? env_("PGDATABASE") : std::nullopt;
    if (from_env && !from_env->empty()) return *from_env;
    for (const auto& [key, value] : target_.keywords)
        if (key == "user") return value;
    fail(Errc::Usage, "the URL names no database", "write postgres://HOST/DATABASE");
}

bool Admin::run(const std::string& sql, std::string_view already) {
    const std::string name = database();
    std::unique_ptr<Connection> connection;
    open_maintenance(connection, target_);
    try {
        connection->query(sql + sql::double_quoted(name));
        return true;
    } catch (const Error& error) {
        ErrorInfo info = error.info();
        if (info.sqlstate == already) return false;
        info.message = fmt::format("{}\"{}\": {}", sql, name, info.message);
        if (info.sqlstate == "55006") name_sessions(*connection, name, info);
        if (info.sqlstate == "42501" && info.hint.empty())
            info.hint = "CREATE DATABASE needs the role attribute CREATEDB; DROP DATABASE needs its owner";
        info.state = "nothing was changed";
        throw Error(std::move(info));
    }
}

bool Admin::create() {
    return run("CREATE DATABASE ", "42P04");
}

bool Admin::drop() {
    return run("DROP DATABASE ", "3D000");
}

}  // namespace godwit::postgresql
