#include "godwit/plugin.hpp"
#include "stub/stub_source.hpp"

GODWIT_SOURCE_PLUGIN(stub_source, "stub", "stub", "0.1.0", "Files in memory, for tests", &godwit::stub::open);
