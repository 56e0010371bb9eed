// Where plugins are found, and what is said where none is.
#include "modules.hpp"

using namespace godwit;
using test::Folder;
using test::only;
using test::put;
using test::refusal;

namespace fs = std::filesystem;

namespace {

fs::path make(const fs::path& folder) {
    fs::create_directories(folder);
    return folder;
}

const std::string kAbi = std::to_string(kPluginAbi);

}  // namespace

TEST_CASE("a plugin is found by name, by scheme and by file", "[plugins]") {
    const Folder folder;
    const fs::path file = put(folder.path(), "good");
    const auto options = only(folder.path());
    CHECK(test::open_source(options, "shelf:x")->describe() == "empty:");
    CHECK(test::open_source(options, "shelf+x:x")->describe() == "empty:");
    SearchOptions by_file;
    by_file.files = {file};
    CHECK(test::open_source(by_file, "shelf:x")->describe() == "empty:");
}

TEST_CASE("places are searched in order", "[plugins]") {
    const Folder root;
    SearchOptions options;
    options.executable_directory = make(root.path() / "bin");
    options.library_directory = root.path() / "elsewhere";
    options.user_directory = root.path() / "data";
    const fs::path user = make(root.path() / "data/godwit" / kAbi);
    put(user, "throws_error");
    CHECK_THAT(refusal(options).message, ContainsSubstring("no source plugin for 'shelf:'"));
    options.user_plugins = true;
    CHECK_THAT(refusal(options).message, ContainsSubstring("is empty"));

    put(make(root.path() / "elsewhere/godwit" / kAbi), "opens_nothing");
    CHECK_THAT(refusal(options).message, ContainsSubstring("opened nothing"));
    put(make(root.path() / "lib/godwit" / kAbi), "throws_number");
    CHECK_THAT(refusal(options).message, ContainsSubstring("unknown type"));
    put(make(root.path() / "path"), "throws_standard");
    options.path_list = (root.path() / "path").string();
    CHECK_THAT(refusal(options).message, ContainsSubstring("no luck"));
    options.files = {put(make(root.path() / "files"), "good")};
    CHECK(test::open_source(options, "shelf:x") != nullptr);
}

TEST_CASE("a file is loaded once, whatever the way to it", "[plugins]") {
    const Folder root;
    const fs::path first = make(root.path() / "first");
    put(first, "good");
    fs::create_directory_symlink(first, root.path() / "second");
    const test::Trace trace;
    const auto one = test::open_source(only(first), "shelf:x");
    const auto two = test::open_source(only(root.path() / "second"), "shelf:x");
    const auto three = test::open_source(only(first), "shelf+x:x");
    CHECK(trace.content() == "loaded\n");
}

TEST_CASE("not found names every place and why", "[plugins]") {
    const Folder folder;
    auto options = only(folder.path());
    options.path_list += ":" + (folder.path() / "missing").string();
    put(folder.path(), "no_section");
    put(folder.path(), "good", "godwit-source-board.so");  // calls itself shelf

    const ErrorInfo error = refusal(options, "bord:x");
    CHECK(error.code == Errc::Plugin);
    CHECK_THAT(error.message, ContainsSubstring("no source plugin for 'bord:'"));
    CHECK_THAT(error.message, ContainsSubstring("known schemes: embedded file http https"));
    CHECK_THAT(error.message, ContainsSubstring(folder.path().string() + " (no godwit-source-bord.so)"));
    CHECK_THAT(error.message, ContainsSubstring((folder.path() / "missing").string() + " (no such folder)"));
    CHECK_THAT(error.message, ContainsSubstring("has no section 'godwit'"));
    CHECK_THAT(error.message, ContainsSubstring("its file name says source 'board'"));
    CHECK_THAT(error.hint, ContainsSubstring("godwit-source-bord"));
}

