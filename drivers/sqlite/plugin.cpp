// The plugin's descriptor.
#include "godwit/plugin.hpp"

#include "sqlite/driver.hpp"

namespace {

std::unique_ptr<godwit::Driver> open(const godwit::Url& url, const godwit::DriverOptions& options) {
    return godwit::sqlite::open(url, options);
}

}  // namespace

GODWIT_DRIVER_PLUGIN(sqlite, "sqlite", "sqlite sqlite3", "0.1.0", "SQLite 3.38 and later", &open);
