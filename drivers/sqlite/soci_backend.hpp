#pragma once

#include <soci/soci.h>

struct sqlite3;

/// SOCI's header declares SQLite inside a namespace of its own: only one file of ours may include it, and
/// everything else speaks to SQLite's own header.
namespace godwit::sqlite {

/// The backend that is linked in.
const soci::backend_factory& soci_backend();
/// The connection below an open SOCI session; owned by the session.
::sqlite3* native_handle(soci::session& session);

}  // namespace godwit::sqlite
