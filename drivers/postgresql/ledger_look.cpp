#include "postgresql/ledger_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "postgresql/session.hpp"
#include "postgresql/text.hpp"
#include "sql/glance.hpp"
#include "sql/session.hpp"

namespace godwit::postgresql {
namespace {

constexpr std::array<Oid, 3> kIntegers{20, 21, 23};
constexpr Oid kBoolean = 16;

/// A query whose result comes inside the row of another: nothing is asked of a table that is not there, and
/// one round trip is enough. Its single text column is hex, which XML leaves alone.
std::string nested(std::string_view query) {
    return fmt::format("query_to_xml({}, false, true, '')::text", literal(query));
}

/// One text column `x`: the fields of a row in hex, separated by commas.
std::string packed(std::string_view text_columns, std::string_view rest) {
    return fmt::format(
        "SELECT (SELECT string_agg(encode(convert_to(coalesce(f, ''), 'UTF8'), 'hex'), ',' ORDER BY o) FROM "
        "unnest(ARRAY[{}]) WITH ORDINALITY AS u(f, o)) AS x FROM {}",
        text_columns, rest);
}

/// What nested() gives of the one row; nullopt where there was none.
std::optional<std::string_view> column_x(std::string_view xml) {
    const std::size_t begin = xml.find("<x>");
    const std::size_t end = xml.find("</x>");
    if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
    return xml.substr(begin + 3, end - begin - 3);
}

/// The fields of the one row; nullopt where there was no row.
std::optional<sql::Row> unpacked(std::string_view xml) {
    const auto packed_fields = column_x(xml);
    if (!packed_fields) return std::nullopt;
    const std::string_view text = *packed_fields;
    sql::Row row;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        row.push_back(from_hex(text.substr(at, comma - at)));
        at = comma + 1;
    }
    return row;
}

[[noreturn]] void foreign_shape(const std::string& table, const std::string& kind, const std::string& columns,
                                std::string_view wanted, std::string_view hint) {
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format(
        "{} is not a table of godwit or golang-migrate: it is a {} with the columns {}; expected {}", table,
        kind, columns.empty() ? "(none)" : columns, wanted);
    info.hint = hint;
    info.state = "nothing was changed";
    throw Error(std::move(info));
}

/// The texts of all rows in one.
std::string glance_rows(const std::string& history, const sql::Syntax& syntax) {
    return fmt::format("SELECT string_agg({}, ',' ORDER BY id DESC) AS x FROM {} WHERE version <> ''",
                       sql::glance_expression(syntax), history);
}

std::vector<AppliedVersion> read_glance(std::string_view texts) {
    sql::Glance glance;
    glance.reserve(static_cast<std::size_t>(std::ranges::count(texts, ',')) + 1);
    for (std::size_t at = 0; at < texts.size();) {
        const std::size_t comma = std::min(texts.find(',', at), texts.size());
        glance.add(texts.substr(at, comma - at));
        at = comma + 1;
    }
    return std::move(glance).applied();
}

std::string kind_word(std::string_view relkind) {
    if (relkind == "v") return "view";
    if (relkind == "m") return "materialized view";
    if (relkind == "f") return "foreign table";
    return relkind == "r" || relkind == "p" ? "table" : "relation";
}

struct Shape {
    std::string name;
    std::string kind;
    std::string columns;
    bool fits = false;
    std::string content;
};

Shape shape_of(const PGresult& result, int row) {
    const auto text = [&](int column) { return std::string(PQgetvalue(&result, row, column)); };
    return {text(0), kind_word(text(1)), text(2), text(3) == "t", text(4)};
}

std::int64_t number_of(const std::string& text, const std::string& shown) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size()) sql::not_a_version(shown, text);
    return number;
}

void read_version(LedgerState& state, const Shape& shape, const std::string& shown, bool first_counts) {
    if (!shape.fits)
        foreign_shape(shown, shape.kind, shape.columns, "version bigint, dirty boolean",
                      "name another table with --table, or move this one out of the way");
    state.has_version_table = true;
    const auto fields = unpacked(shape.content);
    if (!fields) return;
    if (!first_counts && fields->at(2) != "1") sql::several_versions(shown);
    state.version = sql::version_of_number(number_of(fields->at(0).value_or(""), shown));
    state.dirty = fields->at(1) == "t";
}

void read_head(LedgerState& state, const Shape& shape, const std::string& shown) {
    if (!shape.fits)
        foreign_shape(shown, shape.kind, shape.columns, "the columns of godwit's history",
                      "move it out of the way, or name another version table with --table");
    state.has_history_table = true;
    if (const auto fields = unpacked(shape.content)) state.head = sql::read_history_row(*fields);
}

/// Of "id bigint, version text": the names, as far as they are plain.
std::vector<std::string> names_of(std::string_view columns) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < columns.size();) {
        const std::size_t comma = std::min(columns.find(", ", at), columns.size());
        const std::string_view column = columns.substr(at, comma - at);
        names.emplace_back(column.substr(0, column.find(' ')));
        at = comma + 2;
    }
    return names;
}

