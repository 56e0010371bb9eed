#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace godwit::sql {

/// Writes a name as an identifier, or a text as a string literal, of one database.
using Quote = std::function<std::string(std::string_view)>;

/// Where the version table is. A value. `schema` empty = the session's current one (PostgreSQL) or the
/// connected database (MySQL, SQLite); drivers fill it in when they know it. Both parts are names as the
/// database stores them: never quoted, never folded.
struct TableName {
    std::string schema;
    std::string table;

    /// `table` or `schema.table`, cut at the first dot. Throws Errc::Usage for an empty part, a NUL byte or a
    /// second dot. For `--table`; golang-migrate's `x-migrations-table` is one name, dots included:
    /// TableName{"", text}.
    static TableName parse(std::string_view text);

    /// `<table>_history`; where that would be longer than 63 bytes (PostgreSQL's limit, MySQL's is 64
    /// characters) the name is cut and a checksum of the whole name put in: still one history for each
    /// version table.
    [[nodiscard]] std::string history_name() const;
    /// The history table beside this one, in the same schema.
    [[nodiscard]] TableName history() const { return {schema, history_name()}; }
    /// For messages: `schema.table`, or `table` where the schema is empty.
    [[nodiscard]] std::string shown() const;

    friend bool operator==(const TableName&, const TableName&) = default;
};

/// `"schema"."table"` or `"table"`, each part through `quote`.
std::string qualified(const TableName& name, const Quote& quote);

/// "name" with inner quotes doubled (PostgreSQL, SQLite).
std::string double_quoted(std::string_view name);
/// `name` with inner back-ticks doubled (MySQL).
std::string backtick_quoted(std::string_view name);
/// 'text' with quotes doubled and nothing else: right for SQLite, and for PostgreSQL with
/// standard_conforming_strings on. Not for MySQL (back-slashes).
std::string single_quoted(std::string_view text);

}  // namespace godwit::sql
