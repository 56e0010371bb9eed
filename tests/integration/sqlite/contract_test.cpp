#include "contract/contract.hpp"
#include "file.hpp"
#include "godwit/contract/driver_contract.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

contract::DriverQuirks quirks(const std::string& url, DriverOptions options = {}) {
    contract::DriverQuirks quirks;
    quirks.open = [url, options] { return sqlite::open(Url::parse(url), options); };
    quirks.endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    return quirks;
}

}  // namespace

TEST_CASE("the SQLite driver keeps the driver contract", "[sqlite][contract]") {
    const File file;
    contract::expect_kept(contract::run_driver_contract(quirks(file.url())));
    CHECK(file.files() == "app.db");
}

TEST_CASE("the SQLite driver keeps the driver contract in WAL mode with foreign keys", "[sqlite][contract]") {
    const File file;
    contract::expect_kept(contract::run_driver_contract(
        quirks(file.url("_journal_mode=WAL&_foreign_keys=1&_busy_timeout=60000"))));
}

TEST_CASE("the SQLite driver keeps the driver contract without batches", "[sqlite][contract]") {
    const File file;
    DriverOptions options;
    options.batch = false;
    contract::expect_kept(contract::run_driver_contract(quirks(file.url("_synchronous=OFF"), options)));
}

TEST_CASE("the SQLite driver keeps the contract of drivers that keep parts of a script",
          "[sqlite][contract]") {
    const File file;
    auto stepwise = quirks(file.url("x-no-tx-wrap=true&_synchronous=OFF"));
    stepwise.atomic = false;
    contract::expect_kept(contract::run_driver_contract(stepwise));
}
