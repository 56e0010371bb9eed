#include "godwit/contract/driver_contract.hpp"

#include "bench.hpp"

namespace godwit::contract {

Report run_driver_contract(const DriverQuirks& quirks) {
    Suite suite;
    suite.check("dialect() and admin() answer before connect()", [&] {
        const auto driver = quirks.open();
        require(driver != nullptr, "no driver was opened");
        require(!driver->dialect().name.empty(), "the dialect has no name");
        (void)driver->admin();
    });
    check_ledger(suite, quirks);
    check_apply(suite, quirks);
    check_failures(suite, quirks);
    check_locks(suite, quirks);
    check_sql(suite, quirks);
    check_drop(suite, quirks);
    return std::move(suite).report();
}

}  // namespace godwit::contract
