#include "postgresql/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "godwit/duration.hpp"
#include "godwit/utf8.hpp"
#include "postgresql/locks.hpp"
#include "sql/glance.hpp"
#include "sql/session.hpp"

namespace godwit::postgresql {
namespace {

std::string set_patience(Milliseconds most) {
    return fmt::format("SELECT set_config('lock_timeout', '{}', true)", most.count());
}

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

std::vector<AppliedVersion> read_glance(std::string_view xml) {
    sql::Glance glance;
    const std::string_view texts = column_x(xml).value_or("");
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

void Ledger::resolve() {
    table_ = connection_.target().table;
    if (table_.schema.empty()) table_.schema = connection_.facts().schema;
    if (table_.schema.empty())
        fail(Errc::Connect,
             fmt::format("no schema: the search_path of {} names none that exists", connection_.facts().user),
             "create the schema, add ?search_path=NAME to the URL, or write --table SCHEMA.TABLE");
    syntax_ = {sql::Family::PostgreSql, &sql::double_quoted, &literal};
    known_.reset();
}

std::string Ledger::state_query(Look what) const {
    const std::string version = sql::qualified(table_, syntax_.identifier);
    const std::string history = sql::qualified(table_.history(), syntax_.identifier);
    const std::string version_row = packed(
        fmt::format("version::text, CASE WHEN dirty THEN 't' ELSE 'f' END, (SELECT count(*)::text FROM "
                    "(SELECT FROM {} LIMIT 2) r)",
                    version),
        version + " LIMIT 1");
    const std::string head_row =
        packed(sql::history_select_list(syntax_), history + " ORDER BY id DESC LIMIT 1");
    const std::string glance = what == Look::State
                                   ? "''"
                                   : fmt::format("CASE WHEN s.fits AND NOT s.is_version THEN {} END",
                                                 nested(glance_rows(history, syntax_)));
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
        nested(version_row), nested(head_row), glance, literal(table_.table), literal(table_.table),
        history_column_array(), sql::first_history_columns().size(), literal(table_.schema),
        literal(table_.table), literal(table_.history_name()));
}

std::vector<Result> Ledger::look(Look what) {
    try {
        return connection_.query(patience() + state_query(what));
    } catch (const Error& error) {
        ErrorInfo info = error.info();
        if (info.sqlstate == kLockNotAvailable) {
            explain_lock(info);
            throw Error(std::move(info));
        }
        if (info.sqlstate == "42703" && syntax_.lacking.empty()) {  // the table of an older layout
            syntax_.lacking.assign(sql::kAddedColumns.begin(), sql::kAddedColumns.end());
            return look(what);
        }
        if (info.sqlstate != "42501") throw;
        info.message = fmt::format("the ledger {} cannot be read: {}", table_.shown(), info.message);
        info.detail.clear();  // the text of a query of ours
        info.state = "nothing was changed";
        explain_refusal(info);
        throw Error(std::move(info));
    }
}

LedgerView Ledger::read(Look what) {
    const auto results = look(what);
    LedgerView view;
    LedgerState& state = view.state;
    const PGresult& result = *results.back();
    std::vector<std::string_view> lacking;
    for (int row = 0; row < PQntuples(&result); ++row) {
        const Shape shape = shape_of(result, row);
        if (shape.name != table_.table && shape.fits) lacking = sql::lacking_columns(names_of(shape.columns));
        if (shape.name == table_.table) {
            read_version(state, shape, table_.shown(), golang_migrate_);
        } else {
            read_head(state, shape, table_.history().shown());
            view.applied = read_glance(PQgetvalue(&result, row, 5));
        }
    }
    // what was known of the table's shape is not true any more: what was read may lack something
    if (std::exchange(syntax_.lacking, lacking) != lacking) return read(what);
    known_ = state;
    return view;
}

LedgerState Ledger::state() {
    return read(Look::State).state;
}

LedgerView Ledger::glance() {
    return read(Look::Glance);
}

const LedgerState& Ledger::known() {
    if (!known_) state();
    return *known_;
}

void Ledger::remember(const std::optional<Version>& version, bool dirty) {
    if (!known_) return;
    known_->version = version;
    known_->dirty = dirty;
}

std::vector<HistoryRow> Ledger::history(std::size_t limit) {
    if (!state().has_history_table) return {};
    return sql::read_history(connection_.ledger_session(), table_, syntax_, limit);
}

std::vector<AppliedVersion> Ledger::applied() {
    if (!known().has_history_table) return {};
    return sql::read_applied(connection_.ledger_session(), table_, syntax_);
}

std::optional<std::string> Ledger::stored_down_script(const Version& version) {
    if (!known().has_history_table) return std::nullopt;
    return sql::read_stored_script(connection_.ledger_session(), table_, syntax_, version, "down_script");
}

std::vector<std::optional<std::string>> Ledger::stored_down_scripts(std::span<const Version> versions) {
    if (!known().has_history_table) return std::vector<std::optional<std::string>>(versions.size());
    return sql::read_stored_down_scripts(connection_.ledger_session(), table_, syntax_, versions);
}

std::optional<std::string> Ledger::stored_up_script(const Version& version) {
    if (!known().has_history_table) return std::nullopt;
    return sql::read_stored_script(connection_.ledger_session(), table_, syntax_, version, "up_script");
}

std::vector<std::string> Ledger::creation() {
    std::vector<std::string> statements;
    if (known().has_version_table && known().has_history_table && syntax_.lacking.empty()) return statements;
    if (!known().has_version_table) statements.push_back(sql::create_version_table(table_, syntax_));
    if (!known().has_history_table) statements.push_back(sql::create_history_table(table_, syntax_, true));
    std::ranges::move(sql::add_history_columns(table_, syntax_), std::back_inserter(statements));
    if (connection_.target().ledger_patience.count() > 0 && !statements.empty())
        statements.insert(statements.begin(), set_patience(connection_.target().ledger_patience));
    return statements;
}

void Ledger::created() {
    if (!known_) return;
    known_->has_version_table = true;
    known_->has_history_table = true;
    syntax_.lacking.clear();
}

std::vector<std::string> Ledger::set_version(const std::optional<Version>& version, bool dirty) const {
    return sql::set_version(table_, syntax_, version, dirty);
}

HistoryRow Ledger::with_user(HistoryRow row) const {
    row.db_user = connection_.facts().user;
    if (row.has_down_script && !is_storable_text(row.down_script)) {
        row.has_down_script = false;
        row.down_script.clear();
    }
    if (row.up_script && !is_storable_text(*row.up_script)) row.up_script.reset();
    return row;
}

std::string Ledger::append(const HistoryRow& row, StartedAt started) const {
    static constexpr std::array<std::string_view, 3> clocks{
        "to_timestamp(current_setting('godwit.started')::float8)", "now()", "clock_timestamp()"};
    const std::string clock(clocks[static_cast<std::size_t>(started)]);
    sql::HistoryValues values(with_user(row));
    values.set("started_at", sql::Raw{clock});
    if (started != StartedAt::Now)
        values.set("duration_ms",
                   sql::Raw{fmt::format("date_part('epoch', clock_timestamp() - {}) * 1000", clock)});
    return sql::insert_history(table_, syntax_, values);
}

std::string Ledger::append_as_given(const HistoryRow& row) const {
    return sql::insert_history(table_, syntax_, sql::HistoryValues(with_user(row)));
}

std::string Ledger::update(std::int64_t id,
                           std::vector<std::pair<std::string_view, sql::Value>> changes) const {
    return sql::update_history(table_, syntax_, id, changes);
}

/// Holds to the end of the transaction, which a text of several statements is.
std::string Ledger::patience() const {
    const Milliseconds most = connection_.target().ledger_patience;
    return most.count() > 0 ? set_patience(most) + ";\n" : "";
}

void Ledger::explain_lock(ErrorInfo& info) {
    const std::string holder = ledger_holder(connection_, table_);
    info.code = Errc::Locked;
    info.message = fmt::format("the ledger {} was not free within {}: held by {}", table_.shown(),
                               format_duration(connection_.target().ledger_patience),
                               holder.empty() ? "an unknown session" : holder);
    info.hint = "end that session's transaction, or wait longer with --lock-timeout";
    info.transient = true;
    if (info.state.empty()) info.state = "nothing was changed";
}

std::string Ledger::age_of_note(const Version& version, Direction direction, std::size_t done) const {
    return fmt::format(
        "(SELECT max(age(h.xmin)) FROM {0} h WHERE h.version = {1} AND h.direction = '{2}' AND "
        "h.statements_done = {3} AND h.id > coalesce((SELECT max(f.id) FROM {0} f WHERE f.version = {1} AND "
        "f.state NOT IN ('started', 'failed')), 0))",
        sql::qualified(table_.history(), syntax_.identifier), literal(version.canonical()),
        direction_name(direction), done);
}

void Ledger::explain_refusal(ErrorInfo& info) const {
    if (!info.hint.empty()) return;
    if (info.sqlstate == "42501")
        info.hint = fmt::format(
            "{} needs CREATE on schema {} for the first run, and SELECT, INSERT, UPDATE and DELETE on both "
            "tables of the ledger; SELECT is enough to look",
            connection_.facts().user, table_.schema);
    if (info.sqlstate.starts_with("23"))
        info.hint =
            "the table has columns or constraints that are not its own: remove them, or name another "
            "table with --table";
    if (info.sqlstate == "3F000")
        info.hint = fmt::format("create it first: CREATE SCHEMA {}", sql::double_quoted(table_.schema));
}

void Ledger::flush() {
    // only a transaction that wrote something waits for the disk; this one changes nothing
    const std::string history = sql::qualified(table_.history(), syntax_.identifier);
    connection_.query(
        fmt::format("UPDATE {0} SET layout = layout WHERE id = (SELECT max(id) FROM {0})", history));
}

std::string start_clock(bool relaxed) {
    return fmt::format(
        "SELECT {}set_config('godwit.started', date_part('epoch', clock_timestamp())::text, true)",
        relaxed ? "set_config('synchronous_commit', 'off', true), " : "");
}

std::string joined(const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& statement : statements)
        text.append(statement).append(";\n");
    return text;
}

}  // namespace godwit::postgresql
