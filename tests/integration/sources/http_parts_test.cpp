// The parts of the HTTP source that need no server.
#include <chrono>

#include "catch.hpp"
#include "http/listing.hpp"
#include "http/settings.hpp"
#include "plugins/folder.hpp"
#include "process.hpp"
#include "sources.hpp"

using namespace godwit;
using test::error_of;

namespace {

http::Settings settings(const std::string& url, test::Environment environment = {}) {
    return http::read_settings(Url::parse(url), test::source_options(std::move(environment)));
}

std::string settings_error(const std::string& url) {
    return error_of([&] { (void)settings(url); });
}

http::Address address(const std::string& url) {
    return http::parse_address(url).value();
}

std::string names(const std::vector<Entry>& entries) {
    std::string text;
    for (const Entry& entry : entries)
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", entry.path,
                            entry.kind == EntryKind::Directory ? "/" : "");
    return text;
}

std::string listed(const std::string& html, const std::string& folder = "https://host/db/") {
    return names(http::parse_html_listing(html, address(folder)));
}

std::string listing_error(const std::string& html) {
    return error_of([&] { listed(html); });
}

}  // namespace

TEST_CASE("addresses", "[http]") {
    CHECK(address("https://Host/a").shown() == "https://host/a");
    CHECK(address("https://host:443/a").shown() == "https://host/a");
    CHECK(address("http://host:8080").shown() == "http://host:8080/");
    CHECK(address("http://[::1]:81/a b/ü?q=1#f").text().reveal() == "http://[::1]:81/a%20b/%C3%BC?q=1");
    CHECK(address("http://u:p@host/a%20b?sig=s3cret").shown() == "http://host/a%20b");
    CHECK(address("http://host/a/?t=1").child("1 a#.sql").text().reveal() ==
          "http://host/a/1%20a%23.sql?t=1");
    for (const char* bad :
         {"file:///etc/passwd", "ftp://host/", "http:host/x", "http:///x", "", "http://host:x/",
          // what is decoded would be another host, or another part of the address
          "https://evil%2Fhost/", "https://evil%3Fhost/", "https://evil%23/", "https://a%40b/",
          "https://a%5Cb/", "https://a%0d%0ab/", "https://a%00b/", "https://a b/"}) {
        INFO(bad);
        CHECK_FALSE(http::parse_address(bad));
    }
    CHECK(address("http://[fe80::1%25eth0]:81/").origin() == "http://[fe80::1%eth0]:81");
}

