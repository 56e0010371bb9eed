#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "compat/commands.hpp"
#include "compat/log.hpp"

namespace godwit::compat {

struct OpenWish {
    std::string source;    ///< URL as typed; "" = none
    std::string database;  ///< URL as typed; "" = none
    std::size_t prefetch = 10;
    Milliseconds lock_timeout{15'000};
};

/// Opens source, then database, in golang-migrate's order, with its error texts; makes the version table as
/// it does. While `work` runs, SIGINT and SIGTERM stop behind the running migration, a second one cancels it
/// on the server.
OpenRunner opener(const Log& log, OpenWish wish);

}  // namespace godwit::compat
