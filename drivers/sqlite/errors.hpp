#pragma once

#include <soci/soci.h>
#include <sqlite3.h>

#include <optional>
#include <string>
#include <string_view>

#include "godwit/error.hpp"

namespace godwit::sqlite {

/// "SQLITE_CONSTRAINT_UNIQUE" of an extended result code; the primary code's name where it has none of its
/// own.
std::string code_name(int code);

/// What SQLite said last on this connection: message verbatim, code by name, our hint, transient.
/// Errc::Statement; an interrupted statement is Errc::Interrupted. Knows nothing of scripts.
Error database_error(sqlite3* connection, int code);
/// The same for a code whose message is not the connection's last.
Error coded_error(int code, std::string message);
/// Where SQLite gives no offset: byte in `sql` of the name that its message speaks of ("no such column: x"),
/// where it stands there exactly once.
std::optional<std::size_t> named_offset(std::string_view message, std::string_view sql);
/// Our error of a SOCI one.
Error translate(const soci::soci_error& error, sqlite3* connection);

/// Busy or locked: the same again may succeed.
bool is_busy(const ErrorInfo& info);
/// The file or its disk refuses: no change of the script mends it.
bool is_the_files(const ErrorInfo& info);

/// Throws Errc::Connect: `what` says what is wrong with the file.
[[noreturn]] void cannot_open(const std::string& shown, const std::string& what, std::string hint,
                              bool transient);
/// Makes Errc::Connect of an error that came while a file was being opened.
Error opening_error(const std::string& shown, const ErrorInfo& info);

}  // namespace godwit::sqlite