TEST_CASE("settings: godwit's parameters are not sent", "[http]") {
    const auto made = settings(
        "https://anna:p%40ss@host/"
        "dir?a=%2F&x-timeout=1m&sig=b&x-max-size=2MB&x-header=X-A:%20b&x-header=X-C:d");
    CHECK(made.base.text().reveal() == "https://host/dir/?a=%2F&sig=b");
    CHECK(made.base.shown() == "https://host/dir/");
    CHECK(made.user == "anna");
    CHECK(made.password.reveal() == "p@ss");
    CHECK(made.timeout == Milliseconds(60'000));
    CHECK(made.max_size == 2u << 20);
    REQUIRE(made.headers.size() == 2);
    CHECK(made.headers[0].reveal() == "X-A: b");
    CHECK(made.headers[1].reveal() == "X-C: d");
    CHECK_FALSE(made.is_archive());
    CHECK(settings("https://host").base.path == "/");
    const auto archive = settings("https://host/m.tar.gz?x-dir=./db/");
    CHECK(archive.is_archive());
    CHECK(archive.base.path == "/m.tar.gz");
    CHECK(archive.folder_in_archive == "db");
    CHECK(settings("https://host/?X-Amz-Signature=1").base.query.reveal() == "?X-Amz-Signature=1");
}

TEST_CASE("settings: where a token goes", "[http]") {
    const test::Environment environment{{"GODWIT_HTTP_TOKEN", "t0k"}, {"OTHER", "0ther"}};
    CHECK(settings("https://host/", environment).bearer.reveal() == "t0k");
    CHECK(settings("http://127.0.0.1/", environment).bearer.reveal() == "t0k");
    CHECK(settings("http://host/", environment).bearer.empty());
    CHECK(settings("http://host/", environment).token_withheld);
    CHECK(settings("http://host/?x-bearer-env=OTHER", environment).bearer.reveal() == "0ther");
    CHECK(settings("https://anna@host/", environment).bearer.empty());
    CHECK(settings("https://anna@host/", environment).has_user);
    CHECK(settings("https://host/", {{"https_proxy", "http://p:1"}}).proxy.reveal() == "http://p:1");
    CHECK(settings("http://host/", {{"HTTP_PROXY", "http://p:1"}}).proxy.empty());
}

TEST_CASE("settings: what is refused", "[http]") {
    CHECK_THAT(settings_error("https:host/x"), StartsWith("usage: ") && ContainsSubstring("names no host"));
    CHECK_THAT(settings_error("https://host/?x-timout=1s"),
               StartsWith("usage: https://host/: unknown parameter x-timout | did you mean x-timeout"));
    CHECK_THAT(settings_error("https://host/?x-timeout=soon"),
               ContainsSubstring("x-timeout=soon is no duration"));
    CHECK_THAT(settings_error("https://host/?x-max-size=many"),
               ContainsSubstring("x-max-size=many is no size"));
    CHECK_THAT(settings_error("https://host/?x-dir=a"), ContainsSubstring("x-dir is for archives"));
    CHECK_THAT(settings_error("https://host/?x-header=s3cret"),
               ContainsSubstring("x-header is not NAME:VALUE") && !ContainsSubstring("s3cret"));
    CHECK_THAT(settings_error("https://host/?x-header=X-A:b%0d%0aEvil:1"),
               ContainsSubstring("x-header is not NAME:VALUE"));
    CHECK_THAT(error_of([] {
                   (void)settings("https://host/", {{"GODWIT_HTTP_TOKEN", "s3cret\n"}});
               }),
               StartsWith("config: the token in GODWIT_HTTP_TOKEN has a blank or a line break") &&
                   !ContainsSubstring("s3cret"));
    CHECK_THAT(error_of([] {
                   (void)settings("https://a:b@host/?x-bearer-env=T", {{"T", "x"}});
               }),
               ContainsSubstring("has a user and x-bearer-env"));
}

TEST_CASE("settings: a proxy's password is not seen", "[http]") {
    for (const char* proxy : {"http://u:s3cret@ho st:bad", "u:s3cret@proxy:1", "http://u:s3@cret/@proxy:1"}) {
        INFO(proxy);
        const auto made = settings("https://host/", {{"https_proxy", proxy}});
        CHECK(made.proxy.reveal() == proxy);
        CHECK_THAT(http::without_secrets(fmt::format("Unsupported proxy syntax in '{}'", proxy), made),
                   ContainsSubstring("***@") && !ContainsSubstring("cret"));
    }
    CHECK(http::without_secrets("no proxy:1", settings("https://host/", {{"https_proxy", "proxy:1"}})) ==
          "no proxy:1");
}

TEST_CASE("listings as HTML: servers", "[http]") {
    SECTION("nginx") {
        CHECK(listed("<html>\r\n<head><title>Index of /db/</title></head>\r\n<body>\r\n<h1>Index of "
                     "/db/</h1><hr><pre>"
                     "<a href=\"../\">../</a>\r\n<a href=\"sub/\">sub/</a>   21-Nov-2026 07:00   -\r\n"
                     "<a href=\"1_a%20b%23.up.sql\">1_a b#.up.sql</a>   21-Nov-2026 07:00  12\r\n</pre>") ==
              "sub/ 1_a b#.up.sql");
    }
    SECTION("Apache, fancy") {
        CHECK(listed("<table><tr><th><a href=\"?C=N;O=D\">Name</a></th></tr><tr><td><img "
                     "src=\"/icons/back.gif\"></td>"
                     "<td><a href=\"/\">Parent Directory</a></td></tr><tr><td><a "
                     "href=\"1_a&amp;b.up.sql\">1_a</a></td>"
                     "</tr></table><address>Apache/2.4 Index of /db</address>") == "1_a&b.up.sql");
    }
    SECTION("Caddy") {
        CHECK(
            listed(
                "<a href=\"..\">up</a><a href=\"./1_a.up.sql\"><span>1_a</span></a><a href=\"./sub/\">sub</a>"
                "<a href=\"?sort=name&order=desc\">Name</a>") == "1_a.up.sql sub/");
    }
}

TEST_CASE("listings as HTML: links", "[http]") {
    SECTION("absolute links, odd quotes, capitals") {
        CHECK(
            listed("<title>Index of</title><A HREF='/db/1.sql'>x</A><a class=x href=/db/2.sql>x</a>"
                   "<a data-x=\"a>b\" href = \"https://host/db/3.sql\">x</a><a href=\"//host/db/4.sql\">x</a>"
                   "<a href=\"https://other/db/5.sql\">x</a><a href=\"/other/6.sql\">x</a>"
                   "<a href=\"mailto:a@b\">x</a><a name=7.sql>x</a><abbr href=8.sql>x</abbr>") ==
            "1.sql 2.sql 3.sql 4.sql");
    }
    SECTION("what is no file of the folder") {
        CHECK(listed("<title>Index of</title><a href=\"../../etc/1.sql\"><a href=\"a/b.sql\"><a "
                     "href=\"..%2f1.sql\">"
                     "<a href=\"%2e%2e\"><a href=\"#top\"><a href=\"\"><a href=\"./\"><a href=\"%zz.sql\">")
                  .empty());
    }
    SECTION("a colon in a name") {
        CHECK(
            listed("<title>Index of</title><a href=\"./7_a:b.sql\"><a href=\"8_a:b.sql\"><a href=\"x:9.sql\">"
                   "<a href=\"./x:9.sql\">") == "7_a:b.sql 8_a:b.sql x:9.sql");
    }
}

TEST_CASE("listings as HTML: a control character in a name", "[http]") {
    for (const char* name : {"1%00.sql", "1%1b[2J.sql", "1%0a.sql", "1&#27;[2J.sql"}) {
        INFO(name);
        CHECK_THAT(listing_error(fmt::format("<h1>Index of</h1><a href=\"{}\">", name)),
                   StartsWith("source: https://host/db/ lists '1%") &&
                       ContainsSubstring("a control character in the name"));
    }
}

TEST_CASE("listings as HTML: pages", "[http]") {
    SECTION("what a browser does not show") {
        CHECK(listed("<title>Index of</title><!-- <a href=\"1.sql\"> --><script>'<a href=\"2.sql\">'</script>"
                     "<a href=\"3.sql\">") == "3.sql");
    }
    SECTION("entities") {
        CHECK(listed("<a href=\"1_&#252;&#x4e2d;&quot;&apos;&lt;&bogus;&.sql\">") == "1_ü中\"'<&bogus;&.sql");
    }
    SECTION("a folder with an encoded name, twice the same link") {
        CHECK(listed("<a href=\"/my%20db/1.sql\"><a href=\"1.sql\">", "http://host/my%20db/") == "1.sql");
    }
}

TEST_CASE("listings as HTML: broken off, empty, none", "[http]") {
    SECTION("broken off in a tag") {
        CHECK(listed("<title>Index of</title><a href=\"1.sql\"><a href=\"2.s") == "1.sql 2.s");
        CHECK(listed("<title>Index of</title><a").empty());
    }
    SECTION("empty, and no listing") {
        CHECK(listed("<h1>Index of /db/</h1><a href=\"../\">../</a>").empty());
        CHECK_THAT(listing_error("<html><a href=\"about\">About us</a>"),
                   StartsWith("source: https://host/db/ is a page, but lists no folder"));
    }
}

TEST_CASE("listings as JSON", "[http]") {
    const auto entries = [](const std::string& text) {
        return http::parse_page(text, address("http://host/db/"));
    };
    const auto nginx =
        entries(R"([{ "name":"sub", "type":"directory", "mtime":"Sat, 21 Nov 2026 05:00:00 GMT" },
        { "name":"1_ü.up.sql", "type":"file", "mtime":"Sat, 21 Nov 2026 05:00:00 GMT", "size":12 }])");
    CHECK(names(nginx) == "sub/ 1_ü.up.sql");
    CHECK(nginx[1].size == 12);
    CHECK(nginx[1].fingerprint == "Sat, 21 Nov 2026 05:00:00 GMT");
    CHECK(names(entries(R"([{"name":"sub/","size":4096,"url":"./sub/","is_dir":true},
        {"name":"1.sql","size":3,"url":"./1.sql","mod_time":"2026-11-21T05:00:00Z","is_dir":false}])")) ==
          "sub/ 1.sql");
    CHECK(entries("[]").empty());
    for (const char* bad :
         {"[1]", "{}", "[{\"name\":\"a\"}]", "[{\"name\":\"../a\",\"type\":\"file\"}]",
          "[{\"name\":\"\\u001b[2J\",\"type\":\"file\"}]", "[[[[[[[[[[[[]]]]]]]]]]]]", "[{", "[\"\xff\"]"}) {
        INFO(bad);
        const std::string error = error_of([&] { (void)entries(bad); });
        CHECK_THAT(error, StartsWith("source: http://host/db/ is "));
    }
}

namespace {

std::string manifest_error(const std::string& text) {
    return error_of([&] { (void)http::parse_manifest(text, "http://host/migrations.json"); });
}

std::string manifest_error(const std::string& name, const std::string& size, const std::string& hash) {
    return manifest_error(
        fmt::format(R"({{"files":[{{"name":{},"size":{},"sha256":"{}"}}]}})", name, size, hash));
}

}  // namespace

TEST_CASE("manifests", "[http]") {
    const std::map<std::string, std::string> files{{"1_a.up.sql", "x"}, {"2_\"ü\\.up.sql", ""}};
    const auto entries = http::parse_manifest(test::manifest_of(files), "http://host/migrations.json");
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].path == "1_a.up.sql");
    CHECK(entries[0].size == 1);
    CHECK(entries[0].fingerprint == sha256_hex("x"));
    CHECK(entries[1].path == "2_\"ü\\.up.sql");
}

