// Archives: what is taken, and what is refused.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/ranges.h>

#include <set>

#include "catch.hpp"
#include "contract/contract.hpp"
#include "godwit/contract/source_contract.hpp"
#include "http/http_source.hpp"
#include "plugins/folder.hpp"
#include "process.hpp"
#include "sources.hpp"

using namespace godwit;
using test::error_of;

namespace {

struct Member {
    std::string name;
    std::string content;
    unsigned type = AE_IFREG;
    std::string link{};
};

enum class Packing { Tar, TarGz, Zip };

std::string pack(Packing packing, const std::vector<Member>& members) {
    struct archive* const handle = archive_write_new();
    if (packing == Packing::Zip) {
        archive_write_set_format_zip(handle);
    } else {
        archive_write_set_format_pax_restricted(handle);
        if (packing == Packing::TarGz) archive_write_add_filter_gzip(handle);
    }
    std::string bytes(64 << 20, '\0');
    std::size_t used = 0;
    REQUIRE(archive_write_open_memory(handle, bytes.data(), bytes.size(), &used) == ARCHIVE_OK);
    for (const Member& member : members) {
        struct archive_entry* const entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.name.c_str());
        archive_entry_set_filetype(entry, member.type);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
        if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.link.c_str());
        if (member.type == AE_IFREG && !member.link.empty())
            archive_entry_set_hardlink(entry, member.link.c_str());
        REQUIRE(archive_write_header(handle, entry) == ARCHIVE_OK);
        archive_write_data(handle, member.content.data(), member.content.size());
        archive_entry_free(entry);
    }
    archive_write_close(handle);
    archive_write_free(handle);
    bytes.resize(used);
    return bytes;
}

http::Unpacked unpack(const std::string& bytes, const std::string& folder = {},
                      std::uint64_t limit = 64 << 20) {
    return http::unpack(bytes, folder, {limit}, "https://host/m.tgz");
}

std::string unpack_error(const std::string& bytes, const std::string& folder = {},
                         std::uint64_t limit = 64 << 20) {
    return error_of([&] { (void)unpack(bytes, folder, limit); });
}

std::string files_of(const http::Unpacked& unpacked) {
    std::set<std::string> names;
    for (const Entry& entry : unpacked.entries)
        names.insert(entry.path + (entry.kind == EntryKind::Directory ? "/" : ""));
    return fmt::format("{}", fmt::join(names, " "));
}

const std::vector<Member> kPair{{"1_a.up.sql", "CREATE TABLE a (id int);"},
                                {"1_a.down.sql", "DROP TABLE a;"}};

}  // namespace

TEST_CASE("tar, tar.gz and zip", "[http]") {
    for (const auto packing : {Packing::Tar, Packing::TarGz, Packing::Zip}) {
        const auto unpacked = unpack(pack(packing, kPair));
        CHECK(files_of(unpacked) == "1_a.down.sql 1_a.up.sql");
        CHECK(unpacked.contents.at("1_a.up.sql") == "CREATE TABLE a (id int);");
        CHECK(unpacked.entries.at(0).size == unpacked.contents.at(unpacked.entries.at(0).path).size());
    }
}

TEST_CASE("which folder of an archive", "[http]") {
    const auto deep = pack(Packing::TarGz, {{"shop-1.2/", "", AE_IFDIR}, {"shop-1.2/db/1_a.up.sql", "x"}});
    CHECK(files_of(unpack(deep)) == "1_a.up.sql");
    CHECK(files_of(unpack(deep, ".")) == "shop-1.2/");
    const auto repository =
        pack(Packing::Zip, {{"./README.md", "x"}, {"./db/migrations/1_a.up.sql", "x"}, {"src/main.c", ""}});
    CHECK(files_of(unpack(repository)) == "README.md db/ src/");
    CHECK(files_of(unpack(repository, "db/migrations")) == "1_a.up.sql");
    CHECK_THAT(unpack_error(repository, "database"),
               StartsWith("source: https://host/m.tgz: the archive has no folder 'database'") &&
                   ContainsSubstring("db, src"));
    CHECK(unpack(pack(Packing::TarGz, {})).entries.empty());
}

TEST_CASE("names that the locale cannot show", "[http]") {
    // made by Python: libarchive itself writes no such name in the C locale
    constexpr const char* kMake = R"(
import io, sys, tarfile, zipfile
name, folder = "1_gr\u00f6\u00dfe.up.sql", sys.argv[1]
for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
    with tarfile.open(f"{folder}/{form}", "w", format=form) as archive:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
with zipfile.ZipFile(f"{folder}/zip", "w") as archive:
    archive.writestr(name, "x")
)";
    const test::Folder folder;
    test::run({"python3", "-c", kMake, folder.path().string()}, folder.path() / "output");
    for (const char* name : {"0", "1", "2", "zip"}) {
        INFO(name);
        CHECK(files_of(unpack(test::read_file(folder.path() / name))) == "1_größe.up.sql");
    }
}