std::string history_column_array() {
    std::string names;
    for (const std::string_view column : sql::first_history_columns())
        names += fmt::format("{}'{}'", names.empty() ? "" : ",", column);
    return names;
}

}  // namespace

std::string quick_look(const sql::TableName& table, const sql::Syntax& syntax, Look what) {
    const std::string version = sql::qualified(table, syntax.identifier);
    const std::string history = sql::qualified(table.history(), syntax.identifier);
    // a view has no tableoid; "id" alone would be the text of the list, where 10 comes before 9
    std::string text = fmt::format(
        "SELECT version, dirty, (SELECT relkind FROM pg_catalog.pg_class c WHERE c.oid = v.tableoid) FROM {} "
        "v "
        "LIMIT 2;\nSELECT {} FROM {} h ORDER BY h.id DESC LIMIT 1",
        version, sql::history_select_list(syntax), history);
    if (what == Look::Glance) text += ";\n" + glance_rows(history, syntax);
    if (what == Look::View) text += ";\n" + sql::applied_query(table, syntax);
    return text;
}

std::optional<LedgerView> read_quick_look(std::span<const Result> results, Look what,
                                          const sql::TableName& table, bool first_counts) {
    LedgerView view;
    LedgerState& state = view.state;
    const PGresult& versions = *results[0];
    if (std::ranges::find(kIntegers, PQftype(&versions, 0)) == kIntegers.end() ||
        PQftype(&versions, 1) != kBoolean)
        return std::nullopt;
    state.has_version_table = state.has_history_table = true;
    const auto rows = rows_of(versions);
    if (!rows.empty()) {
        const sql::Row& row = rows.front();
        if (kind_word(row.at(2).value_or("")) != "table") return std::nullopt;
        if (!first_counts && rows.size() > 1) sql::several_versions(table.shown());
        state.version = sql::version_of_number(number_of(row.at(0).value_or(""), table.shown()));
        state.dirty = row.at(1) == "t";
    }
    const auto head = rows_of(*results[1]);
    if (!head.empty()) state.head = sql::read_history_row(head.front());
    if (what == Look::Glance && PQgetisnull(results[2].get(), 0, 0) == 0)
        view.applied = read_glance(PQgetvalue(results[2].get(), 0, 0));
    if (what == Look::View) view.applied = sql::read_applied(rows_of(*results[2]));
    return view;
}

std::string careful_look(const sql::TableName& table, const sql::Syntax& syntax, Look what) {
    const std::string version = sql::qualified(table, syntax.identifier);
    const std::string history = sql::qualified(table.history(), syntax.identifier);
    const std::string version_row = packed(
        fmt::format("version::text, CASE WHEN dirty THEN 't' ELSE 'f' END, (SELECT count(*)::text FROM "
                    "(SELECT FROM {} LIMIT 2) r)",
                    version),
        version + " LIMIT 1");
    const std::string head_row =
        packed(sql::history_select_list(syntax), history + " ORDER BY id DESC LIMIT 1");
    const std::string glance = what == Look::State
                                   ? "''"
                                   : fmt::format("CASE WHEN s.fits AND NOT s.is_version THEN {} END",
                                                 nested(glance_rows(history, syntax)));
    return fmt::format(
        "SELECT s.relname, s.relkind, s.columns, s.fits, CASE WHEN NOT s.fits THEN '' WHEN s.is_version THEN "
        "{} "
        "ELSE {} END, {} FROM (SELECT c.relname, c.relkind, c.relname = {} AS is_version, (SELECT "
        "string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) FROM "
        "pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS "
        "columns, "
        "c.relkind IN ('r', 'p') AND (SELECT CASE WHEN c.relname = {} THEN count(*) FILTER (WHERE a.attname "
        "= "
        "'version' AND a.atttypid IN (20, 21, 23)) = 1 AND count(*) FILTER (WHERE a.attname = 'dirty' AND "
        "a.atttypid = 16) = 1 ELSE count(*) FILTER (WHERE a.attname IN ({})) = {} END FROM "
        "pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS fits "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname "
        "= "
        "{} AND c.relname IN ({}, {})) s",
        nested(version_row), nested(head_row), glance, literal(table.table), literal(table.table),
        history_column_array(), sql::first_history_columns().size(), literal(table.schema),
        literal(table.table), literal(table.history_name()));
}

CarefulView read_careful_look(const PGresult& result, const sql::TableName& table, bool first_counts) {
    CarefulView found;
    LedgerState& state = found.view.state;
    for (int row = 0; row < PQntuples(&result); ++row) {
        const Shape shape = shape_of(result, row);
        if (shape.name == table.table) {
            read_version(state, shape, table.shown(), first_counts);
            continue;
        }
        if (shape.fits) found.lacking = sql::lacking_columns(names_of(shape.columns));
        read_head(state, shape, table.history().shown());
        found.view.applied = read_glance(column_x(PQgetvalue(&result, row, 5)).value_or(""));
    }
    return found;
}

}  // namespace godwit::postgresql
