#include "postgresql/concurrent_index.hpp"

#include <fmt/format.h>

#include <vector>

#include "godwit/ascii.hpp"
#include "postgresql/text.hpp"
#include "postgresql/tokens.hpp"

namespace godwit::postgresql {
namespace {

constexpr std::string_view kFrom =
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN "
    "pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class t ON t.oid = i.indrelid ";

// A materialized view cannot be locked to wait for the one who builds: what is being built there is left
// alone.
constexpr std::string_view kValid =
    "(i.indisvalid OR t.relkind = 'm' AND EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p "
    "WHERE p.index_relid = c.oid))";

struct Leftover {
    std::string index;
    std::string lock;  ///< the table whose lock whoever builds the index holds to the end; "" for none
};

std::vector<Leftover> invalid_ones(Connection& connection, const std::string& which) {
    const auto results = connection.query(fmt::format(
        "SELECT format('%I.%I', n.nspname, c.relname), CASE WHEN t.relkind IN ('r', 'p', 't') THEN "
        "coalesce((SELECT o.oid FROM pg_catalog.pg_class o WHERE o.reltoastrelid = t.oid AND t.relkind = "
        "'t'), t.oid)::regclass::text ELSE '' END {}WHERE NOT {} AND {} ORDER BY c.oid",
        kFrom, kValid, which));
    std::vector<Leftover> found;
    const PGresult& rows = *results.back();
    const int count = PQntuples(&rows);
    found.reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row)
        found.push_back({PQgetvalue(&rows, row, 0), PQgetvalue(&rows, row, 1)});
    return found;
}

bool is_invalid(Connection& connection, const std::string& index) {
    return connection.query_value(fmt::format("SELECT true {}WHERE NOT {} AND c.oid = to_regclass({})", kFrom,
                                              kValid, literal(index))) == "t";
}

}  // namespace

std::optional<ConcurrentIndex> concurrent_index(std::string_view sql) {
    Tokens tokens(sql);
    if (tokens.next_word() != "create") return std::nullopt;
    std::string word = tokens.next_word();
    if (word == "unique") word = tokens.next_word();
    if (word != "index" || tokens.next_word() != "concurrently") return std::nullopt;
    std::string_view token = tokens.next();
    if (ascii_lower(token) == "if") {
        tokens.next();
        tokens.next();
        token = tokens.next();
    }
    ConcurrentIndex index;
    if (ascii_lower(token) != "on") {
        index.name = catalog_name(token);
        if (tokens.next_word() != "on") return std::nullopt;
    }
    token = tokens.next();
    if (ascii_lower(token) == "only") token = tokens.next();
    if (token.empty()) return std::nullopt;
    index.table = tokens.name(token);
    return index;
}

bool is_concurrent_reindex(std::string_view sql) {
    Tokens tokens(sql);
    if (tokens.next_word() != "reindex") return false;
    for (std::string word = tokens.next_word(); !word.empty(); word = tokens.next_word())
        if (word == "concurrently") return true;
    return false;
}

std::string indexes_of(const ConcurrentIndex& index, const std::string& age) {
    const std::string table = fmt::format("i.indrelid = to_regclass({})", literal(index.table));
    if (!index.name.empty()) return fmt::format("{} AND c.relname = {}", table, literal(index.name));
    return fmt::format("{} AND c.relname ~ '_idx[0-9]*$' AND age(c.xmin) < {}", table, age);
}

std::string reindex_leftovers(const std::string& age) {
    return fmt::format("c.relname ~ '_cc(new|old)[0-9]*$' AND NOT i.indisvalid AND age(c.xmin) < {}", age);
}

IndexState index_state(Connection& connection, const std::string& which) {
    const std::string state =
        connection.query_value(fmt::format("SELECT bool_and({}) {}WHERE {}", kValid, kFrom, which));
    if (state.empty()) return IndexState::Absent;
    return state == "t" ? IndexState::Valid : IndexState::Invalid;
}

void drop_invalid(Connection& connection, const std::string& which) {
    for (const Leftover& found : invalid_ones(connection, which)) {
        if (!found.lock.empty()) {
            // whoever builds it holds this lock to the end; then it is valid, or nobody's
            connection.query(
                fmt::format("BEGIN; LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE; COMMIT", found.lock));
            if (!is_invalid(connection, found.index)) continue;
        }
        connection.query("DROP INDEX CONCURRENTLY " + found.index);
    }
}

}  // namespace godwit::postgresql