TEST_CASE("archives that are refused", "[http]") {
    const auto packing = GENERATE(Packing::Tar, Packing::TarGz, Packing::Zip);
    INFO(static_cast<int>(packing));
    const auto error = [&](const Member& member) { return unpack_error(pack(packing, {kPair[0], member})); };
    CHECK_THAT(error({"../evil.sql", "x"}),
               ContainsSubstring("'../evil.sql': a path that leads out of the archive"));
    CHECK_THAT(error({"a/../../evil.sql", "x"}), ContainsSubstring("leads out of the archive"));
    CHECK_THAT(error({"/etc/evil.sql", "x"}), ContainsSubstring("'/etc/evil.sql': an absolute path"));
    CHECK_THAT(error({"a\\..\\evil.sql", "x"}),
               ContainsSubstring(packing == Packing::Zip ? "leads out of the archive"  // it is a '/' there
                                                         : "a backslash in the name"));
    CHECK_THAT(error({std::string(2000, 'x'), ""}),
               ContainsSubstring("xxx…': a name of more than 1024 bytes"));
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "a/";
    CHECK_THAT(error({deep + "1_a.up.sql", ""}), ContainsSubstring("more than 32 folders deep"));
    CHECK_THAT(error({"2_\x1b[2J\n.up.sql", ""}),
               ContainsSubstring("'2_%1B[2J%0A.up.sql': a control character in the name"));
    CHECK_THAT(error({"2_b.up.sql", "", AE_IFLNK, "/etc/passwd"}), ContainsSubstring("'2_b.up.sql': a link"));
    if (packing != Packing::Zip) {  // a zip has neither
        CHECK_THAT(error({"2_b.up.sql", "", AE_IFREG, "1_a.up.sql"}),
                   ContainsSubstring("'2_b.up.sql': a link"));
        CHECK_THAT(error({"2_b.up.sql", "", AE_IFIFO}), ContainsSubstring("'2_b.up.sql': no regular file"));
    }
    CHECK_THAT(error({"./1_a.up.sql", "other"}), ContainsSubstring("'1_a.up.sql': there twice"));
    CHECK_THAT(error({"1_a.up.sql", "", AE_IFLNK, "/etc/passwd"}),
               ContainsSubstring("'1_a.up.sql': there twice"));
}

TEST_CASE("links and devices in another folder of an archive are nobody's concern", "[http]") {
    const auto repository = pack(Packing::TarGz, {{"shop/latest", "", AE_IFLNK, "db"},
                                                  {"shop/pipe", "", AE_IFIFO},
                                                  {"shop/db/1_a.up.sql", "x"},
                                                  {"shop/bad/2_b.up.sql", "", AE_IFLNK, "1_a.up.sql"}});
    CHECK(files_of(unpack(repository, "shop/db")) == "1_a.up.sql");
    CHECK_THAT(unpack_error(repository, "shop/bad"), ContainsSubstring("'shop/bad/2_b.up.sql': a link"));
    CHECK_THAT(unpack_error(repository), ContainsSubstring("'shop/latest': a link"));
}

namespace {

/// What libarchive and tar do not write: made by Python.
std::string make(const std::string& script, const std::string& name) {
    const test::Folder folder;
    test::run({"python3", "-c", script, (folder.path() / name).string()}, folder.path() / "output");
    return test::read_file(folder.path() / name);
}

}  // namespace

TEST_CASE("archives of a few bytes with names of many", "[http]") {
    constexpr const char* kDeepName = R"(
import sys, tarfile
with tarfile.open(sys.argv[1], "w:gz", format=tarfile.PAX_FORMAT) as archive:
    archive.addfile(tarfile.TarInfo("a/" * 200000 + "1_a.up.sql"))
)";
    const auto one = make(kDeepName, "m.tar.gz");
    REQUIRE(one.size() < 10'000);
    CHECK_THAT(unpack_error(one), ContainsSubstring("a name of more than 1024 bytes"));
    std::vector<Member> members;
    members.reserve(1000);
    for (int i = 0; i < 1000; ++i)
        members.push_back({fmt::format("{}/{}/1_a.up.sql", i, std::string(900, 'a')), ""});
    const auto many = pack(Packing::TarGz, members);
    CHECK(unpack_error(many).empty());
    CHECK_THAT(unpack_error(many, "", 1 << 20), ContainsSubstring("unpacks to more than 1048576 bytes"));
}

TEST_CASE("a sparse file of an archive", "[http]") {
    constexpr const char* kSparse = R"(
import os, subprocess, sys
folder = os.path.dirname(sys.argv[1])
with open(folder + "/1_a.up.sql", "wb") as file:
    file.write(b"SELECT 1;")
    file.truncate(3 << 20)
subprocess.check_call(["tar", "-C", folder, "--sparse", "--format=gnu", "-cf", sys.argv[1], "1_a.up.sql"])
)";
    const auto sparse = make(kSparse, "m.tar");
    REQUIRE(sparse.size() < 100'000);
    CHECK(unpack(sparse).contents.at("1_a.up.sql") == "SELECT 1;" + std::string((3 << 20) - 9, '\0'));
    CHECK_THAT(unpack_error(sparse, "", 1 << 20), ContainsSubstring("unpacks to more than 1048576 bytes"));
}

