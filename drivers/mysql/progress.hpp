#pragma once

#include <cstdint>
#include <memory>

#include "godwit/watcher.hpp"
#include "mysql/url.hpp"

namespace godwit::mysql {

/// A look at the session with this connection id: the process list with MariaDB's PROGRESS, MySQL's stage
/// events, and who holds the lock that it waits for, as far as the account may see that.
std::unique_ptr<Watcher> watch(Target target, std::uint64_t connection_id);

}  // namespace godwit::mysql
