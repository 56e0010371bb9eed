#pragma once

#include "godwit/driver.hpp"

namespace godwit::engine {

/// Fills the empty members: a fresh run id, the effective user, this host, this library's version.
RunIdentity completed(RunIdentity identity);

Timestamp now();

}  // namespace godwit::engine
