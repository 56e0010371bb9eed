#include "godwit/contract/source_contract.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "godwit/format.hpp"
#include "suite.hpp"

namespace godwit::contract {
namespace {

std::map<std::string, std::string> expected_contents() {
    std::map<std::string, std::string> contents;
    for (const FixtureFile& file : fixture_files())
        contents[file.name] = file.content;
    return contents;
}

std::map<std::string, Entry> listing(Source& source) {
    std::map<std::string, Entry> entries;
    for (Entry& entry : source.list()) {
        const std::string path = entry.path;
        require(entries.emplace(path, std::move(entry)).second, "'" + path + "' is listed twice");
    }
    return entries;
}

void check_list(Source& source) {
    const auto expected = expected_contents();
    const auto entries = listing(source);
    for (const auto& [name, content] : expected)
        require(entries.contains(name), "'" + name + "' is not listed");
    for (const auto& [path, entry] : entries) {
        require(expected.contains(path), "'" + path + "' is listed, but not part of the fixture");
        require(entry.kind == EntryKind::File, "'" + path + "' is not listed as a file");
        if (entry.size != 0) require_equal("size of " + path, entry.size, expected.at(path).size());
    }
}

void check_read(Source& source) {
    for (const auto& [path, entry] : listing(source))
        require_equal("content of " + path, source.read(entry), expected_contents().at(path));
}

void check_again(Source& source) {
    const auto first = listing(source);
    const auto second = listing(source);
    require_equal("number of entries, listed again", second.size(), first.size());
    for (const auto& [path, entry] : first) {
        require(second.contains(path), "'" + path + "' is not listed again");
        require_equal("fingerprint of " + path + ", listed again", second.at(path).fingerprint,
                      entry.fingerprint);
        require_equal("content of " + path + ", read again", source.read(entry), source.read(entry));
    }
}

void check_read_many(Source& source) {
    const std::vector<Entry> entries = source.list();
    const auto expected = expected_contents();
    std::vector<int> seen(entries.size(), 0);
    source.read_many(entries, [&](std::size_t index, std::string content) {
        require(index < entries.size(), "read_many() hands out an index beyond its entries");
        ++seen[index];
        require_equal("content of " + entries[index].path, content, expected.at(entries[index].path));
    });
    require(std::ranges::all_of(seen, [](int times) { return times == 1; }),
            "read_many() does not hand out each entry exactly once");
    source.read_many({}, [](std::size_t, const std::string&) { throw Violation{"read_many({}) reads"}; });
}

void check_missing(Source& source) {
    const auto read = [&](const std::string& path) {
        Entry entry;
        entry.path = path;
        require_error("reading '" + path + "'", Errc::Source, [&] { (void)source.read(entry); });
    };
    read("999_missing.up.sql");
    read("../1_foobar.up.sql");
    read("/etc/hostname");
    require_equal("content after a failed read", source.read(listing(source).at("1_foobar.up.sql")),
                  expected_contents().at("1_foobar.up.sql"));
}

/// "1ud": version and halves.
std::string shape(const Migration& migration) {
    return migration.version.canonical() + (migration.up ? "u" : "") + (migration.down ? "d" : "");
}

void check_migrations(Source& source) {
    const std::vector<Entry> entries = source.list();
    const MigrationSet set = find_format("golang-migrate").read_listing(entries);
    std::string shapes;
    for (const Migration& migration : set.in_order)
        shapes += (shapes.empty() ? "" : " ") + shape(migration);
    require_equal("the migrations", shapes, "1ud 3u 4ud 5d 7ud");
}

void check_local_path(Source& source) {
    for (const auto& [path, entry] : listing(source)) {
        const auto local = source.local_path(entry);
        if (!local) continue;
        std::ifstream in(*local, std::ios::binary);
        require(in.good(), "local_path() of " + path + " cannot be opened");
        const std::string content{std::istreambuf_iterator<char>(in), {}};
        require_equal("content of the local file of " + path, content, expected_contents().at(path));
    }
}

}  // namespace

Report run_source_contract(const MakeSource& make) {
    Suite suite;
    const auto with_source = [&](const std::string& name, void (*body)(Source&)) {
        suite.check(name, [&] {
            const auto source = make();
            require(source != nullptr, "no source was opened");
            body(*source);
        });
    };
    with_source("list() is complete and holds nothing else", check_list);
    with_source("read() gives the whole content, byte by byte", check_read);
    with_source("listed and read again it is the same", check_again);
    with_source("read_many() hands out each entry once", check_read_many);
    with_source("reading what is not there throws", check_missing);
    with_source("the layout finds its migrations", check_migrations);
    with_source("local_path() leads to the same content", check_local_path);
    with_source("describe() says something",
                [](Source& source) { require(!source.describe().empty(), "describe() is empty"); });
    suite.check("two objects do not disturb each other", [&] {
        const auto first = make();
        const auto second = make();
        require(first && second, "no source was opened");
        check_read(*first);
        check_read(*second);
    });
    return std::move(suite).report();
}

}  // namespace godwit::contract
