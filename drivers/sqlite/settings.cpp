#include "sqlite/settings.hpp"

#include <fmt/format.h>

#include <array>

#include "sql/table_name.hpp"
#include "sqlite/statement.hpp"

namespace godwit::sqlite {
namespace {

constexpr std::array<std::string_view, 21> kSettings{"analysis_limit",
                                                     "automatic_index",
                                                     "cache_size",
                                                     "cache_spill",
                                                     "cell_size_check",
                                                     "defer_foreign_keys",
                                                     "foreign_keys",
                                                     "full_column_names",
                                                     "fullfsync",
                                                     "ignore_check_constraints",
                                                     "legacy_alter_table",
                                                     "query_only",
                                                     "read_uncommitted",
                                                     "recursive_triggers",
                                                     "reverse_unordered_selects",
                                                     "secure_delete",
                                                     "short_column_names",
                                                     "synchronous",
                                                     "threads",
                                                     "trusted_schema",
                                                     "writable_schema"};

std::vector<std::string> names(sqlite3* connection, const std::string& query) {
    Prepared prepared(connection, query);
    std::vector<std::string> out;
    while (prepared.next())
        out.push_back(prepared.text(0));
    return out;
}

void drop_temporary(sqlite3* connection, std::string_view type) {
    const auto found =
        names(connection, fmt::format("SELECT name FROM temp.sqlite_schema WHERE type = '{}' AND "
                                      "name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                                      type));
    for (const std::string& name : found)
        Prepared(connection, fmt::format("DROP {} IF EXISTS temp.{}", type, sql::double_quoted(name))).run();
}

}  // namespace

std::vector<Pragma> read_settings(sqlite3* connection) {
    std::vector<Pragma> settings;
    for (const std::string_view name : kSettings) {
        Prepared prepared(connection, fmt::format("PRAGMA {}", name));
        if (prepared.next()) settings.push_back({std::string(name), prepared.text(0)});
        prepared.reset();
    }
    return settings;
}

void restore_settings(sqlite3* connection, const std::vector<Pragma>& settings) {
    for (const Pragma& setting : settings)
        Prepared(connection, fmt::format("PRAGMA {} = {}", setting.name, setting.value)).run();
    // cannot be asked for, and is off in every new session
    Prepared(connection, "PRAGMA case_sensitive_like = 0").run();
    for (const std::string_view type : {"trigger", "view", "table"})
        drop_temporary(connection, type);
    const auto attached =
        names(connection, "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')");
    for (const std::string& name : attached)
        Prepared(connection, "DETACH " + sql::double_quoted(name)).run();
}

}  // namespace godwit::sqlite
