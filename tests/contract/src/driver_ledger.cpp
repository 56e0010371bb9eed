#include "bench.hpp"

namespace godwit::contract {
namespace {

void check_fresh(Bench& bench) {
    Driver& driver = bench.driver();
    const LedgerState state = driver.state();
    require(!state.has_version_table && !state.has_history_table, "an empty database has ledger tables");
    require_equal("version of an empty database", shown(state), "none");
    require(!state.head, "an empty database has a history row");
    require(driver.history(0).empty(), "an empty database has a history");
    require(driver.applied().empty(), "an empty database has applied versions");
    require(!driver.stored_down_script(version(1)), "an empty database has a stored down script");
    require(!bench.connect()->state().has_version_table, "looking at the ledger created it");
}

void check_info(Bench& bench) {
    const DatabaseInfo info = bench.driver().info();
    require(!info.product.empty(), "info().product is empty");
    require(!info.database.empty(), "info().database is empty");
    require(!info.table.empty(), "info().table is empty");
}

void check_version_table(Bench& bench) {
    bench.driver().ensure_version_table();
    bench.driver().ensure_version_table();
    const LedgerState state = bench.connect()->state();
    require(state.has_version_table, "ensure_version_table() created none");
    require_equal("version of an empty version table", shown(state), "none");
    bench.land({bench.creating(1)});
    bench.driver().ensure_version_table();
    require_equal("version after ensure_version_table()", bench.state(), "1");
}

LedgerChange change(std::optional<std::uint64_t> number, bool dirty) {
    LedgerChange result;
    if (number) result.version = version(*number);
    result.dirty = dirty;
    return result;
}

void check_record(Bench& bench) {
    const auto set = [&](std::optional<std::uint64_t> number, bool dirty, std::string_view expected) {
        const LedgerChange changes[] = {change(number, dirty)};
        bench.driver().record(changes, identity());
        require_equal("version as recorded", bench.state(), expected);
    };
    set(1, true, "1 dirty");
    set(1, true, "1 dirty");
    set(2, false, "2");
    set(2, false, "2");
    set(std::nullopt, true, "none dirty");
    set(std::nullopt, false, "none");
    set(0, false, "0");
    set(9'223'372'036'854'775'807, false, "9223372036854775807");
    const LedgerChange both[] = {change(4, true), change(5, false)};
    bench.driver().record(both, identity());
    require_equal("version after two changes at once", bench.state(), "5");
}

void check_forced_history(Bench& bench) {
    LedgerChange forced = change(3, false);
    forced.history.emplace();
    forced.history->version = "3";
    forced.history->kind = "force";
    forced.history->state = HistoryState::Forced;
    forced.history->error = "it's known: 12:30";
    forced.history->run_id = identity().run_id;
    forced.history->version_after = "3";
    bench.driver().record({&forced, 1}, identity());
    const auto rows = bench.connect()->history(0);
    require_equal("number of history rows", rows.size(), 1);
    require(rows.front().state == HistoryState::Forced, "the row's state is not forced");
    require_equal("kind of the row", rows.front().kind, "force");
    require_equal("reason in the row", rows.front().error, "it's known: 12:30");
    const LedgerState state = bench.connect()->state();
    require(state.head && state.head->version == "3", "state() does not have the newest row as its head");
}

void check_huge_version(Bench& bench) {
    const auto huge = Version::parse("99999999999999999999999999");
    LedgerChange wish;
    wish.version = *huge;
    try {
        bench.driver().record({&wish, 1}, identity());
    } catch (const Error&) {
        require_equal("version after a refused one", bench.state(), "none");
        return;
    }
    require_equal("version beyond 64 bits, which was not refused", bench.state(), huge->canonical());
}

}  // namespace

void check_ledger(Suite& suite, const DriverQuirks& quirks) {
    on_bench(suite, quirks, "an empty database has no version, and looking does not change that",
             check_fresh);
    on_bench(suite, quirks, "info() names product, database and table", check_info);
    on_bench(suite, quirks, "ensure_version_table() creates an empty one, once", check_version_table);
    on_bench(suite, quirks, "record() and state() agree", check_record);
    on_bench(suite, quirks, "record() appends to the history", check_forced_history);
    on_bench(suite, quirks, "a version too large is refused or kept, never changed", check_huge_version);
}

}  // namespace godwit::contract
