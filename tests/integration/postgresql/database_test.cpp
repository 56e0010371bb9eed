#include "database.hpp"

#include "catch.hpp"
#include "godwit/url.hpp"
#include "integration/support/environment.hpp"
#include "postgresql/driver.hpp"

namespace godwit::test {
namespace {

std::string run(PGconn* connection, const std::string& text) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, text.c_str()), &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        FAIL(text << ": " << PQerrorMessage(connection));
    std::string out;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        if (row > 0) out += '\n';
        for (int column = 0; column < PQnfields(result.get()); ++column) {
            if (column > 0) out += '|';
            out += PQgetisnull(result.get(), row, column) ? "-" : PQgetvalue(result.get(), row, column);
        }
    }
    return out;
}

PGconn* connect(const std::string& url) {
    PGconn* connection = PQconnectdb(url.c_str());
    if (PQstatus(connection) != CONNECTION_OK) FAIL(PQerrorMessage(connection));
    PQsetNoticeProcessor(
        connection, [](void*, const char*) {}, nullptr);
    return connection;
}

}  // namespace

Database::Database(std::string_view hint) : name_(unique_name(hint)) {
    const auto server = server_url("GODWIT_TEST_POSTGRESQL_URL");
    if (!server) return;
    server_ = *server;
    PGconn* const maintenance = connect(server_);
    run(maintenance, "CREATE DATABASE " + name_);
    PQfinish(maintenance);
    connection_ = connect(url());
}

Database::~Database() {
    if (connection_ == nullptr) return;
    PQfinish(connection_);
    PGconn* const maintenance = PQconnectdb(server_.c_str());
    PQclear(PQexec(maintenance, ("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)").c_str()));
    PQfinish(maintenance);
}

std::string Database::url(std::string_view query, std::string_view user, std::string_view scheme) const {
    const Url::Parts parts = Url::parse(server_).parts();
    const std::string who =
        user.empty() ? parts.user + ":" + percent_encode(parts.password.reveal()) : std::string(user) + ":pw";
    std::string text = std::string(scheme) + "://" + who + "@" + parts.host + ":" +
                       std::to_string(parts.port.value_or(5432)) + "/" + name_ + "?sslmode=disable";
    if (!query.empty()) text += "&" + std::string(query);
    return text;
}

std::unique_ptr<Driver> Database::driver(std::string_view query, DriverOptions given, std::string_view user,
                                         std::string_view scheme) const {
    if (!given.env) given.env = options().env;
    auto driver = postgresql::open(Url::parse(url(query, user, scheme)), given);
    driver->connect();
    return driver;
}

std::string Database::sql(const std::string& text) {
    return run(connection_, text);
}

std::string Database::version() {
    return sql("SELECT version, dirty FROM schema_migrations");
}

std::string Database::history() {
    return sql(
        "SELECT version || ' ' || direction || ' ' || state || ' ' || statements_done || '/' || "
        "statements_total || "
        "' ' || version_after FROM schema_migrations_history ORDER BY id");
}

DriverOptions options() {
    DriverOptions given;
    given.env = [](std::string_view name) { return environment(name); };
    return given;
}

}  // namespace godwit::test
