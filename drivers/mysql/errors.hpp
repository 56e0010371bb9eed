#pragma once

#include <mysql.h>
#include <soci/soci.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "godwit/error.hpp"
#include "godwit/secret.hpp"

namespace godwit::mysql {

struct FreeResult {
    void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};
using Result = std::unique_ptr<MYSQL_RES, FreeResult>;

/// What the server or the client library says of the call that just failed on this handle. Code
/// Errc::Statement, or Errc::Connect where the connection is gone. Knows nothing of scripts.
ErrorInfo native_error(MYSQL& handle, const Secret& password);

/// Our error of a SOCI one.
Error translate(const soci::soci_error& error, const Secret& password);
/// A session that could not be opened.
Error connect_error(const soci::soci_error& error, const Secret& password);
/// Number of the native error inside; 0 where there is none.
unsigned native_number(const soci::soci_error& error);

/// 2006, 2013 and the like: the session is gone, or cannot be used any more.
bool is_connection_loss(unsigned number);
/// Lock time-out, deadlock: the same statement may succeed later.
bool is_retryable(std::string_view native_code);

/// The user lacks a right on a database, table or column.
bool is_denied(std::string_view native_code);
/// --read-only and --super-read-only, InnoDB's read-only mode, a transaction that is read-only.
bool is_read_only(std::string_view native_code);
/// Not the script's fault: read-only, out of memory or disk, too many of something.
bool is_the_servers(std::string_view native_code);

/// MariaDB could not read a trigger of a table that a statement changes. A KILL while the table is opened
/// leaves that in the server's cache, for every session, until FLUSH TABLES; a trigger whose text is bad says
/// the same.
bool is_unread_trigger(const ErrorInfo& info);

/// Where in a statement the server's error is, as far as its words tell. `sql` is the statement alone;
/// `message` may quote what stood behind it in the same packet and is cut back to the statement's own text.
std::optional<std::size_t> offset_of_error(std::string& message, std::string_view native_code,
                                           std::string_view sql);

}  // namespace godwit::mysql
