#pragma once

#include <libpq-fe.h>
#include <soci/soci.h>

#include <memory>
#include <string>
#include <string_view>

#include "godwit/error.hpp"
#include "godwit/secret.hpp"

namespace godwit::postgresql {

inline constexpr std::string_view kQueryCanceled = "57014";

struct FreeResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, FreeResult>;

/// What the server said of a failed statement: message, SQLSTATE, DETAIL, HINT, CONTEXT (in detail). Code
/// Errc::Statement, or Errc::Connect where the SQLSTATE tells that the session is gone. Knows nothing of
/// scripts.
ErrorInfo server_error(const PGresult& result, const Secret& password);

/// For a connection that broke: the client library's own text.
ErrorInfo lost_connection(const PGconn& connection, const Secret& password);

/// One field of a result's diagnostics; "" where it has none.
std::string field(const PGresult& result, int code);

/// The server's error position: 0-based characters into the query's text; nullopt where it gave none.
std::optional<std::size_t> character_position(const PGresult& result);

/// Our error of a SOCI one: statements by SQLSTATE, everything else as Internal.
Error translate(const soci::soci_error& error, const Secret& password);

/// A session that could not be opened. `conninfo` is for asking the server whether waiting may help.
Error connect_error(const soci::soci_error& error, const std::string& conninfo, const Secret& password);

/// lock_timeout and NOWAIT.
constexpr std::string_view kLockNotAvailable = "55P03";

/// Classes 08 and 57P: the session is gone.
bool is_connection_loss(std::string_view sqlstate);
/// Lock time-out, deadlock, serialization failure: the same statement may succeed later.
bool is_retryable(std::string_view sqlstate);
/// Read-only, out of disk or memory, broken files: no change of the script mends it.
bool is_the_servers(std::string_view sqlstate);

}  // namespace godwit::postgresql
