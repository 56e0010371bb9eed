#include "filesystem/filesystem_source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "catch.hpp"
#include "filesystem/pages_ahead.hpp"
#include "plugins/folder.hpp"
#include "sources.hpp"

using namespace godwit;
using test::error_of;

namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& url) {
    return filesystem::folder_of(Url::parse(url), "/srv/app").string();
}

void write(const fs::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
}

std::map<std::string, Entry> listing(filesystem::FilesystemSource& source) {
    std::map<std::string, Entry> entries;
    for (Entry& entry : source.list())
        entries.emplace(entry.path, entry);
    return entries;
}

}  // namespace

TEST_CASE("the folder of a file URL", "[filesystem]") {
    CHECK(folder_of("file:///abs/dir") == "/abs/dir");
    CHECK(folder_of("file:///") == "/");
    CHECK(folder_of("file://rel/dir") == "/srv/app/rel/dir");
    CHECK(folder_of("file://./x") == "/srv/app/x");
    CHECK(folder_of("file://../x") == "/srv/x");
    CHECK(folder_of("file:opaque") == "/srv/app/opaque");
    CHECK(folder_of("file:/abs") == "/abs");
    CHECK(folder_of("file://") == "/srv/app/");
    CHECK(folder_of("file:") == "/srv/app/");
    CHECK(folder_of("FILE://rel") == "/srv/app/rel");
    CHECK(folder_of("file://rel?x=1#y") == "/srv/app/rel");
    CHECK(folder_of("file:///my%20dir%25") == "/my dir%");
    CHECK(folder_of("file:my%20dir") == "/srv/app/my%20dir");
    CHECK_THAT(error_of([] { folder_of("file:///a%zz"); }),
               StartsWith("usage: bad percent-encoding in the path"));
    CHECK_THAT(error_of([] { folder_of("file:///a%00b"); }),
               StartsWith("usage: ") && ContainsSubstring("NUL"));
}

TEST_CASE("a folder that cannot be listed", "[filesystem]") {
    const test::Folder folder;
    const auto error = [&](const char* name) {
        return error_of([&] { (void)filesystem::FilesystemSource(folder.path() / name).list(); });
    };
    CHECK_THAT(error("missing"),
               StartsWith("source: cannot open the migrations folder " + folder.path().string()) &&
                   ContainsSubstring("No such file or directory") && ContainsSubstring("--path DIR") &&
                   ContainsSubstring("godwit init"));
    write(folder.path() / "file", "");
    CHECK_THAT(error("file"), ContainsSubstring("Not a directory"));
    fs::create_directory(folder.path() / "empty");
    CHECK(filesystem::FilesystemSource(folder.path() / "empty").list().empty());
}

TEST_CASE("kinds of entries", "[filesystem]") {
    const test::Folder folder;
    write(folder.path() / "1_a.up.sql", "one");
    fs::create_directory(folder.path() / "common");
    write(folder.path() / "common" / "2_b.up.sql", "two");
    fs::create_symlink("common/2_b.up.sql", folder.path() / "2_b.up.sql");
    fs::create_directory_symlink("common", folder.path() / "shared");
    fs::create_directory_symlink("common", folder.path() / "..data");
    fs::create_directory_symlink("common", folder.path() / "3_c.up.sql");
    fs::create_symlink("nowhere", folder.path() / "4_d.up.sql");
    REQUIRE(::mkfifo((folder.path() / "5_e.up.sql").c_str(), 0600) == 0);
    filesystem::FilesystemSource source(folder.path());
    auto entries = listing(source);
    CHECK(entries.size() == 8);
    CHECK(entries["1_a.up.sql"].kind == EntryKind::File);
    CHECK(entries["common"].kind == EntryKind::Directory);
    CHECK(entries["shared"].kind == EntryKind::Directory);
    CHECK(entries["..data"].kind == EntryKind::Directory);
    CHECK(entries["2_b.up.sql"].kind == EntryKind::File);
    CHECK(entries["2_b.up.sql"].size == 3);
    CHECK(entries["5_e.up.sql"].kind == EntryKind::Other);
    CHECK(source.read(entries["1_a.up.sql"]) == "one");
    CHECK(source.read(entries["2_b.up.sql"]) == "two");
    CHECK(source.local_path(entries["1_a.up.sql"]) == folder.path() / "1_a.up.sql");

    const auto error = [&](const char* name) { return error_of([&] { (void)source.read(entries[name]); }); };
    CHECK(entries["3_c.up.sql"].kind == EntryKind::File);
    CHECK_THAT(error("3_c.up.sql"), ContainsSubstring("3_c.up.sql: Is a directory"));
    CHECK(entries["4_d.up.sql"].kind == EntryKind::File);
    CHECK_THAT(error("4_d.up.sql"),
               ContainsSubstring("4_d.up.sql: No such file") && ContainsSubstring("symbolic link"));
    CHECK_THAT(error("5_e.up.sql"), ContainsSubstring("5_e.up.sql is no regular file"));
}

