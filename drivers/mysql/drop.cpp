#include "mysql/drop.hpp"

#include <fmt/format.h>

#include "mysql/text.hpp"
#include "sql/table_name.hpp"

namespace godwit::mysql {
namespace {

struct Object {
    std::string kind;  ///< as DROP wants it, in lower case
    std::string name;
};

/// Events first: they may write while the rest goes. Triggers go with their tables, but are named. MariaDB
/// lists sequences among the tables and packages among the routines.
std::string listing(const std::string& schema) {
    const std::string here = literal(schema);
    return fmt::format(
        "SELECT 1 AS place, 'event' AS kind, EVENT_NAME AS name FROM information_schema.EVENTS WHERE "
        "EVENT_SCHEMA = {0} "
        "UNION ALL SELECT 2, 'trigger', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
        "{0} "
        "UNION ALL SELECT CASE TABLE_TYPE WHEN 'VIEW' THEN 3 ELSE 4 END, CASE TABLE_TYPE WHEN 'VIEW' THEN "
        "'view' WHEN "
        "'SEQUENCE' THEN 'sequence' ELSE 'table' END, TABLE_NAME FROM information_schema.TABLES WHERE "
        "TABLE_SCHEMA "
        "= {0} UNION ALL SELECT CASE ROUTINE_TYPE WHEN 'PACKAGE' THEN 7 WHEN 'PACKAGE BODY' THEN 6 ELSE 5 "
        "END, "
        "LOWER(ROUTINE_TYPE), ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {0} "
        "ORDER BY place, name",
        here);
}

std::vector<Object> objects_in(Connection& connection, const std::string& schema) {
    std::vector<Object> objects;
    for (const sql::Row& row : connection.query(listing(schema)))
        objects.push_back({row.at(1).value_or(""), row.at(2).value_or("")});
    return objects;
}

/// Foreign keys in any direction are no obstacle while this lives.
class ForeignKeysOff {
  public:
    explicit ForeignKeysOff(Connection& connection) : connection_(connection) {
        before_ = connection_.query_value("SELECT @@SESSION.foreign_key_checks");
        connection_.query("SET SESSION foreign_key_checks = 0");
    }
    ~ForeignKeysOff() {
        if (connection_.lost()) return;
        try {
            connection_.query("SET SESSION foreign_key_checks = " + before_);
        } catch (const Error&) {  // the session is broken, and its settings with it
            return;
        }
    }
    ForeignKeysOff(const ForeignKeysOff&) = delete;
    ForeignKeysOff& operator=(const ForeignKeysOff&) = delete;

  private:
    Connection& connection_;
    std::string before_;
};

}  // namespace

std::vector<std::string> drop_schema_content(Connection& connection, const std::string& schema) {
    const ForeignKeysOff off(connection);
    std::vector<std::string> dropped;
    for (const Object& object : objects_in(connection, schema)) {
        const std::string name = sql::backtick_quoted(schema) + "." + sql::backtick_quoted(object.name);
        try {
            connection.query(fmt::format("DROP {} IF EXISTS {}", object.kind, name));
        } catch (Error& error) {
            ErrorInfo& info = error.edit();
            info.message =
                fmt::format("cannot drop {} {}.{}: {}", object.kind, schema, object.name, info.message);
            info.state = fmt::format("{} objects are dropped already, the rest is there", dropped.size());
            throw;
        }
        dropped.push_back(fmt::format("{} {}.{}", object.kind, schema, object.name));
    }
    return dropped;
}

}  // namespace godwit::mysql
