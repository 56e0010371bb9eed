#include "godwit/url.hpp"

#include <string>

#include "catch.hpp"
#include "godwit/error.hpp"

using godwit::Url;

namespace {

std::string message_of(const std::string& text) {
    try {
        (void)Url::parse(text, "--database").parts();
    } catch (const godwit::Error& error) {
        CHECK(error.code() == godwit::Errc::Usage);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a URL is a scheme and a rest") {
    const Url url = Url::parse("PostgreSQL://app:pw@db:5433/shop?sslmode=disable#f");
    CHECK(url.scheme() == "postgresql");
    CHECK(url.rest().reveal() == "//app:pw@db:5433/shop?sslmode=disable#f");
    CHECK(url.raw().reveal() == "PostgreSQL://app:pw@db:5433/shop?sslmode=disable#f");
    CHECK_THAT(message_of(""), ContainsSubstring("URL cannot be empty"));
    CHECK_THAT(message_of("host/db"), ContainsSubstring("--database: no scheme"));
    CHECK_THAT(message_of("../x:y"), ContainsSubstring("no scheme"));
    CHECK_THAT(message_of("1a:y"), ContainsSubstring("no scheme"));
    CHECK(message_of("hunter2@host/db").find("hunter2") == std::string::npos);
}

TEST_CASE("the parts of a URL are decoded") {
    const auto parts =
        Url::parse("postgres://a%40b:p%3Aw@%2Frun%2Fpg:5433/sh%20op?a=1%262&b&a=3#x%21").parts();
    CHECK(parts.user == "a@b");
    CHECK(parts.password.reveal() == "p:w");
    CHECK(parts.has_password);
    CHECK(parts.host == "/run/pg");
    CHECK(parts.port == 5433U);
    CHECK(parts.path == "/sh op");
    CHECK(parts.raw_path == "/sh%20op");
    CHECK(parts.param("a") == "1&2");
    CHECK(parts.param("b") == "");
    CHECK_FALSE(parts.param("c"));
    CHECK(parts.query.size() == 3);
    CHECK(parts.fragment == "x!");
}

TEST_CASE("odd authorities") {
    CHECK(Url::parse("postgres://[::1]:5432/x").parts().host == "::1");
    CHECK(Url::parse("postgres://[::1]:5432/x").parts().port == 5432U);
    CHECK(Url::parse("postgres://u:p@ss@h/x").parts().password.reveal() == "p@ss");
    CHECK_FALSE(Url::parse("postgres://h:/x").parts().port);
    CHECK(Url::parse("postgres://u:@h").parts().has_password);
    CHECK(Url::parse("file:///srv/m").parts().path == "/srv/m");
    CHECK(Url::parse("file:///srv/m").parts().has_authority);
    CHECK_FALSE(Url::parse("sqlite:rel.db").parts().has_authority);
    CHECK(Url::parse("sqlite::memory:").parts().path == ":memory:");
}

TEST_CASE("what is wrong with a URL is named without showing secrets") {
    CHECK_THAT(message_of("postgres://h:x/db"), ContainsSubstring("port 'x' is not a number"));
    CHECK_THAT(message_of("postgres://h:70000/db"), ContainsSubstring("above 65535"));
    CHECK_THAT(message_of("postgres://[::1/db"), ContainsSubstring("no closing ']'"));
    CHECK_THAT(message_of("postgres://u:hunter%zz@h/db"),
               ContainsSubstring("bad percent-encoding in the password"));
    for (const auto* text :
         {"postgres://u:hunter%zz@h/db", "postgres://u:hunter/2@h/db", "postgres://u:hunter?2@h/db",
          "postgres://u:hunter#2@h/db", "postgres://u:%hunter@h:x/db"}) {
        INFO(text);
        const auto message = message_of(text);
        CHECK_FALSE(message.empty());
        CHECK(message.find("hunter") == std::string::npos);
    }
}

TEST_CASE("a redacted URL shows no secret") {
    struct Row {
        const char* text;
        const char* shown;
    };
    const Row rows[] = {
        {"postgres://app@db/shop", "postgres://app@db/shop"},
        {"postgres://app:pw@db/shop?sslmode=x", "postgres://app:***@db/shop?sslmode=x"},
        {"postgres://app:p@w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://app:p/w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://app:p?w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://app:p#w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://app@db/shop?password=pw&a=b@c", "postgres://app@db/shop?password=***&a=b@c"},
        {"postgres://app@db/shop?sslkey=/k.pem", "postgres://app@db/shop?sslkey=/k.pem"},
        {"mysql://root:p@/w@tcp(h:3306)/db?tls=true", "mysql://root:***@tcp(h:3306)/db?tls=true"},
        {"mysql://tcp(h:3306)/db", "mysql://tcp(h:3306)/db"},
        {"https://token@host/x", "https://***@host/x"},
        {"https://host/m@v1/", "https://host/m@v1/"},
        {"https://h/x?foo&X-Api%2DKey=pw", "https://h/x?foo&X-Api%2DKey=***"},
        {"https://h/x?sig=pw&v=1", "https://h/x?sig=***&v=1"},
        {"file:///srv/a:b@c", "file:///srv/a:b@c"},
        // a raw '?' with what looks like a parameter, found by fuzzing
        {"postgres://app:p?k=w@db/shop?sslmode=x", "postgres://app:***@db/shop?sslmode=x"},
        {"postgres://app:1p?k=w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://app:@x/y?k=w@db/shop?s=t", "postgres://app:***@db/shop?s=t"},
        {"postgres://app:p@[x/y?k=w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://app:p@x:/y?k=w@db/shop", "postgres://app:***@db/shop"},
        {"postgres://db:5432/shop?a=b@c", "postgres://db:5432/shop?a=b@c"},
        {"postgres://app:pw@db:5432,[::1]/shop?a=b@c", "postgres://app:***@db:5432,[::1]/shop?a=b@c"},
        {"mysql://app:pw@tcp(db:3306)/shop?a=b@c", "mysql://app:***@tcp(db:3306)/shop?a=b@c"},
        {"sqlite:rel.db", "sqlite:rel.db"},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(Url::parse(row.text).redacted() == row.shown);
    }
}

TEST_CASE("percent-encoding goes both ways") {
    CHECK(godwit::percent_encode("a b/%~ü") == "a%20b%2F%25~%C3%BC");
    CHECK(godwit::percent_decode("a%20b%2f+%C3%BC") == "a b/+ü");
    for (const auto* bad : {"%", "%1", "%zz", "a%g0"})
        CHECK_FALSE(godwit::percent_decode(bad));
}
