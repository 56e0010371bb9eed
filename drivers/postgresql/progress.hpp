#pragma once

#include <memory>

#include "godwit/watcher.hpp"
#include "postgresql/url.hpp"

namespace godwit::postgresql {

/// A look at the session with this process id: pg_stat_progress_*, and pg_blocking_pids() for who is in its
/// way.
std::unique_ptr<Watcher> watch(Target target, int backend_pid);

}  // namespace godwit::postgresql
