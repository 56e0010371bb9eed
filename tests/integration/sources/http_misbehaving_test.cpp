// The HTTP source against a server that misbehaves (misbehaving.py): nothing is taken for whole that is not.
#include <chrono>

#include "catch.hpp"
#include "http/http_source.hpp"
#include "plugins/folder.hpp"
#include "process.hpp"
#include "sources.hpp"

using namespace godwit;
using test::error_of;

namespace {

/// One server for all cases of the program; its counters go by path, so each case has paths of its own.
class Server {
  public:
    Server()
        : process_({"python3", "-u", GODWIT_SOURCE_DIR "/tests/integration/sources/misbehaving.py",
                    folder_.path().string()},
                   output()) {
        port_ = test::wait_for_line("port ", process_, output()).substr(5);
    }

    [[nodiscard]] std::string url(const std::string& path, const std::string& user = {}) const {
        return fmt::format("http://{}127.0.0.1:{}/{}", user.empty() ? "" : user + "@", port_, path);
    }
    [[nodiscard]] std::unique_ptr<Source> open(const std::string& path, const std::string& user = {}) const {
        auto settings = http::read_settings(Url::parse(url(path, user)), test::source_options());
        settings.first_pause = Milliseconds(30);
        return http::open(std::move(settings));
    }
    /// The error of listing and reading everything.
    [[nodiscard]] std::string error(const std::string& path, const std::string& user = {}) const {
        return error_of([&] { (void)test::read_all(*open(path, user)); });
    }

  private:
    [[nodiscard]] std::filesystem::path output() const { return folder_.path() / "output"; }

    test::Folder folder_;
    test::Process process_;
    std::string port_;
};

}  // namespace

TEST_CASE("a server that cuts connections", "[http]") {
    const Server server;
    CHECK(server.error("good/").empty());
    CHECK_THAT(server.error("cut/"), StartsWith("source: cannot read " + server.url("cut/1_a.")) &&
                                         ContainsSubstring("tried 4 times"));
    CHECK_THAT(server.error("cut-chunked/"),
               StartsWith("source: cannot read " + server.url("cut-chunked/1_a.")));
    CHECK_THAT(server.error("cut-listing/"), StartsWith("source: cannot read " + server.url("cut-listing/")));
    CHECK(server.error("cut-once/").empty());
    CHECK(server.error("reset/").empty());
}

TEST_CASE("a server that lies about lengths", "[http]") {
    const Server server;
    for (const char* path : {"short/", "short-kept/", "short-closed/"}) {
        // another request on that connection may find the rest first, and takes it for its answer
        CHECK_THAT(server.error(path), ContainsSubstring("sent more than the length it had announced") ||
                                           ContainsSubstring("length was announced too short"));
    }
    CHECK_THAT(server.error("short-manifest/"),
               StartsWith("source: ") && ContainsSubstring("short-manifest/1_a."));
    CHECK_THAT(server.error("no-length/"), ContainsSubstring("does not say how long it is"));
    CHECK(server.error("no-length-manifest/").empty());
    CHECK_THAT(server.error("encoded/"), ContainsSubstring("encoded as gzip"));
    CHECK_THAT(server.error("endless/?x-max-size=1MB"),
               ContainsSubstring("is larger than 1048576 bytes | allow more with x-max-size"));
}

TEST_CASE("a server whose files are not those it listed", "[http]") {
    const Server server;
    CHECK_THAT(
        server.error("wrong-hash/"),
        ContainsSubstring("wrong-hash/1_a.up.sql is not the file of the manifest: its SHA-256 differs"));
    CHECK_THAT(server.error("wrong-size/"),
               ContainsSubstring("wrong-size/1_a.up.sql: 1001 bytes came, 1000 were listed"));
    CHECK_THAT(server.error("changing/"), ContainsSubstring("changed while they were read"));
    const auto by_manifest = server.open("changing/?again");
    const auto entries = by_manifest->list();
    CHECK(by_manifest->read(entries.at(0)).size() == entries.at(0).size);  // its hash says that it is the one
    CHECK_THAT(server.error("changing-page/"), ContainsSubstring("changed while they were read"));
    CHECK_THAT(server.error("vanished/"),
               ContainsSubstring("vanished/1_a.up.sql was listed, and is not there: 404"));
}

