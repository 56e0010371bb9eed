#include "sqlite/drop.hpp"

#include <fmt/format.h>

#include "sql/table_name.hpp"
#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

using Names = std::vector<std::string>;

Names names(Connection& connection, const std::string& query) {
    Prepared prepared(connection.handle(), query);
    Names out;
    while (prepared.next())
        out.push_back(prepared.text(0));
    return out;
}

Names of_type(Connection& connection, std::string_view type) {
    return names(connection,
                 fmt::format("SELECT name FROM main.sqlite_schema WHERE type = '{}' AND sql IS NOT NULL "
                             "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                             type));
}

void drop(Connection& connection, std::string_view type, const std::string& name) {
    try {
        Prepared(connection.handle(), fmt::format("DROP {} main.{}", type, sql::double_quoted(name))).run();
    } catch (const Error& error) {
        ErrorInfo info = error.info();
        info.message = fmt::format("{} {} cannot be dropped: {}", type, name, info.message);
        if (info.message.find("no such module") != std::string::npos)
            info.hint =
                "a virtual table can be dropped by its own module only: load it with --load-extension";
        throw Error(std::move(info));
    }
}

void drop_each(Connection& connection, std::string_view type, const Names& found, Names& dropped) {
    for (const std::string& name : found) {
        drop(connection, type, name);
        dropped.push_back(fmt::format("{} {}", type, name));
    }
}

/// Virtual tables take their shadow tables with them: first, or the shadows could not be told from other
/// tables.
void drop_objects(Connection& connection, Names& dropped) {
    drop_each(connection, "trigger", of_type(connection, "trigger"), dropped);
    drop_each(connection, "view", of_type(connection, "view"), dropped);
    drop_each(connection, "index", of_type(connection, "index"), dropped);
    drop_each(connection, "table",
              names(connection,
                    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND "
                    "sql LIKE 'create virtual %' ORDER BY name"),
              dropped);
    drop_each(connection, "table", of_type(connection, "table"), dropped);
}

/// What ANALYZE and AUTOINCREMENT keep: the first can go, the second stays as long as the file does.
void clear_internals(Connection& connection) {
    const Names internal =
        names(connection,
              "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name LIKE 'sqlite\\_%' "
              "ESCAPE '\\'");
    for (const std::string& name : internal) {
        if (name == "sqlite_sequence")
            Prepared(connection.handle(), "DELETE FROM main.sqlite_sequence").run();
        else if (name.starts_with("sqlite_stat"))
            drop(connection, "table", name);
    }
}

}  // namespace

std::vector<std::string> drop_all(Connection& connection) {
    Names dropped;
    {
        const Running running(connection);
        try {
            // dropping a table deletes its rows, which others may refer to
            Prepared(connection.handle(), "PRAGMA foreign_keys = 0").run();
            connection.begin();
            drop_objects(connection, dropped);
            clear_internals(connection);
            connection.commit();
        } catch (const Error&) {
            connection.rollback();
            connection.reset();
            throw;
        }
    }
    connection.reset();
    return dropped;
}

}  // namespace godwit::sqlite
