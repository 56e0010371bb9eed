#include "database.hpp"

#include <iostream>

#include "catch.hpp"
#include "godwit/url.hpp"
#include "integration/support/environment.hpp"
#include "integration/support/thrown.hpp"
#include "mysql/driver.hpp"
#include "mysql/url.hpp"

namespace godwit::test {
namespace {

std::string_view variable_of(Product product) {
    return product == Product::MariaDb ? "GODWIT_TEST_MARIADB_URL" : "GODWIT_TEST_MYSQL_URL";
}

/// MySQL beside MariaDB is not demanded: there may be none for the machine.
std::optional<std::string> server_of(Product product) {
    const std::string_view variable = variable_of(product);
    if (product == Product::MySql && !environment(variable)) {
        std::cerr << "*** SKIPPED on MySQL: " << variable << " is not set ***\n";
        return std::nullopt;
    }
    return server_url(variable);
}

std::string take_rows(MYSQL* connection) {
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(connection),
                                                                          &mysql_free_result);
    std::string out;
    if (!result) return out;
    const unsigned columns = mysql_num_fields(result.get());
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
        const unsigned long* const lengths = mysql_fetch_lengths(result.get());
        if (!out.empty()) out += '\n';
        for (unsigned i = 0; i < columns; ++i)
            out.append(i > 0 ? "|" : "").append(row[i] == nullptr ? "-" : std::string(row[i], lengths[i]));
    }
    return out;
}

}  // namespace

Product each_product() {
    return GENERATE(Product::MariaDb, Product::MySql);
}

Database::Database(Product product) : product_(product), name_(unique_name("my")) {
    const auto server = server_of(product);
    if (!server) return;
    const mysql::Target target = mysql::read_target(Url::parse(*server), options());
    user_ = target.user;
    password_ = target.password.reveal();
    host_ = target.host;
    port_ = target.port;
    connection_ = mysql_init(nullptr);
    mysql_options(connection_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(connection_, host_.c_str(), user_.c_str(), password_.c_str(), nullptr, port_,
                           nullptr, CLIENT_MULTI_STATEMENTS) == nullptr)
        FAIL(mysql_error(connection_));
    sql("CREATE DATABASE " + name_ + "; USE " + name_);
}

Database::~Database() {
    if (connection_ == nullptr) return;
    try {
        for (const std::string& user : users_)
            sql("DROP USER IF EXISTS '" + user + "'@'%'");
        sql("DROP DATABASE IF EXISTS " + name_);
    } catch (...) {  // a failed check has been counted; a destructor must not throw
        std::cerr << "the database of a test could not be dropped: " << mysql_error(connection_) << "\n";
    }
    mysql_close(connection_);
}

std::string Database::url(std::string_view query, std::string_view user, std::string_view scheme) const {
    const std::string who =
        user.empty() ? user_ + ":" + percent_encode(password_) : percent_encode(user) + ":pw";
    std::string text =
        std::string(scheme) + "://" + who + "@tcp(" + host_ + ":" + std::to_string(port_) + ")/" + name_;
    if (!query.empty()) text += "?" + std::string(query);
    return text;
}

std::unique_ptr<Driver> Database::driver(std::string_view query, DriverOptions given,
                                         std::string_view user) const {
    if (!given.env) given.env = options().env;
    auto driver = mysql::open(Url::parse(url(query, user)), given);
    driver->connect();
    return driver;
}

std::string Database::sql(const std::string& text) {
    if (mysql_real_query(connection_, text.data(), text.size()) != 0)
        FAIL(text << ": " << mysql_error(connection_));
    while (true) {
        std::string rows = take_rows(connection_);
        if (mysql_more_results(connection_) == 0) return rows;
        if (mysql_next_result(connection_) != 0) FAIL(text << ": " << mysql_error(connection_));
    }
}

std::string Database::user(std::string_view hint, std::string_view grants) {
    // 32 characters are the most
    const std::string user =
        "u" + name_.substr(name_.size() - std::min<std::size_t>(name_.size(), 24)) + std::string(hint);
    sql("CREATE USER '" + user + "'@'%' IDENTIFIED BY 'pw'");
    users_.push_back(user);
    if (!grants.empty()) sql("GRANT " + std::string(grants) + " TO '" + user + "'@'%'");
    return user;
}

std::string Database::version() {
    return sql("SELECT version, dirty FROM schema_migrations");
}

std::string Database::history() {
    return sql(
        "SELECT CONCAT(version, ' ', direction, ' ', state, ' ', statements_done, '/', statements_total, ' "
        "', "
        "version_after) FROM schema_migrations_history ORDER BY id");
}

DriverOptions options() {
    DriverOptions given;
    given.env = [](std::string_view name) { return environment(name); };
    return given;
}

std::unique_ptr<Driver> unconnected(const std::string& url, const DriverOptions& given) {
    return mysql::open(Url::parse(url), given);
}

ErrorInfo connect_failure(const std::string& url, const DriverOptions& given) {
    INFO("to connect to " << url);
    return thrown([&] { unconnected(url, given)->connect(); });
}

void apply_all(Driver& driver, const std::vector<Step>& steps, Recorder& recorder) {
    const Outcome outcome = driver.apply(steps, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what() << "\nstate: " << outcome.failure->info().state);
    REQUIRE(outcome.landed == steps.size());
}

ErrorInfo apply_failure(Driver& driver, const std::vector<Step>& steps, Recorder& recorder) {
    const std::size_t before = recorder.lines("land").size();
    const Outcome outcome = driver.apply(steps, identity(), recorder);
    REQUIRE(outcome.failure);
    INFO(outcome.failure->what());
    CHECK(outcome.landed == recorder.lines("land").size() - before);
    return outcome.failure->info();
}

}  // namespace godwit::test
