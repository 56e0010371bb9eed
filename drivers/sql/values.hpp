#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "godwit/ledger.hpp"
#include "sql/table_name.hpp"

namespace godwit::sql {

/// Which SQL a ledger statement is written in.
enum class Family : std::uint8_t { PostgreSql, MySql, Sqlite };

/// All that the shared code must know to write SQL text for one database. A value; drivers make one when they
/// are connected.
struct Syntax {
    Family family = Family::PostgreSql;
    Quote identifier;  ///< `"x"` or `` `x` ``
    Quote literal;     ///< `'x'`, with this session's escaping rules; never called with a NUL byte
    std::vector<std::string_view>
        lacking{};  ///< columns of the history that this database's table has not yet
    /// What stands around a DELETE of all rows, so that sql_safe_updates lets it pass.
    std::string_view before_delete{};
    std::string_view behind_delete{};
};

/// SQL that goes into a statement as it is: `clock_timestamp()`, `@step_id`. Never made from outside input.
struct Raw {
    std::string sql;

    bool operator==(const Raw&) const = default;
};

/// A value of a ledger column.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Timestamp, Raw>;

/// As a literal: NULL, 12, 38.250, 'text', a point in time as the family's history columns take it, or raw
/// SQL.
std::string render(const Value& value, const Syntax& syntax);

/// ISO 8601, UTC, always six digits behind the point: "2026-11-21T05:42:38.000123Z".
std::string to_iso8601(Timestamp time);
/// The same, with a blank and without the Z: "2026-11-21 05:42:38.000123" (MySQL's datetime(6)).
std::string to_sql_datetime(Timestamp time);
/// Reads both forms, with zero to six digits behind the point; nullopt for anything else.
std::optional<Timestamp> parse_timestamp(std::string_view text);
/// The time now, in the ledger's precision.
Timestamp now();

}  // namespace godwit::sql
