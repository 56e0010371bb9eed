#include "sqlite/soci_backend.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include "sql/session.hpp"

namespace godwit::sqlite {

const soci::backend_factory& soci_backend() {
    return soci::sqlite3;
}

GODWIT_SOCI_NATIVE ::sqlite3* native_handle(soci::session& session) {
    // dynamic_cast does not link: the backend's type information is hidden
    auto* const backend = static_cast<soci::sqlite3_session_backend*>(session.get_backend());
    return reinterpret_cast<::sqlite3*>(backend->conn_);
}

}  // namespace godwit::sqlite
