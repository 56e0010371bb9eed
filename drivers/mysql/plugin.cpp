// The plugin's descriptor.
#include "godwit/plugin.hpp"

#include "mysql/driver.hpp"

namespace {

std::unique_ptr<godwit::Driver> open(const godwit::Url& url, const godwit::DriverOptions& options) {
    return godwit::mysql::open(url, options);
}

}  // namespace

GODWIT_DRIVER_PLUGIN(mysql, "mysql", "mysql mariadb", GODWIT_VERSION, "MySQL 8 and MariaDB 10.5, and later",
                     &open);
