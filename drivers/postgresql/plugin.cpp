// The plugin's descriptor.
#include "godwit/plugin.hpp"

#include "postgresql/driver.hpp"

namespace {

std::unique_ptr<godwit::Driver> open(const godwit::Url& url, const godwit::DriverOptions& options) {
    return godwit::postgresql::open(url, options);
}

}  // namespace

GODWIT_DRIVER_PLUGIN(postgresql, "postgresql", "postgres postgresql pgx pgx4 pgx5", GODWIT_VERSION,
                     "PostgreSQL 12 and later", &open);
