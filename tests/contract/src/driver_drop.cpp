#include "bench.hpp"

namespace godwit::contract {
namespace {

void check_dropping(Bench& bench) {
    bench.land({bench.creating(1), bench.creating(2)});
    const auto dropped = bench.driver().drop_everything({});
    require(dropped.size() >= 3, "drop_everything() does not name what it dropped");
    const LedgerState state = bench.connect()->state();
    require(!state.has_version_table && !state.has_history_table, "drop_everything() leaves the ledger");
    require_equal("version after drop_everything()", shown(state), "none");
    require(bench.driver().drop_everything({}).empty(),
            "drop_everything() finds something in an empty database");
    // the same session goes on, and what it created before is gone
    bench.land({bench.creating(1), bench.creating(2)});
    require_equal("version after a new beginning", bench.state(), "2");
}

}  // namespace

void check_drop(Suite& suite, const DriverQuirks& quirks) {
    on_bench(suite, quirks, "drop_everything() leaves an empty database", check_dropping);
    suite.check("drop_everything() at the end", [&] { Bench bench(quirks); });
}

}  // namespace godwit::contract
