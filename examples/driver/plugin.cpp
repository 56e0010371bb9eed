#include <godwit/plugin.hpp>

#include "notebook_driver.hpp"

GODWIT_DRIVER_PLUGIN(notebook, "notebook", "notebook", "1.0.0", "Notes in a text file", &notebook::open);