TEST_CASE("a ConfigMap that is replaced between listing and reading", "[filesystem]") {
    const test::Folder folder;
    const auto version = [&](const std::string& name, const std::string& content) {
        fs::create_directory(folder.path() / name);
        write(folder.path() / name / "1_a.up.sql", content);
        fs::create_directory_symlink(name, folder.path() / "..data.new");
        fs::rename(folder.path() / "..data.new", folder.path() / "..data");
    };
    version("..2026_1", "old");
    fs::create_symlink("..data/1_a.up.sql", folder.path() / "1_a.up.sql");
    filesystem::FilesystemSource source(folder.path());
    auto entries = listing(source);
    CHECK(source.read(entries["1_a.up.sql"]) == "old");
    version("..2026_2", "new");
    CHECK_THAT(error_of([&] { (void)source.read(entries["1_a.up.sql"]); }),
               StartsWith("source: 1_a.up.sql changed since the folder was listed"));
    entries = listing(source);
    CHECK(source.read(entries["1_a.up.sql"]) == "new");
}

TEST_CASE("the folder stays the one that was opened", "[filesystem]") {
    const test::Folder folder;
    fs::create_directory(folder.path() / "m");
    write(folder.path() / "m" / "1_a.up.sql", "mine");
    filesystem::FilesystemSource source(folder.path() / "m");
    const auto entries = source.list();
    fs::rename(folder.path() / "m", folder.path() / "old");
    fs::create_directory(folder.path() / "m");
    write(folder.path() / "m" / "1_a.up.sql", "another's");
    CHECK(source.read(entries.at(0)) == "mine");
}

TEST_CASE("an unreadable file", "[filesystem]") {
    const test::Folder folder;
    write(folder.path() / "1_a.up.sql", "x");
    fs::permissions(folder.path() / "1_a.up.sql", fs::perms::none);
    filesystem::FilesystemSource source(folder.path());
    const auto entries = source.list();
    if (::geteuid() == 0) return;  // nothing is unreadable for root
    CHECK_THAT(error_of([&] { (void)source.read(entries.at(0)); }),
               StartsWith("source: cannot open 1_a.up.sql: Permission denied"));
}

TEST_CASE("large and odd contents come back as they are", "[filesystem]") {
    const test::Folder folder;
    std::string large(3'000'000, 'x');
    large[1'000'000] = '\0';
    write(folder.path() / "1_a.up.sql", large);
    write(folder.path() / "1_a.down.sql", "");
    filesystem::FilesystemSource source(folder.path());
    auto contents = test::read_all(source);
    CHECK(contents["1_a.up.sql"] == large);
    CHECK(contents["1_a.down.sql"].empty());
    Entry outside{.path = "../etc"};
    CHECK_THAT(error_of([&] { (void)source.read(outside); }),
               StartsWith("source: '../etc' is no file of file://"));
}

TEST_CASE("the pages of a large file's memory come before its bytes", "[filesystem]") {
    const test::Folder folder;
    std::string content;
    while (content.size() < 9'500'000)
        content += std::to_string(content.size()) + '\n';
    for (const std::size_t size : {4'194'303U, 4'194'304U, 4'194'305U, 4'198'401U, 9'437'184U, 9'500'000U}) {
        CAPTURE(size);
        write(folder.path() / "1_a.up.sql", content.substr(0, size));
        filesystem::FilesystemSource source(folder.path());
        CHECK(source.read({.path = "1_a.up.sql"}) == std::string_view(content).substr(0, size));
    }
}

TEST_CASE("fetching pages leaves what is in them", "[filesystem]") {
    std::string memory(9'500'000, 'x');
    { const filesystem::PagesAhead pages(memory.data() + 1, memory.size() - 2); }
    { const filesystem::PagesAhead pages(memory.data(), 1); }
    CHECK(memory == std::string(9'500'000, 'x'));
}
