// The HTTP source against Debian's nginx, and Python's own server.
#include <iostream>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "contract/contract.hpp"
#include "godwit/contract/source_contract.hpp"
#include "http/http_source.hpp"
#include "nginx.hpp"
#include "sources.hpp"

using namespace godwit;
using test::error_of;

namespace {

std::unique_ptr<Source> open(const std::string& url, test::Environment environment = {}) {
    return http::open(Url::parse(url), test::source_options(std::move(environment)));
}

/// Null, with a loud line, where there is no nginx.
std::unique_ptr<test::Nginx> nginx_with_fixture() {
    if (!test::Nginx::installed()) {
        std::cerr << "SKIPPED: /usr/sbin/nginx is not installed\n";
        return nullptr;
    }
    auto nginx = std::make_unique<test::Nginx>();
    contract::write_fixture(nginx->files());
    return nginx;
}

std::map<std::string, std::string> fixture() {
    std::map<std::string, std::string> contents;
    for (const auto& file : contract::fixture_files())
        contents[file.name] = file.content;
    return contents;
}

std::string list_error(const std::string& url, test::Environment environment = {}) {
    return error_of([&] { (void)open(url, std::move(environment))->list(); });
}

}  // namespace

TEST_CASE("nginx: the source contract, by listing, JSON and manifest, plain and TLS", "[http]") {
    const auto nginx = nginx_with_fixture();
    if (!nginx) return;
    const std::string authority = "?x-ca-file=" + nginx->authority().string();
    std::string url;
    SECTION("listing") {
        url = nginx->plain("/html/");
    }
    SECTION("listing, without the last slash") {
        url = nginx->plain("/html");
    }
    SECTION("JSON listing") {
        url = nginx->plain("/json/");
    }
    SECTION("TLS, own authority") {
        url = nginx->tls("/html/") + authority;
    }
    SECTION("manifest, folder not listed") {
        test::write_file(nginx->files() / "migrations.json", test::manifest_of(fixture()));
        url = nginx->plain("/none/");
    }
    SECTION("manifest over TLS") {
        test::write_file(nginx->files() / "migrations.json", test::manifest_of(fixture()));
        url = nginx->tls("/none/") + authority;
    }
    contract::expect_kept(contract::run_source_contract([&] { return open(url); }));
}

TEST_CASE("nginx: sub-folders are listed, odd names are found", "[http]") {
    const auto nginx = nginx_with_fixture();
    if (!nginx) return;
    auto expected = fixture();
    for (const std::string name :
         {"8_a b&c.up.sql", "9_größe%20'\"<>.up.sql", "10_a:b+c;d,e.up.sql", "11_#?.up.sql"}) {
        test::write_file(nginx->files() / name, "SELECT '" + name + "'");
        expected[name] = "SELECT '" + name + "'";
    }
    std::filesystem::create_directory(nginx->files() / "sub folder");
    for (const std::string path : {"/html/", "/json/"}) {
        INFO(path);
        const auto source = open(nginx->plain(path));
        CHECK(test::read_all(*source) == expected);
        std::set<std::string> folders;
        for (const Entry& entry : source->list()) {
            if (entry.kind == EntryKind::Directory) folders.insert(entry.path);
        }
        CHECK(folders == std::set<std::string>{"sub folder"});
    }
}

TEST_CASE("nginx: many files come over few connections", "[http]") {
    const auto nginx = nginx_with_fixture();
    if (!nginx) return;
    for (int i = 100; i < 400; ++i)
        test::write_file(nginx->files() / fmt::format("{}_x.up.sql", i),
                         std::string(static_cast<std::size_t>(i), 'x'));
    const auto connections = [&](const std::string& url, std::size_t& requests) {
        const std::size_t before = nginx->access_log().size();
        CHECK(test::read_all(*open(url)).size() == 300 + contract::fixture_files().size());
        std::istringstream log(nginx->access_log().substr(before));
        std::set<std::string> numbers;
        std::string protocol;
        for (std::string number, rest; log >> number >> protocol && std::getline(log, rest); ++requests)
            numbers.insert(number);
        return std::pair(numbers.size(), protocol);
    };
    std::size_t requests = 0;
    const auto plain = connections(nginx->plain("/html/"), requests);
    CHECK(plain.first <= 6);
    CHECK(plain.second == "HTTP/1.1");
    CHECK(requests >= 300);
    const auto tls =
        connections(nginx->tls("/html/") + "?x-ca-file=" + nginx->authority().string(), requests);
    CHECK(tls.first == 1);
    CHECK(tls.second == "HTTP/2.0");
}

