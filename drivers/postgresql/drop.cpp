#include "postgresql/drop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "postgresql/text.hpp"

namespace godwit::postgresql {
namespace {

struct Object {
    std::string kind;
    std::string name;  ///< quoted, with its schema and, for routines, its arguments
};

/// Views before tables and tables before types: what goes by CASCADE would be named as dropped all the same.
/// Left out: what an extension owns, sequences of a column, row types, array types, a range's constructors.
std::string listing(const std::string& schema) {
    return fmt::format(
        R"(WITH here AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {}),
part_of_another AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
  OR (deptype = 'i' AND classid = 'pg_proc'::regclass)),
objects AS (
 SELECT CASE c.relkind WHEN 'v' THEN 1 WHEN 'm' THEN 2 WHEN 'S' THEN 5 WHEN 'f' THEN 4 ELSE 3 END AS place,
  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
   WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
  format('%I.%I', {}, c.relname) AS name, 'pg_class'::regclass AS classid, c.oid
 FROM pg_catalog.pg_class c WHERE c.relnamespace = (SELECT oid FROM here) AND c.relkind IN ('r','p','v','m','S','f')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
   AND c.relkind = 'S' AND d.deptype IN ('a','i'))
 UNION ALL
 SELECT 6, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
  format('%I.%I(%s)', {}, p.proname, CASE WHEN p.prokind = 'a' AND pg_get_function_identity_arguments(p.oid) = ''
   THEN '*' ELSE pg_get_function_identity_arguments(p.oid) END), 'pg_proc'::regclass, p.oid
 FROM pg_catalog.pg_proc p WHERE p.pronamespace = (SELECT oid FROM here)
 UNION ALL
 SELECT 7, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, format('%I.%I', {}, t.typname), 'pg_type'::regclass,
  t.oid
 FROM pg_catalog.pg_type t WHERE t.typnamespace = (SELECT oid FROM here) AND t.typelem = 0
  AND (t.typtype IN ('e','d','r','b') OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid
   AND c.relkind = 'c'))
 UNION ALL
 SELECT 8, 'collation', format('%I.%I', {}, l.collname), 'pg_collation'::regclass, l.oid
 FROM pg_catalog.pg_collation l WHERE l.collnamespace = (SELECT oid FROM here)
 UNION ALL
 SELECT 9, 'text search configuration', format('%I.%I', {}, f.cfgname), 'pg_ts_config'::regclass, f.oid
 FROM pg_catalog.pg_ts_config f WHERE f.cfgnamespace = (SELECT oid FROM here)
 UNION ALL
 SELECT 10, 'text search dictionary', format('%I.%I', {}, f.dictname), 'pg_ts_dict'::regclass, f.oid
 FROM pg_catalog.pg_ts_dict f WHERE f.dictnamespace = (SELECT oid FROM here)
 UNION ALL
 SELECT 11, 'operator', format('%I.%s (%s, %s)', {}, o.oprname, CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE
   format_type(o.oprleft, NULL) END, CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END),
  'pg_operator'::regclass, o.oid
 FROM pg_catalog.pg_operator o WHERE o.oprnamespace = (SELECT oid FROM here))
SELECT kind, name FROM objects o WHERE NOT EXISTS
 (SELECT FROM part_of_another e WHERE e.classid = o.classid AND e.objid = o.oid) ORDER BY place, name)",
        literal(schema), literal(schema), literal(schema), literal(schema), literal(schema), literal(schema),
        literal(schema), literal(schema));
}

std::vector<Object> list(Connection& connection, const std::string& schema) {
    std::vector<Object> objects;
    const auto results = connection.query(listing(schema));
    const PGresult* const rows = results.back().get();
    objects.reserve(static_cast<std::size_t>(PQntuples(rows)));
    for (int row = 0; row < PQntuples(rows); ++row)
        objects.push_back({PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1)});
    return objects;
}

void drop(Connection& connection, std::span<const Object> objects) {
    std::string sql = "BEGIN;\n";
    // for what an earlier CASCADE took along: a notice for each would tell nothing
    sql += "SET LOCAL client_min_messages = warning;\n";
    for (const Object& object : objects)
        sql += fmt::format("DROP {} IF EXISTS {} CASCADE;\n", object.kind, object.name);
    try {
        connection.query(sql + "COMMIT");
    } catch (const Error&) {
        if (!connection.lost()) connection.rollback();
        throw;
    }
}

/// Halves until the server's lock table is large enough for one transaction.
void drop_in_parts(Connection& connection, std::span<const Object> objects) {
    try {
        drop(connection, objects);
    } catch (const Error& error) {
        constexpr std::string_view kOutOfLocks = "53200";
        if (error.info().sqlstate != kOutOfLocks || objects.size() < 2) throw;
        const std::size_t half = objects.size() / 2;
        drop_in_parts(connection, objects.first(half));
        drop_in_parts(connection, objects.subspan(half));
    }
}

}  // namespace

std::vector<std::string> drop_schema_content(Connection& connection, const std::string& schema) {
    const std::vector<Object> objects = list(connection, schema);
    if (!objects.empty()) drop_in_parts(connection, objects);
    std::vector<std::string> dropped;
    dropped.reserve(objects.size());
    for (const Object& object : objects)
        dropped.push_back(object.kind + " " + object.name);
    return dropped;
}

}  // namespace godwit::postgresql