TEST_CASE("manifests that are wrong", "[http]") {
    const std::string hash = sha256_hex("x");
    CHECK(manifest_error("\"a\"", "1", hash).empty());
    CHECK_THAT(manifest_error("\"../a\"", "1", hash),
               ContainsSubstring("file 1: \"name\" must be the name of a file"));
    CHECK_THAT(manifest_error("\"\"", "1", hash), ContainsSubstring("\"name\""));
    CHECK_THAT(manifest_error("7", "1", hash), ContainsSubstring("\"name\""));
    CHECK_THAT(manifest_error("\"a\"", "-1", hash), ContainsSubstring("\"size\""));
    CHECK_THAT(manifest_error("\"a\"", "1.5", hash), ContainsSubstring("\"size\""));
    CHECK_THAT(manifest_error("\"a\"", "1", "abc"), ContainsSubstring("\"sha256\" must be 64 hex digits"));
    CHECK_THAT(manifest_error("{}"), ContainsSubstring("has no list \"files\""));
    CHECK_THAT(manifest_error("[]"), ContainsSubstring("has no list \"files\""));
    CHECK_THAT(manifest_error("{\"files\":["), StartsWith("source: http://host/migrations.json is no JSON") &&
                                                   ContainsSubstring("godwit index DIR"));
    const auto twice = test::manifest_of({{"a", "x"}});
    CHECK_THAT(manifest_error("{\"files\":[" + twice.substr(12, twice.find("\n]}") - 12) + "," +
                              twice.substr(12, twice.find("\n]}") - 12) + "]}"),
               ContainsSubstring("names a twice"));
}

TEST_CASE("twenty thousand files are listed in one pass", "[http]") {
    std::vector<ManifestFile> files;
    files.reserve(20'000);
    std::string json = "[";
    std::string html = "<h1>Index of</h1>";
    for (int i = 0; i < 20'000; ++i) {
        files.push_back({fmt::format("{}_\\\"[{{.up.sql", i), 1, sha256_hex("x")});
        json += fmt::format(R"({}{{"name":"{}_a.up.sql","type":"file","size":1}})", i == 0 ? "" : ",", i);
        html += fmt::format("<a href=\"{}_a.up.sql\">x</a>", i);
    }
    const auto begun = std::chrono::steady_clock::now();
    CHECK(http::parse_manifest(manifest_json(files), "http://host/migrations.json").size() == 20'000);
    CHECK(http::parse_page(json + "]", address("http://host/db/")).size() == 20'000);
    CHECK(http::parse_page(html, address("http://host/db/")).size() == 20'000);
    // two seconds with sanitizers and none without; what is quadratic takes a minute
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}
