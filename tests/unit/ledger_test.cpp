#include "godwit/ledger.hpp"

#include "catch.hpp"
#include "engine/ledger_reading.hpp"
#include "godwit/format.hpp"
#include "godwit/migrator.hpp"
#include "godwit/utf8.hpp"

using namespace godwit;
using engine::Dirt;
using engine::read_ledger;
using engine::Trust;

namespace {

MigrationSet numbered(std::initializer_list<int> versions) {
    std::vector<Entry> entries;
    for (const int version : versions) {
        entries.push_back({std::to_string(version) + "_m.up.sql", 1, EntryKind::File, {}});
        entries.push_back({std::to_string(version) + "_m.down.sql", 1, EntryKind::File, {}});
    }
    return find_format("golang-migrate").read_listing(entries);
}

AppliedVersion row(std::uint64_t version, HistoryState state = HistoryState::Applied) {
    return AppliedVersion{.version = Version::of(version), .state = state};
}

/// A database where godwit wrote last.
LedgerView synced(std::uint64_t current, std::initializer_list<std::uint64_t> applied) {
    LedgerView view;
    view.state.has_version_table = view.state.has_history_table = true;
    view.state.version = Version::of(current);
    HistoryRow head;
    head.version = head.version_after = std::to_string(current);
    head.state = HistoryState::Applied;
    view.state.head = head;
    for (const auto version : applied)
        view.applied.push_back(row(version));
    return view;
}

std::vector<std::string> applied_in(const engine::LedgerReading& reading) {
    std::vector<std::string> texts;
    for (const Version& version : reading.applied)
        texts.push_back(version.text());
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("states of the history have words that can be read back") {
    for (const auto state : {HistoryState::Started, HistoryState::Applied, HistoryState::RolledBack,
                             HistoryState::Failed, HistoryState::Baseline, HistoryState::Forced}) {
        CHECK(parse_history_state(history_state_name(state)) == state);
    }
    CHECK(history_state_name(HistoryState::RolledBack) == "rolled-back");
    CHECK_FALSE(parse_history_state("rolled back"));
    CHECK(migration_state_name(MigrationState::OutOfOrder) == "out-of-order");
}

TEST_CASE("without a history everything up to the current version counts as applied") {
    LedgerView view;
    const auto set = numbered({1, 3, 5});
    CHECK(applied_in(read_ledger(set, view)).empty());
    view.state.version = Version::of(3);
    auto reading = read_ledger(set, view);
    CHECK(applied_in(reading) == Texts{"1", "3"});
    CHECK(reading.trust == Trust::NoHistory);
    view.state.version = Version::of(4);
    reading = read_ledger(set, view);
    CHECK(applied_in(reading) == Texts{"1", "3", "4"});
    REQUIRE(reading.findings.size() == 2);
    CHECK(reading.findings[0].code == "no-history");
    CHECK(reading.findings[1].code == "unknown-version");
    view.state.version = Version::of(7);
    reading = read_ledger(set, view);
    CHECK(applied_in(reading) == Texts{"1", "3", "5", "7"});
    REQUIRE(reading.findings.size() == 2);
    CHECK(reading.findings[1].code == "database-newer");
}

TEST_CASE("a history in sync tells what was never applied") {
    const auto reading = read_ledger(numbered({1, 2, 3, 5}), synced(3, {1, 3}));
    CHECK(reading.trust == Trust::InSync);
    CHECK(applied_in(reading) == Texts{"1", "3"});
    CHECK(reading.findings.empty());
}

TEST_CASE("applied versions without files are named") {
    const auto reading = read_ledger(numbered({1, 3}), synced(3, {1, 2, 3}));
    CHECK(applied_in(reading) == Texts{"1", "2", "3"});
    REQUIRE(reading.findings.size() == 1);
    CHECK(reading.findings[0].code == "missing-file");
    CHECK(reading.findings[0].version == "2");
}

TEST_CASE("where another tool went on, what lies between counts as applied") {
    auto view = synced(3, {1, 3});
    view.state.version = Version::of(5);
    const auto reading = read_ledger(numbered({1, 2, 3, 4, 5, 6}), view);
    CHECK(reading.trust == Trust::Moved);
    CHECK(applied_in(reading) == Texts{"1", "3", "4", "5"});
    REQUIRE(reading.findings.size() == 1);
    CHECK(reading.findings[0].code == "foreign-change");
}

TEST_CASE("where another tool went back, what lies between is not applied") {
    auto view = synced(5, {1, 3, 5});
    view.state.version = Version::of(1);
    CHECK(applied_in(read_ledger(numbered({1, 2, 3, 5}), view)) == Texts{"1"});
    view.state.version.reset();
    CHECK(applied_in(read_ledger(numbered({1, 2, 3, 5}), view)).empty());
}

TEST_CASE("after a bare force everything up to the version counts as applied") {
    auto view = synced(5, {1});
    view.state.head->state = HistoryState::Forced;
    const auto reading = read_ledger(numbered({1, 2, 5, 6}), view);
    CHECK(reading.trust == Trust::TableOnly);
    CHECK(applied_in(reading) == Texts{"1", "2", "5"});
    CHECK(reading.findings.empty());
}

TEST_CASE("a dirty row is ours only where the newest history row explains it") {
    auto view = synced(3, {1, 3});
    view.state.dirty = true;
    CHECK(read_ledger(numbered({1, 3}), view).dirt == Dirt::Unexplained);

    view.state.head->state = HistoryState::Failed;
    view.state.head->statements_done = 2;
    view.applied.back().state = HistoryState::Failed;
    const auto reading = read_ledger(numbered({1, 3}), view);
    CHECK(reading.dirt == Dirt::Explained);
    CHECK(applied_in(reading) == Texts{"1"});
    REQUIRE(reading.unfinished);
    CHECK(reading.unfinished->version == "3");
}

TEST_CASE("a failure that kept nothing leaves nothing unfinished") {
    auto view = synced(3, {1, 3});
    view.state.dirty = true;
    view.state.head->state = HistoryState::Failed;
    view.applied.back().state = HistoryState::Failed;
    CHECK_FALSE(read_ledger(numbered({1, 3}), view).unfinished);

    SECTION("a failed down is still applied") {
        view.state.head->direction = view.applied.back().direction = Direction::Down;
        view.state.head->version_after = "1";
        view.state.version = Version::of(1);
        const auto reading = read_ledger(numbered({1, 3}), view);
        CHECK(reading.dirt == Dirt::Explained);
        CHECK(applied_in(reading) == Texts{"1", "3"});
    }
}

TEST_CASE("an intent that was cut off is explained by its version") {
    auto view = synced(3, {1, 3});
    view.state.dirty = true;
    view.state.head->state = HistoryState::Started;
    view.state.head->version_after.clear();
    view.applied.back().state = HistoryState::Started;
    const auto reading = read_ledger(numbered({1, 3}), view);
    CHECK(reading.dirt == Dirt::Explained);
    CHECK(reading.unfinished);
}

TEST_CASE("only valid UTF-8 without NUL is stored") {
    CHECK(is_storable_text(""));
    CHECK(is_storable_text("grün \xF0\x9F\x90\xA6"));
    for (const std::string& bad :
         {std::string("a\0b", 3), std::string("\xC3"), std::string("\xC0\x80"), std::string("\xED\xA0\x80"),
          std::string("\xF5\x80\x80\x80"), std::string("\x80")}) {
        CHECK_FALSE(is_storable_text(bad));
        for (std::size_t before = 1; before <= 17; ++before) {
            INFO(before << " bytes of ASCII before it");
            const std::string text = std::string(before, 'a') + bad + std::string(17 - before, 'b');
            CHECK_FALSE(is_storable_text(text));
            const std::size_t prefix = text.find_first_not_of(std::string_view("ab\0", 3));
            CHECK(godwit::ascii_prefix(text) == std::min(prefix, text.size()));
        }
    }
}