TEST_CASE("nginx: credentials", "[http]") {
    const auto nginx = nginx_with_fixture();
    if (!nginx) return;
    const auto works = [](const std::string& url, test::Environment environment = {}) {
        return test::read_all(*open(url, std::move(environment))) == fixture();
    };
    CHECK(works(nginx->plain("/private/", "anna:s3cret-pw")));
    CHECK_THAT(list_error(nginx->plain("/private/")),
               StartsWith("source: cannot read " + nginx->plain("/private/")) &&
                   ContainsSubstring("401 Unauthorized") && ContainsSubstring("https://USER:PASSWORD@host"));
    CHECK_THAT(list_error(nginx->plain("/private/", "anna:wrong-pw")),
               ContainsSubstring("401 Unauthorized | user or password in the URL are wrong") &&
                   !ContainsSubstring("wrong-pw"));

    CHECK(works(nginx->plain("/token/"), {{"GODWIT_HTTP_TOKEN", "s3cret-token"}}));
    CHECK(works(nginx->plain("/token/?x-bearer-env=DEPLOY_TOKEN"), {{"DEPLOY_TOKEN", "s3cret-token"}}));
    CHECK_THAT(list_error(nginx->plain("/token/"), {{"GODWIT_HTTP_TOKEN", "0ld-token"}}),
               ContainsSubstring("401 Unauthorized | the token is wrong") && !ContainsSubstring("0ld-token"));
    CHECK_THAT(list_error(nginx->plain("/token/?x-bearer-env=DEPLOY_TOKEN")),
               StartsWith("config: the environment variable DEPLOY_TOKEN is not set"));

    CHECK(works(nginx->plain("/key/?x-header=X-Api-Key:s3cret-key&x-header=X-Other:1")));
    CHECK_THAT(list_error(nginx->plain("/key/?x-header=X-Api-Key:0ther-key")),
               ContainsSubstring("403 Forbidden") && !ContainsSubstring("0ther-key"));
}

TEST_CASE("nginx: what cannot be listed or trusted", "[http]") {
    const auto nginx = nginx_with_fixture();
    if (!nginx) return;
    CHECK_THAT(list_error(nginx->plain("/none/")),
               ContainsSubstring("403 Forbidden") && ContainsSubstring("godwit index"));
    CHECK_THAT(list_error(nginx->plain("/nowhere/")), ContainsSubstring("404 Not Found"));
    CHECK_THAT(list_error(nginx->tls("/html/")), StartsWith("source: cannot read " + nginx->tls("/html/")) &&
                                                     ContainsSubstring("x-ca-file=FILE"));
    auto other_name = nginx->tls("/html/");
    other_name.replace(other_name.find("127.0.0.1"), 9, "localhost");
    CHECK_THAT(list_error(other_name + "?x-ca-file=" + nginx->authority().string()),
               StartsWith("source: cannot read https://localhost:") &&
                   ContainsSubstring("the certificate is for another name"));
    CHECK_THAT(list_error(nginx->plain("/html/?x-ca-file=/no/such.pem")),
               StartsWith("usage: ") && ContainsSubstring("there is no file /no/such.pem"));
    CHECK_THAT(list_error(nginx->tls("/downgrade/") + "?x-ca-file=" + nginx->authority().string()),
               ContainsSubstring("gives up the encryption"));
}

TEST_CASE("nginx: a file that changes between listing and reading", "[http]") {
    const auto nginx = nginx_with_fixture();
    if (!nginx) return;
    const auto read_after = [&](const std::string& url, const std::string& content) {
        const auto source = open(url);
        const auto entries = source->list();
        test::write_file(nginx->files() / "1_foobar.up.sql", content);
        return error_of([&] { source->read_many(entries, [](std::size_t, const std::string&) {}); });
    };
    SECTION("JSON: the size") {
        CHECK_THAT(read_after(nginx->plain("/json/"), "SELECT 1"), ContainsSubstring("8 bytes came"));
    }
    SECTION("JSON: the time") {
        std::filesystem::last_write_time(
            nginx->files() / "1_foobar.up.sql",
            std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
        const auto size = std::filesystem::file_size(nginx->files() / "1_foobar.up.sql");
        CHECK_THAT(read_after(nginx->plain("/json/"), std::string(size, 'x')),
                   ContainsSubstring("changed since it was listed"));
    }
    SECTION("manifest: the hash") {
        test::write_file(nginx->files() / "migrations.json", test::manifest_of(fixture()));
        const auto size = std::filesystem::file_size(nginx->files() / "1_foobar.up.sql");
        CHECK_THAT(read_after(nginx->plain("/none/"), std::string(size, 'x')),
                   ContainsSubstring("1_foobar.up.sql is not the file of the manifest: its SHA-256 differs"));
    }
}

TEST_CASE("python3 -m http.server: the source contract", "[http]") {
    const test::Folder folder;
    std::filesystem::create_directory(folder.path() / "files");
    contract::write_fixture(folder.path() / "files");
    const auto output = folder.path() / "output";
    test::Process python({"python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
                          (folder.path() / "files").string()},
                         output);
    const std::string line = test::wait_for_line(" port ", python, output);
    const auto port = std::stoul(line.substr(line.find(" port ") + 6));
    contract::expect_kept(
        contract::run_source_contract([&] { return open(fmt::format("http://127.0.0.1:{}/", port)); }));
}
