#include "godwit/plugin.hpp"
#include "stub/stub_driver.hpp"

GODWIT_DRIVER_PLUGIN(stub_driver, "stub", "stub", "0.1.0", "A database in memory, for tests",
                     &godwit::stub::open);
