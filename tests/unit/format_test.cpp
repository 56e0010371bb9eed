#include "godwit/format.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include "catch.hpp"
#include "formats/pair_name.hpp"
#include "godwit/error.hpp"

using namespace godwit;
using layout::parse_pair_name;

namespace {

std::vector<Entry> files(std::initializer_list<const char*> names) {
    std::vector<Entry> entries;
    for (const auto* name : names)
        entries.push_back({name, 1, EntryKind::File, {}});
    return entries;
}

MigrationSet read(const std::vector<Entry>& entries) {
    return find_format("golang-migrate").read_listing(entries);
}

const Finding* find_code(const MigrationSet& set, const std::string& code, const std::string& file = {}) {
    for (const Finding& finding : set.findings) {
        if (finding.code == code && (file.empty() || finding.file == file)) return &finding;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("golang-migrate's grammar") {
    struct Row {
        const char* name;
        const char* version;  // null: no match
        const char* title;
        Direction direction;
        const char* extension;
    };
    const Row rows[] = {
        {"1_foobar.up.sql", "1", "foobar", Direction::Up, "sql"},
        {"1_foobar.down.sql", "1", "foobar", Direction::Down, "sql"},
        {"1_f-o_ob+ar.up.sql", "1", "f-o_ob+ar", Direction::Up, "sql"},
        {"1485385885_foobar.up.sql", "1485385885", "foobar", Direction::Up, "sql"},
        {"20170412214116_date_foobar.up.sql", "20170412214116", "date_foobar", Direction::Up, "sql"},
        {"1_.up.sql", "1", "", Direction::Up, "sql"},
        {"1_a.up.", "1", "a", Direction::Up, ""},
        {"1_a.up.sql.bak", "1", "a", Direction::Up, "sql.bak"},
        {"1_a.down.b.up.sql", "1", "a.down.b", Direction::Up, "sql"},
        {"1_a.up.down.sql", "1", "a.up", Direction::Down, "sql"},
        {"1_a.up.up.up.x", "1", "a.up.up", Direction::Up, "x"},
        {"-1_foobar.up.sql", nullptr, nullptr, Direction::Up, nullptr},
        {"foobar.up.sql", nullptr, nullptr, Direction::Up, nullptr},
        {"1.up.sql", nullptr, nullptr, Direction::Up, nullptr},
        {"1_foobar.sql", nullptr, nullptr, Direction::Up, nullptr},
        {"1_foobar.up", nullptr, nullptr, Direction::Up, nullptr},
        {"1_foobar.down", nullptr, nullptr, Direction::Up, nullptr},
        {"1_foobar.UP.sql", nullptr, nullptr, Direction::Up, nullptr},
        {"1_a\nb.up.sql", nullptr, nullptr, Direction::Up, nullptr},
        {"", nullptr, nullptr, Direction::Up, nullptr},
        {"1", nullptr, nullptr, Direction::Up, nullptr},
        {"1_", nullptr, nullptr, Direction::Up, nullptr},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        const auto parsed = parse_pair_name(row.name);
        REQUIRE(parsed.has_value() == (row.version != nullptr));
        if (!parsed) continue;
        CHECK(parsed->version == row.version);
        CHECK(parsed->title == row.title);
        CHECK(parsed->direction == row.direction);
        CHECK(parsed->extension == row.extension);
    }
}

TEST_CASE("a listing becomes migrations in order of versions") {
    const auto set = read(files(
        {"10_c.up.sql", "10_c.down.sql", "0002_b.up.sql", "2_b.down.sql", "0_a.up.sql", "0_a.down.sql"}));
    REQUIRE(set.in_order.size() == 3);
    CHECK(set.in_order[0].version.text() == "0");
    CHECK(set.in_order[1].version.text() == "0002");
    CHECK(set.in_order[1].version.canonical() == "2");
    CHECK(set.in_order[1].down->entry.path == "2_b.down.sql");
    CHECK(set.in_order[2].name() == "c");
    CHECK(set.find(*Version::parse("2")) == 1U);
    CHECK_FALSE(set.find(*Version::parse("3")));
    CHECK(set.findings.empty());
    CHECK_NOTHROW(set.require_sound());
}

TEST_CASE("versions of any width come in order, whatever order the source has") {
    std::vector<std::int64_t> numbers;
    for (unsigned bits = 0; bits < 63; ++bits)
        for (const std::int64_t more : {-1, 0, 1})
            numbers.push_back((std::int64_t{1} << bits) + more);
    numbers.push_back(INT64_MAX);
    std::mt19937 random(7);
    std::shuffle(numbers.begin(), numbers.end(), random);
    std::vector<Entry> entries;
    for (const auto number : numbers) {
        entries.push_back({.path = std::to_string(number) + "_a.down.sql"});
        entries.push_back({.path = std::to_string(number) + "_a.up.sql"});
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    const auto set = read(entries);
    REQUIRE(set.in_order.size() == numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        CHECK(set.in_order[i].version.as_bigint() == numbers[i]);
        CHECK(set.in_order[i].up->entry.path == std::to_string(numbers[i]) + "_a.up.sql");
    }
}

TEST_CASE("a half knows its title wherever it is moved") {
    auto set = read(files({"1_.up.sql", "2_a.up.b.up.sql", "0003_a_long_title_on_the_heap.down.sql"}));
    const auto moved = std::move(set);
    CHECK(moved.in_order[0].name().empty());
    CHECK(moved.in_order[1].name() == "a.up.b");
    CHECK(moved.in_order[2].name() == "a_long_title_on_the_heap");
}

TEST_CASE("golang-migrate's own set of fixtures") {
    const auto set = read(files({"1_f.up.sql", "1_f.down.sql", "3_f.up.sql", "4_f.up.sql", "4_f.down.sql",
                                 "5_f.down.sql", "7_f.up.sql", "7_f.down.sql"}));
    REQUIRE(set.in_order.size() == 5);
    CHECK(find_code(set, "missing-down")->version == "3");
    CHECK(find_code(set, "missing-up")->version == "5");
    CHECK(find_code(set, "gap")->severity == Severity::Info);
    CHECK(set.in_order[3].name() == "f");
}

TEST_CASE("duplicates name both files and make the set unsound") {
    const auto set = read(files({"1_a.up.sql", "01_b.up.sql", "1_a.down.sql"}));
    const auto* duplicate = find_code(set, "duplicate-version");
    REQUIRE(duplicate != nullptr);
    CHECK(duplicate->severity == Severity::Error);
    CHECK_THAT(duplicate->message, ContainsSubstring("1_a.up.sql"));
    CHECK_THAT(duplicate->message, ContainsSubstring("01_b.up.sql"));
    REQUIRE_THROWS_AS(set.require_sound(), Error);
    CHECK(read(files({"1_a.up.sql~", "1_a.up.sql"})).findings.size() >= 2);
}

TEST_CASE("a version beyond a signed 64-bit column is an error") {
    CHECK(read(files({"9223372036854775807_a.up.sql"})).in_order.size() == 1);
    for (const auto* name : {"9223372036854775808_a.up.sql", "99999999999999999999999999999_a.up.sql"}) {
        const auto set = read(files({name}));
        CHECK(set.in_order.empty());
        REQUIRE(find_code(set, "version-out-of-range"));
        REQUIRE_THROWS_AS(set.require_sound(), Error);
    }
}

TEST_CASE("what looks like a mistyped migration is a warning that says what was meant") {
    struct Row {
        const char* name;
        const char* hint;
    };
    const Row rows[] = {
        {"1_a.upp.sql", "1_a.up.sql"},      {"1_a.donw.sql", "1_a.down.sql"},
        {"1_a.sql", "1_a.up.sql"},          {"1_a.up", "1_a.up.sql"},
        {"1.up.sql", "1_title.up.sql"},     {"1-a.up.sql", "1_a.up.sql"},
        {"1_a.UP.sql", "1_a.up.sql"},       {"1_A.Down.SQL", "1_A.down.SQL"},
        {"foobar.up.sql", "VERSION_TITLE"}, {"-1_foobar.up.sql", "VERSION_TITLE"},
        {"notes.sql.bak", "rename"},        {"00002_seed.go", "migration in SQL"},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        const auto set = read(files({row.name}));
        CHECK(set.in_order.empty());
        const auto* finding = find_code(set, "ignored-file");
        REQUIRE(finding != nullptr);
        CHECK(finding->severity == Severity::Warning);
        CHECK(finding->file == row.name);
        CHECK_THAT(finding->hint, ContainsSubstring(row.hint));
    }
}

TEST_CASE("what belongs into such a folder is no finding, and anything else is named") {
    const auto quiet = read(files({"README.md", "readme.txt", ".gitkeep", "migrations.json", "atlas.sum",
                                   "godwit.yaml", "LICENSE", "notes.MD"}));
    CHECK(quiet.findings.empty());
    const auto named = read(files({"data.csv"}));
    REQUIRE(named.findings.size() == 1);
    CHECK(named.findings[0].severity == Severity::Info);
}

TEST_CASE("folders, links to nowhere and leftovers") {
    const std::vector<Entry> entries{
        {"seeds", 0, EntryKind::Directory, {}},  {".git", 0, EntryKind::Directory, {}},
        {"1_a.up.sql", 0, EntryKind::Other, {}}, {"2_b.up.sql", 0, EntryKind::Directory, {}},
        {"3_c.up.sql~", 1, EntryKind::File, {}}, {"4_d.up.SQL", 1, EntryKind::File, {}}};
    const auto set = read(entries);
    CHECK(find_code(set, "ignored-folder", "seeds"));
    CHECK_FALSE(find_code(set, "ignored-folder", ".git"));
    CHECK(find_code(set, "ignored-folder", "2_b.up.sql"));
    CHECK(find_code(set, "not-a-file", "1_a.up.sql")->severity == Severity::Error);
    CHECK(find_code(set, "odd-extension", "3_c.up.sql~")->severity == Severity::Warning);
    CHECK_FALSE(find_code(set, "odd-extension", "4_d.up.SQL"));
    CHECK(set.in_order.size() == 2);
}

TEST_CASE("titles that differ, and gaps only in a numbering") {
    const auto set = read(
        files({"1_a.up.sql", "1_b.down.sql", "2_c.up.sql", "2_c.down.sql", "5_d.up.sql", "5_d.down.sql"}));
    CHECK(find_code(set, "name-mismatch")->version == "1");
    CHECK_THAT(find_code(set, "gap")->message, ContainsSubstring("3 to 4"));
    CHECK_FALSE(find_code(read(files({"10_a.up.sql", "20_b.up.sql", "30_c.up.sql"})), "gap"));
    CHECK_FALSE(find_code(read(files({"20240101000000_a.up.sql", "20240101000002_b.up.sql"})), "gap"));
}

TEST_CASE("the order of a listing does not matter") {
    std::vector<Entry> entries =
        files({"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "x.sql", "y.upp.sql", "1_z.up.sql"});
    const auto expected = read(entries);
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::shuffle(entries.begin(), entries.end(), random);
        const auto set = read(entries);
        REQUIRE(set.in_order.size() == expected.in_order.size());
        REQUIRE(set.findings.size() == expected.findings.size());
        for (std::size_t i = 0; i < set.findings.size(); ++i) {
            CHECK(set.findings[i].message == expected.findings[i].message);
        }
    }
}

TEST_CASE("a hundred thousand files are read in one pass") {
    std::vector<Entry> entries;
    for (int i = 50'000; i > 0; --i) {
        entries.push_back({std::to_string(i) + "_some_title.up.sql", 1, EntryKind::File, {}});
        entries.push_back({std::to_string(i) + "_some_title.down.sql", 1, EntryKind::File, {}});
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto set = read(entries);
    CHECK(set.in_order.size() == 50'000);
    CHECK(set.findings.empty());
    // Generous: instrumented builds on a busy machine; quadratic work would take minutes.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("formats are found by name and by content") {
    CHECK(formats().front()->name() == "golang-migrate");
    CHECK(detect_format({}).name() == "golang-migrate");
    CHECK(detect_format(files({"1_a.up.sql"})).name() == "golang-migrate");
    CHECK(find_format("golang-migrate").matches(files({"1_a.up.sql", "1_a.down.sql", "x"})) == 2);
    try {
        find_format("golang-migrat");
        FAIL("found");
    } catch (const Error& error) {
        CHECK(error.code() == Errc::Usage);
        CHECK_THAT(error.info().hint, ContainsSubstring("golang-migrate"));
    }
}

TEST_CASE("new makes a pair of files") {
    const auto& format = find_format("golang-migrate");
    NewMigration wish;
    wish.name = " Add  Users Table ";
    wish.now = std::chrono::sys_seconds(std::chrono::seconds(1'724'673'559));  // 2024-08-26 11:59:19 UTC
    wish.sql = "SELECT 1;";
    const auto made = format.new_files(wish, {});
    REQUIRE(made.size() == 2);
    CHECK(made[0].path == "20240826115919_add_users_table.up.sql");
    CHECK(made[0].content == "SELECT 1;\n");
    CHECK(made[1].path == "20240826115919_add_users_table.down.sql");
    CHECK(made[1].content.empty());
    CHECK_THROWS_AS(format.new_files(wish, files({"20240826115919_x.up.sql"})), Error);
}

TEST_CASE("new counts on where numbers are wanted") {
    const auto& format = find_format("golang-migrate");
    NewMigration wish;
    wish.name = "a";
    wish.sequential = true;
    CHECK(format.new_files(wish, {})[0].path == "000001_a.up.sql");
    CHECK(format.new_files(wish, files({"000009_x.up.sql", "000010_y.down.sql"}))[0].path ==
          "000011_a.up.sql");
    wish.digits = 2;
    CHECK(format.new_files(wish, files({"98_x.up.sql"}))[0].path == "99_a.up.sql");
    CHECK_THROWS_AS(format.new_files(wish, files({"99_x.up.sql"})), Error);
    CHECK_THROWS_AS(format.new_files(wish, files({"9223372036854775807_x.up.sql"})), Error);
    wish.digits = 0;
    CHECK_THROWS_AS(format.new_files(wish, {}), Error);
}

TEST_CASE("new refuses names that cannot be part of a file name") {
    const auto& format = find_format("golang-migrate");
    for (const std::string& name : {std::string(), std::string("  "), std::string("a/b"), std::string("a\nb"),
                                    std::string("a\0b", 3), std::string(300, 'x')}) {
        NewMigration wish;
        wish.name = name;
        CHECK_THROWS_AS(format.new_files(wish, {}), Error);
    }
}
