#include "mysql/url.hpp"

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "database.hpp"
#include "godwit/url.hpp"
#include "integration/support/environment.hpp"
#include "mysql/driver.hpp"

using namespace godwit;
using namespace godwit::test;
using godwit::mysql::read_target;
using godwit::mysql::Target;
using godwit::mysql::Tls;

namespace {

Target target(const std::string& url, const DriverOptions& given = options()) {
    return read_target(Url::parse(url), given);
}

std::string refusal(const std::string& url, const DriverOptions& given = options()) {
    try {
        target(url, given);
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Usage);
        return error.info().message + " | " + error.info().hint;
    }
    FAIL("accepted: " << url);
    return {};
}

using Variables = std::vector<std::pair<std::string, std::string>>;

/// A home directory with an option file.
class Home {
  public:
    explicit Home(const std::string& content)
        : path_(std::filesystem::temp_directory_path() / unique_name("home")) {
        std::filesystem::create_directory(path_);
        std::ofstream(path_ / ".my.cnf") << content;
    }
    ~Home() { std::filesystem::remove_all(path_); }
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;

    [[nodiscard]] DriverOptions options() const {
        DriverOptions given = test::options();
        given.home_directory = path_.string();
        return given;
    }

  private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("both forms of a URL say where the server is", "[mysql][url]") {
    struct Case {
        std::string url, user, password, host, socket, database;
        unsigned port;
    };
    const auto test = GENERATE(values<Case>({
        {"mysql://u:p@tcp(db.example:3307)/shop", "u", "p", "db.example", "", "shop", 3307},
        {"mysql://u:p@tcp(db.example)/shop", "u", "p", "db.example", "", "shop", 3306},
        {"mysql://u:p@tcp/shop", "u", "p", "127.0.0.1", "", "shop", 3306},
        {"mysql://u@tcp(localhost)/shop", "u", "", "127.0.0.1", "", "shop", 3306},
        {"mysql://u:p@tcp([::1]:3307)/shop", "u", "p", "::1", "", "shop", 3307},
        {"mysql://u:p@tcp([de:ad:be:ef::ca:fe]:80)/shop", "u", "p", "de:ad:be:ef::ca:fe", "", "shop", 80},
        {"mysql://u:p@unix(/run/my sql.sock)/shop", "u", "p", "", "/run/my sql.sock", "shop", 0},
        {"mysql://tcp(h:1)/shop", "", "", "h", "", "shop", 1},
        {"mysql://u:p@(h:1)/shop", "u", "p", "h", "", "shop", 1},
        {"mysql://u:p@a:b@tcp(h)/shop", "u", "p@a:b", "h", "", "shop", 3306},
        {"mysql://u:p%2Fw%40%3A%25@tcp(h)/shop", "u", "p/w@:%", "h", "", "shop", 3306},
        {"mysql://u:p/w@tcp(h)/shop", "u", "p/w", "h", "", "shop", 3306},
        {"mysql://u:a+b%2Bc@tcp(h)/shop", "u", "a b+c", "h", "", "shop", 3306},
        {"mysql://u:p@tcp(h)/my%20shop%2F1?x-no-lock=1", "u", "p", "h", "", "my shop/1", 3306},
        {"mysql://u:p@db.example:3307/shop", "u", "p", "db.example", "", "shop", 3307},
        {"mariadb://u:p@db.example/shop", "u", "p", "db.example", "", "shop", 3306},
        {"mysql://u:p%40%2F%3A@[::1]:3307/shop", "u", "p@/:", "::1", "", "shop", 3307},
        {"mysql://u:a+b@h/shop", "u", "a+b", "h", "", "shop", 3306},
        {"mysql://u@%2Frun%2Fmysqld%2Fmysqld.sock/shop", "u", "", "", "/run/mysqld/mysqld.sock", "shop", 0},
        {"mysql://u@localhost/shop?socket=/run/m.sock", "u", "", "", "/run/m.sock", "shop", 0},
        {"mysql:///shop", "", "", "127.0.0.1", "", "shop", 3306},
    }));
    CAPTURE(test.url);
    const Target found = target(test.url);
    CHECK(found.user == test.user);
    CHECK(found.password.reveal() == test.password);
    CHECK(found.host == test.host);
    CHECK(found.socket == test.socket);
    CHECK(found.database == test.database);
    CHECK(found.port == test.port);
    CHECK(found.table == sql::TableName{test.database, "schema_migrations"});
}

TEST_CASE("parameters of a URL", "[mysql][url]") {
    const std::string base = "mysql://u:p@tcp(h)/shop?";
    CHECK(target(
              base +
              "sql_mode=%27ANSI_QUOTES%27&foreign_key_checks=0&multiStatements=true&parseTime=true&loc=Local&"
              "maxAllowedPacket=0")
              .variables == Variables{{"sql_mode", "'ANSI_QUOTES'"}, {"foreign_key_checks", "0"}});
    CHECK(target(base + "charset=utf8mb4,utf8&collation=utf8mb4_bin").collation == "utf8mb4_bin");
    CHECK(target(base + "charset=utf8").charset == "utf8");
    CHECK(target(base + "timeout=3s&readTimeout=1m&writeTimeout=500ms").connect_timeout ==
          Milliseconds(3000));
    CHECK(target(base + "readTimeout=1m").read_timeout == Milliseconds(60'000));
    CHECK(target(base + "x-statement-timeout=250").statement_timeout == Milliseconds(250));
    CHECK(target(base + "x-no-lock=true").no_lock);
    CHECK(target(base + "x-migrations-table=a.b").table == sql::TableName{"shop", "a.b"});
    CHECK(target(base + "x-of-another-tool=1&autocommit=true").variables.empty());
    CHECK(target(base + "allowAllFiles=true").local_infile);
}

TEST_CASE("tls= in each of its forms", "[mysql][url]") {
    const std::string base = "mysql://u:p@tcp(h)/shop?tls=";
    CHECK(target(base + "false").tls == Tls::Off);
    CHECK(target("mysql://u:p@tcp(h)/shop").tls == Tls::Off);
    CHECK(target(base + "true").tls == Tls::Verified);
    CHECK(target(base + "skip-verify").tls == Tls::Required);
    CHECK(target(base + "preferred").tls == Tls::Preferred);
    CHECK(target("mysql://u@unix(/s)/shop?tls=true").tls == Tls::Off);
    const Home files("not a certificate");
    const std::string file = files.options().home_directory + "/.my.cnf";
    const Target custom =
        target(base + "custom&x-tls-ca=" + file + "&x-tls-cert=" + file + "&x-tls-key=" + file);
    CHECK(custom.tls == Tls::Verified);
    CHECK(custom.tls_ca == file);
    CHECK(custom.tls_key == file);
    CHECK(target(base + "custom&x-tls-ca=" + file + "&x-tls-insecure-skip-verify=true").tls == Tls::Required);
    CHECK_THAT(refusal(base + "custom"), ContainsSubstring("x-tls-ca is missing"));
    CHECK_THAT(refusal(base + "custom&x-tls-ca=/nowhere/ca.pem"), ContainsSubstring("/nowhere/ca.pem"));
    CHECK_THAT(refusal(base + "custom&x-tls-ca=" + file + "&x-tls-cert=" + file),
               ContainsSubstring("x-tls-key"));
}

TEST_CASE("a URL that cannot be honoured says which part", "[mysql][url]") {
    struct Case {
        std::string url, message;
    };
    const auto test = GENERATE(values<Case>({
        {"mysql://u:p@tcp(h:3306/shop", "closing brace"},
        {"mysql://u:p@tcp(h:3306)", "slash separating the database name"},
        {"mysql://u:p@tcp(h:x)/shop", "port 'x'"},
        {"mysql://u:p@tcp(h:70000)/shop", "port '70000'"},
        {"mysql://u:p@pipe(h)/shop", "network 'pipe'"},
        {"mysql://u:p%zz@tcp(h)/shop", "percent-encoding in the password"},
        {"mysql://u%z:p@tcp(h)/shop", "percent-encoding in the user name"},
        {"mysql://u:p@h/shop#part", "'#'"},
        {"mysql://u:p@h:port/shop", "port"},
        {"mysql://u:p@h/shop?charset=latin1", "charset 'latin1'"},
        {"mysql://u:p@h/shop?collation=x%3B", "collation"},
        {"mysql://u:p@h/shop?timeout=soon", "timeout 'soon'"},
        {"mysql://u:p@h/shop?autocommit=0", "autocommit=0"},
        {"mysql://u:p@h/shop?ssl-mode=REQUIRED", "'ssl-mode'"},
        {"mysql://u:p@h/shop?parseTime=maybe", "parseTime"},
        {"mysql://u:p@h/shop?x-no-lock=maybe", "x-no-lock"},
        {"mysql://u:p@h/shop?x-statement-timeout=1s", "x-statement-timeout"},
        {"mysql://u:p@h/a%00b", "NUL"},
        {"mysql://u:p@h/shop?sql_mode=%00", "NUL"},
    }));
    CAPTURE(test.url);
    const std::string text = refusal(test.url);
    CHECK_THAT(text, ContainsSubstring(test.message));
    CHECK(text.find("p%zz") == std::string::npos);
}

TEST_CASE("the option file fills in what the URL leaves out", "[mysql][url]") {
    const Home home(
        "# comment\n[mysqld]\npassword=wrong\n[client]\nuser = filed\npassword = \"s e#c;r\\\\et\" # why\n"
        "host=db.example\nport=3309\n[mysqldump]\nuser=wrong\n");
    const DriverOptions given = home.options();
    const Target all = target("mysql:///shop", given);
    CHECK(all.user == "filed");
    CHECK(all.password.reveal() == "s e#c;r\\et");
    CHECK(all.host == "db.example");
    CHECK(all.port == 3309);
    const Target place = target("mysql://h/shop", given);
    CHECK(place.host == "h");
    CHECK(place.port == 3306);
    CHECK(place.user == "filed");
    const Target user = target("mysql://u@h/shop", given);
    CHECK(user.user == "u");
    CHECK(user.password.reveal() == "s e#c;r\\et");
    CHECK(target("mysql://u:@h/shop", given).password.empty());
    CHECK(target("mysql://u:p@h/shop", given).password.reveal() == "p");
    SECTION("MYSQL_PWD comes behind it") {
        DriverOptions both = given;
        both.env = [](std::string_view name) {
            return name == "MYSQL_PWD" ? std::optional<std::string>("from env") : std::nullopt;
        };
        CHECK(target("mysql://u@h/shop", both).password.reveal() == "s e#c;r\\et");
        CHECK(target("mysql://u:@h/shop", both).password.empty());
        both.home_directory.clear();
        CHECK(target("mysql://u@h/shop", both).password.reveal() == "from env");
        both.golang_migrate = true;
        CHECK(target("mysql://u@h/shop", both).password.empty());
    }
    SECTION("golang-migrate knows no option file") {
        DriverOptions compatible = given;
        compatible.golang_migrate = true;
        CHECK(target("mysql://u@h/shop", compatible).password.empty());
    }
}

TEST_CASE("back-slashes in front of a quote of the option file", "[mysql][url]") {
    const auto password = [](const std::string& line) {
        return target("mysql://u@h/shop", Home("[client]\npassword=" + line + "\n").options())
            .password.reveal();
    };
    CHECK(password(R"("ends in \\" # why)") == R"(ends in \)");
    CHECK(password(R"("a\"#b" # why)") == R"(a"#b)");
    CHECK(password(R"('it\'s' # why)") == "it's");
    CHECK(password(R"(a\# why)") == R"(a\)");
}

TEST_CASE("sessions through each form of a URL", "[mysql][url]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string user = database.user("_url", "ALL ON " + database.name() + ".*");
    const std::string place = database.host() + ":" + std::to_string(database.port());
    const auto opens = [&](const std::string& url, const DriverOptions& given) {
        CAPTURE(url);
        const auto driver = mysql::open(Url::parse(url), given);
        driver->connect();
        CHECK(driver->info().user == user);
        CHECK(driver->info().database == database.name());
        CHECK_FALSE(driver->state().has_version_table);
    };
    const std::string end = "/" + database.name();
    opens("mysql://" + user + ":pw@tcp(" + place + ")" + end, options());
    opens("mysql://" + user + ":pw@" + place + end, options());
    opens("mariadb://" + user + ":pw@" + place + end + "?charset=utf8mb4&collation=utf8mb4_bin", options());
    const Home home("[client]\npassword=pw\n");
    opens("mysql://" + user + "@" + place + end, home.options());
    const Home full("[client]\npassword=pw\nuser=" + user + "\nhost=" + database.host() +
                    "\nport=" + std::to_string(database.port()) + "\n");
    opens("mysql://" + end, full.options());
    DriverOptions given = options();
    given.env = [](std::string_view name) {
        return name == "MYSQL_PWD" ? std::optional<std::string>("pw") : std::nullopt;
    };
    opens("mysql://" + user + "@" + place + end, given);
}

TEST_CASE("a session through a Unix socket", "[mysql][url]") {
    Database database(Product::MariaDb);
    if (!database.ok()) return;
    const std::string socket = database.sql("SELECT @@socket");
    if (!std::filesystem::exists(socket)) return;  // the server runs elsewhere
    database.sql("CREATE USER '" + database.name() + "'@'localhost' IDENTIFIED BY 'pw'; GRANT ALL ON " +
                 database.name() + ".* TO '" + database.name() + "'@'localhost'");
    const std::string who = "mysql://" + database.name() + ":pw@";
    for (const std::string& url : {who + "unix(" + socket + ")/" + database.name(),
                                   who + percent_encode(socket) + "/" + database.name(),
                                   who + "localhost/" + database.name() + "?socket=" + socket}) {
        CAPTURE(url);
        const auto driver = mysql::open(Url::parse(url), options());
        CHECK_NOTHROW(driver->connect());
    }
    database.sql("DROP USER '" + database.name() + "'@'localhost'");
}

TEST_CASE("encrypted sessions", "[mysql][url]") {
    Database database(each_product());
    if (!database.ok()) return;
    const bool offered = database.sql("SHOW VARIABLES LIKE 'have_ssl'").find("YES") != std::string::npos ||
                         (!database.mariadb() && database.sql("SELECT @@ssl_cert") != "-");
    const auto cipher = [&](std::string_view query) {
        const auto driver = database.driver(query);
        Recorder recorder;
        database.sql("DROP TABLE IF EXISTS schema_migrations, schema_migrations_history, seen");
        apply_all(
            *driver,
            {up_step(1,
                     "CREATE TABLE seen (x text); SET @c = (SELECT VARIABLE_VALUE FROM " +
                         std::string(database.mariadb() ? "information_schema" : "performance_schema") +
                         ".session_status WHERE VARIABLE_NAME = 'Ssl_cipher'); INSERT INTO seen VALUES (@c);",
                     driver->dialect())},
            recorder);
        return database.sql("SELECT x FROM seen");
    };
    CHECK(cipher("tls=false").empty());
    CHECK(cipher("tls=preferred").empty() != offered);
    const auto failure = [&](std::string_view query) -> ErrorInfo {
        try {
            static_cast<void>(database.driver(query));
        } catch (const Error& error) {
            return error.info();
        }
        FAIL("connected with " << query);
        return {};
    };
    if (offered) {
        CHECK_FALSE(cipher("tls=skip-verify").empty());
        // the server's certificate is its own, which no CA of the system knows
        CHECK_THAT(failure("tls=true").message, ContainsSubstring("certificate"));
    } else {
        CHECK_THAT(failure("tls=skip-verify").message, ContainsSubstring("not encrypted"));
        CHECK_THAT(failure("tls=true").message, ContainsSubstring("SSL"));
    }
    CHECK(failure("tls=true").code == Errc::Connect);
    CHECK_FALSE(failure("tls=true").transient);
}