TEST_CASE("a mistyped scheme gets a suggestion, a missing stock plugin its package", "[plugins]") {
    const Folder folder;
    const PluginRegistry registry(only(folder.path()));
    const auto hint = [&](const std::string& url) {
        try {
            const auto driver = registry.open_driver(Url::parse(url), {});
        } catch (const Error& error) {
            CHECK(error.code() == Errc::Plugin);
            CHECK_THAT(error.info().message, !ContainsSubstring("s3cret"));
            return error.info().hint;
        }
        return std::string("opened");
    };
    CHECK_THAT(hint("postgrse://u:s3cret@h/d"), ContainsSubstring("did you mean postgres:"));
    CHECK_THAT(hint("pgx5://u:s3cret@h/d"), ContainsSubstring("godwit-driver-postgresql"));
    CHECK_THAT(hint("mariadb://u:s3cret@h/d"), ContainsSubstring("godwit-driver-mysql"));
    CHECK_THAT(hint("sqlite3://u:s3cret@h/d"), ContainsSubstring("godwit-driver-sqlite"));
}

TEST_CASE("a scheme never becomes a path", "[plugins]") {
    const Folder folder;
    put(folder.path(), "good");
    for (const char* url : {"../../shelf:x", "..:x", "shelf/../shelf:x", "SHELF\n:x", "1shelf:x"}) {
        INFO(url);
        ErrorInfo error;
        try {
            const auto source = test::open_source(only(folder.path()), url);
            FAIL("opened");
        } catch (const Error& caught) {
            error = caught.info();
        }
        CHECK(error.code == Errc::Usage);
    }
}

TEST_CASE("embedded://NAME is the plugin NAME, else the plugin embedded", "[plugins]") {
    const Folder folder;
    put(folder.path(), "good");
    // shelf does not list the scheme, and no plugin is called embedded
    const ErrorInfo error = refusal(only(folder.path()), "embedded://shelf");
    CHECK(error.code == Errc::Plugin);
    CHECK_THAT(error.message, ContainsSubstring("no source plugin for 'embedded:'"));
}

TEST_CASE("the list tells everything there is without running it", "[plugins]") {
    const Folder root;
    const fs::path first = make(root.path() / "first");
    const fs::path second = make(root.path() / "second");
    const fs::path good = put(first, "good");
    put(second, "good");
    put(second, "no_section", "godwit-driver-broken.so");
    test::write(second / "README", "not a plugin");
    SearchOptions options;
    options.path_list = first.string() + ":" + second.string() + ":" + (root.path() / "missing").string();
    const test::Trace trace;
    const auto reports = PluginRegistry(options).list();
    REQUIRE(reports.size() == 3);
    CHECK(reports[0].kind == PluginKind::Driver);
    CHECK(reports[0].name == "broken");
    CHECK_THAT(reports[0].refused, ContainsSubstring("has no section"));
    CHECK(reports[1].name == "shelf");
    CHECK(reports[1].schemes == std::vector<std::string>{"shelf", "shelf+x"});
    CHECK(reports[1].version == "1.0.0");
    CHECK(reports[1].summary == "A shelf for tests");
    CHECK(reports[1].file == fs::canonical(good).string());
    CHECK(reports[1].refused.empty());
    CHECK_THAT(reports[2].refused, ContainsSubstring("hidden by " + reports[1].file));
    CHECK(trace.content().empty());
}

TEST_CASE("the process's surroundings", "[plugins]") {
    ::setenv("GODWIT_PLUGIN_PATH", "/opt/godwit", 1);
    ::setenv("XDG_DATA_HOME", "/home/someone/data", 1);
    const auto options = SearchOptions::from_process();
    ::unsetenv("GODWIT_PLUGIN_PATH");
    ::unsetenv("XDG_DATA_HOME");
    CHECK(options.path_list == "/opt/godwit");
    CHECK(options.user_directory == "/home/someone/data");
    CHECK_FALSE(options.user_plugins);
    CHECK(fs::exists(options.executable_directory / "godwit_plugin_tests"));
    CHECK(options.library_directory.is_absolute());
}