TEST_CASE("a server that has trouble", "[http]") {
    const Server server;
    CHECK(server.error("flaky/").empty());
    CHECK_THAT(server.error("down/"), StartsWith("source: cannot read " + server.url("down/migrations.json") +
                                                 ": 503 Service Unavailable (tried 4 times)") &&
                                          !ContainsSubstring("hunter2"));
    CHECK_THAT(server.error("broken-file/"),
               ContainsSubstring("broken-file/1_a.up.sql: 500 Internal Server Error"));
    CHECK_THAT(
        server.error("silent/?x-timeout=1s"),
        StartsWith("source: cannot read " + server.url("silent/")) && ContainsSubstring("x-timeout=2m"));
}

TEST_CASE("a slow server is waited for while something comes", "[http]") {
    const Server server;
    // 60 files of 0.4 s over 6 connections: the last ones wait longer than the time-out for their turn
    CHECK(server.error("slow/?x-timeout=3s").empty());
}

TEST_CASE("how often and when a client comes back", "[http]") {
    const Server server;
    auto settings = http::read_settings(Url::parse(server.url("down/")), test::source_options());
    settings.first_pause = Milliseconds(100);
    const auto begun = std::chrono::steady_clock::now();
    CHECK_THAT(error_of([&] { (void)http::open(settings)->list(); }), ContainsSubstring("tried 4 times"));
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(took >= std::chrono::milliseconds(3 * (100 + 200 + 400) / 4));
    CHECK(took < std::chrono::seconds(3));
}

TEST_CASE("a listing without end", "[http]") {
    const Server server;
    CHECK_THAT(
        server.error("endless-listing/"),
        ContainsSubstring("endless-listing/ is larger than 67108864 bytes | no listing is that large"));
}

TEST_CASE("a server that asks to wait", "[http]") {
    const Server server;
    const auto begun = std::chrono::steady_clock::now();
    CHECK(server.error("busy/").empty());
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(900));
    CHECK(server.error("busy-until/").empty());
    const auto second = std::chrono::steady_clock::now();
    CHECK_THAT(server.error("busy-long/"),
               ContainsSubstring("429 Too Many Requests; the server asks to wait 3600 s"));
    CHECK(std::chrono::steady_clock::now() - second < std::chrono::seconds(5));
}

TEST_CASE("redirects", "[http]") {
    const Server server;
    CHECK(server.error("moved/").empty());
    CHECK(server.error("moved/", "anna:pw-1").empty());
    CHECK(server.error("elsewhere/").empty());
    CHECK_THAT(server.error("elsewhere/", "anna:pw-1"), ContainsSubstring("redirects to http://localhost:") &&
                                                            ContainsSubstring("credentials for one host") &&
                                                            !ContainsSubstring("pw-1"));
    CHECK_THAT(server.error("elsewhere/?x-header=X-Key:abc-1"),
               ContainsSubstring("credentials for one host"));
    CHECK_THAT(server.error("loop/"), ContainsSubstring("redirects more than 5 times"));
    CHECK_THAT(server.error("to-file/"), StartsWith("source: ") && ContainsSubstring("redirect"));
}

TEST_CASE("pages that list no folder", "[http]") {
    const Server server;
    CHECK_THAT(server.error("application/"),
               ContainsSubstring("is a page, but lists no folder") && ContainsSubstring("godwit index"));
    CHECK_THAT(server.error("application-all/"), ContainsSubstring("migrations.json is no JSON"));
    CHECK_THAT(server.error("unknown/"), ContainsSubstring("unknown/: 404 Not Found"));
}

TEST_CASE("nobody there", "[http]") {
    const auto error = [](const std::string& url) {
        return error_of([&] { (void)http::open(Url::parse(url), test::source_options())->list(); });
    };
    CHECK_THAT(error(fmt::format("http://127.0.0.1:{}/x/?x-timeout=1s", test::free_port())),
               StartsWith("source: cannot read http://127.0.0.1:"));
    CHECK_THAT(error("http://no-such-host.invalid/x/?sig=s3cret"),
               StartsWith("source: cannot read http://no-such-host.invalid/x/migrations.json") &&
                   ContainsSubstring("typing error in the host") && !ContainsSubstring("s3cret"));
}