TEST_CASE("archives that are cut or damaged", "[http]") {
    std::vector<Member> members = kPair;
    for (int i = 2; i < 40; ++i)
        members.push_back(
            {fmt::format("{}_x.up.sql", i), std::string(1000, static_cast<char>('a' + i % 26))});
    for (const auto packing : {Packing::Tar, Packing::TarGz, Packing::Zip}) {
        const std::string bytes = pack(packing, members);
        for (std::size_t length = 0; length + 1024 < bytes.size(); length += 512) {
            INFO(static_cast<int>(packing) << " cut at " << length << " of " << bytes.size());
            CHECK_THAT(unpack_error(bytes.substr(0, length)), StartsWith("source: https://host/m.tgz: "));
        }
    }
    std::string zip = pack(Packing::Zip, {{"1_a.up.sql", std::string(100, 'x') + "SELECT"}});
    zip[zip.find("1_a.up.sql") + 40] ^= 1;
    CHECK_THAT(unpack_error(zip), ContainsSubstring("cannot be unpacked"));
    CHECK_THAT(unpack_error("<html>not found</html>"), ContainsSubstring("cannot be unpacked"));
    CHECK_THAT(unpack_error(""), ContainsSubstring("https://host/m.tgz"));
}

TEST_CASE("archives that unpack to too much", "[http]") {
    const auto bomb = pack(Packing::TarGz, {{"1_a.up.sql", std::string(40 << 20, '\0')}});
    REQUIRE(bomb.size() < 100'000);
    CHECK_THAT(unpack_error(bomb), ContainsSubstring("more than 200 times its size"));
    const auto zip = pack(Packing::Zip, {{"1_a.up.sql", std::string(40 << 20, '\0')}});
    REQUIRE(zip.size() < 100'000);
    CHECK_THAT(unpack_error(zip), ContainsSubstring("more than 200 times its size"));
    // many small ones make a bomb, too
    std::vector<Member> members;
    for (int i = 0; i < 40; ++i)
        members.push_back({fmt::format("{}_a.up.sql", i), std::string(1 << 20, 'x')});
    CHECK_THAT(unpack_error(pack(Packing::Zip, members)), ContainsSubstring("more than 200 times its size"));
    // an archive in an archive is a file like any other: it is not unpacked
    const auto inner = pack(Packing::TarGz, {{"2_b.up.sql", "x"}});
    CHECK(unpack(pack(Packing::Tar, {{"1_a.up.sql", "x"}, {"inner.tar.gz", inner}})).contents.size() == 2);
    const auto plain =
        pack(Packing::Tar, {{"1_a.up.sql", std::string(5000, 'x')}, {"2_a.up.sql", std::string(5000, 'x')}});
    // the names count, too
    CHECK(unpack_error(plain, "", 10'020).empty());
    CHECK_THAT(unpack_error(plain, "", 10'019),
               ContainsSubstring("unpacks to more than 10019 bytes | allow more"));
}

TEST_CASE("an archive on a server keeps the source contract", "[http]") {
    const test::Folder folder;
    std::vector<Member> members;
    for (const auto& file : contract::fixture_files())
        members.push_back({"migrations/" + file.name, file.content});
    test::write_file(folder.path() / "m.tar", pack(Packing::Tar, members));
    test::write_file(folder.path() / "m.tgz", pack(Packing::TarGz, members));
    test::write_file(folder.path() / "m.tar.gz", pack(Packing::TarGz, members));
    test::write_file(folder.path() / "m.zip", pack(Packing::Zip, members));
    const auto output = folder.path() / "output";
    test::Process server({"python3", "-u", GODWIT_SOURCE_DIR "/tests/integration/sources/misbehaving.py",
                          folder.path().string()},
                         output);
    const auto port = test::wait_for_line("port ", server, output).substr(5);
    const auto open = [&](const std::string& rest) {
        return http::open(Url::parse(fmt::format("http://127.0.0.1:{}/files/{}", port, rest)),
                          test::source_options());
    };
    for (const std::string name : {"m.tar", "m.tgz", "m.tar.gz", "m.zip", "m.tgz?x-dir=migrations&v=3"}) {
        INFO(name);
        contract::expect_kept(contract::run_source_contract([&] { return open(name); }));
    }
    CHECK_THAT(error_of([&] { (void)open("none.zip")->list(); }),
               ContainsSubstring("/files/none.zip: 404 Not Found"));
    CHECK_THAT(error_of([&] { (void)open("m.tar?x-max-size=2k")->list(); }),
               ContainsSubstring("larger than 2048 bytes"));
    CHECK_THAT(error_of([&] { (void)open("m.tgz?x-dir=other")->list(); }),
               ContainsSubstring("no folder 'other'"));
}
