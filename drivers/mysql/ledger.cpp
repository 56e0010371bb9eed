#include "mysql/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "godwit/ascii.hpp"
#include "godwit/duration.hpp"
#include "godwit/utf8.hpp"
#include "mysql/locks.hpp"
#include "mysql/text.hpp"
#include "mysql/watchdog.hpp"
#include "sql/glance.hpp"

namespace godwit::mysql {
namespace {

/// User variables of ours: the start of the running step, and the id of its history row.
constexpr std::string_view kClock = "@godwit_started";
constexpr std::string_view kRow = "@godwit_row";

constexpr std::string_view kNoDefault = "1364";
constexpr std::string_view kNoDatabase = "1049";

struct Column {
    std::string name;
    std::string type;  ///< as declared: "bigint(20)"
    std::string data_type;
};

struct Shape {
    bool exists = false;
    bool view = false;
    std::vector<Column> columns;

    [[nodiscard]] std::string shown() const {
        std::string text;
        for (const Column& column : columns)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", column.name, column.type);
        return text.empty() ? "(none)" : text;
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        std::ranges::transform(columns, std::back_inserter(all), &Column::name);
        return all;
    }
    [[nodiscard]] bool has(std::string_view name, auto&& type_fits) const {
        return std::ranges::any_of(columns, [&](const Column& c) {
            return ascii_lower(c.name) == name && type_fits(ascii_lower(c.data_type));
        });
    }
};

bool is_integer(const std::string& type) {
    static constexpr std::array<std::string_view, 5> types{"bigint", "int", "mediumint", "smallint",
                                                           "tinyint"};
    return std::ranges::find(types, type) != types.end();
}

bool is_flag(const std::string& type) {
    return is_integer(type) || type == "bit";
}

void check(const Shape& shape, bool fits, const std::string& table, std::string_view wanted,
           std::string_view hint) {
    if (fits && !shape.view) return;
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format(
        "{} is not a table of godwit or golang-migrate: it is a {} with the columns {}; expected {}", table,
        shape.view ? "view" : "table", shape.shown(), wanted);
    info.hint = hint;
    info.state = "nothing was changed";
    throw Error(std::move(info));
}

void check_version_table(const Shape& shape, const sql::TableName& table) {
    check(shape, shape.has("version", is_integer) && shape.has("dirty", is_flag), table.shown(),
          "version bigint, dirty tinyint(1)",
          "name another table with --table, or move this one out of the way");
}

void check_history_table(const Shape& shape, const sql::TableName& table) {
    const auto any = [](const std::string&) { return true; };
    const bool fits = std::ranges::all_of(sql::first_history_columns(),
                                          [&](std::string_view column) { return shape.has(column, any); });
    check(shape, fits, table.history().shown(), "the columns of godwit's history",
          "move it out of the way, or name another version table with --table");
}

bool same_name(const std::string& a, const std::string& b, bool fold) {
    return a == b || (fold && ascii_lower(a) == ascii_lower(b));
}

Shape shape_of(const std::vector<sql::Row>& rows, const std::string& name, bool fold) {
    Shape shape;
    for (const sql::Row& row : rows) {
        if (!same_name(row.at(0).value_or(""), name, fold)) continue;
        shape.exists = true;
        shape.view = row.at(1).value_or("").find("VIEW") != std::string::npos;
        shape.columns.push_back({row.at(2).value_or(""), row.at(3).value_or(""), row.at(4).value_or("")});
    }
    return shape;
}

/// The rows go before what is made of them is there as well: there may be hundreds of thousands.
std::vector<AppliedVersion> read_glance(std::vector<sql::Row> rows) {
    sql::Glance glance;
    glance.reserve(rows.size());
    for (const sql::Row& row : rows)
        glance.add(row.at(0).value_or(""));
    std::vector<sql::Row>().swap(rows);
    return std::move(glance).applied();
}

bool is_missing_table(const Error& error) {
    return error.info().native_code == "1146";
}

/// MariaDB calls a DELETE with a condition a success that was killed before its first row (10.11, by trial),
/// and the version would then stand beside the one before it. More than one row is damage by hand.
sql::Syntax syntax_of(const Facts& facts) {
    sql::Syntax syntax{sql::Family::MySql, &sql::backtick_quoted, &literal};
    if (facts.mariadb)
        syntax.before_delete = "SET STATEMENT sql_safe_updates = 0 FOR ";
    else
        syntax.behind_delete = " WHERE version >= -9223372036854775807 LIMIT 1000";
    return syntax;
}

}  // namespace

Ledger::Ledger(Connection& connection, bool golang_migrate)
    : connection_(connection),
      golang_migrate_(golang_migrate),
      table_(connection.target().table),
      syntax_(syntax_of(connection.facts())),
      untouched_(!connection.facts().version_table && !connection.facts().history_table) {}

/// Three or four statements in one packet, which the server leaves at the first table that is not there: the
/// columns have been told by then, and there is nothing else to know.
std::string Ledger::state_query(Look what) const {
    const std::string version = sql::qualified(table_, syntax_.identifier);
    const std::string history = sql::qualified(table_.history(), syntax_.identifier);
    // one table at a time and nothing to join by: else MariaDB opens every table of the database, and waits
    // for those that a running migration is making
    const auto columns = [this](const std::string& table) {
        return fmt::format(
            "SELECT c.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.COLUMN_TYPE, c.DATA_TYPE, "
            "c.ORDINAL_POSITION "
            "AS place FROM information_schema.COLUMNS c CROSS JOIN information_schema.TABLES t WHERE "
            "c.TABLE_SCHEMA = {0} AND t.TABLE_SCHEMA = {0} AND c.TABLE_NAME = {1} AND t.TABLE_NAME = {1}",
            literal(table_.schema), literal(table));
    };
    std::string rest;
    if (what == Look::Glance) rest = "\n;\n" + sql::glance_query(table_, syntax_);
    if (what == Look::View) rest = "\n;\n" + sql::applied_query(table_, syntax_);
    return fmt::format(
        "{0} UNION ALL {1} ORDER BY place\n;\n"
        "SELECT CAST(version AS CHAR), CASE WHEN dirty THEN '1' ELSE '0' END FROM {2} LIMIT 2\n;\n"
        "SELECT {3} FROM {4} ORDER BY id DESC LIMIT 1{5}",
        columns(table_.table), columns(table_.history_name()), version, sql::history_select_list(syntax_),
        history, rest);
}

Error Ledger::unreadable(const Error& error) const {
    ErrorInfo info = error.info();
    if (info.code != Errc::Statement) return error;
    info.message = fmt::format("the ledger {} cannot be read: {}", table_.shown(), info.message);
    info.state = "nothing was changed";
    explain_refusal(info);
    return Error(std::move(info));
}

void Ledger::explain_refusal(ErrorInfo& info) const {
    if (!info.hint.empty()) return;
    if (is_denied(info.native_code))
        info.hint = fmt::format(
            "{} needs CREATE on {} for the first run, and SELECT, INSERT, UPDATE and DELETE on both tables "
            "of "
            "the ledger; SELECT is enough to look",
            connection_.facts().user, table_.schema);
    if (info.sqlstate == "23000" || info.native_code == kNoDefault)
        info.hint =
            "the table has columns or constraints that are not its own: remove them, or name another table "
            "with --table";
    if (info.native_code == kNoDatabase)
        info.hint = fmt::format("create it first: CREATE DATABASE {}", sql::backtick_quoted(table_.schema));
    if (is_read_only(info.native_code))
        info.hint = "the server is read-only, a replica perhaps: name the primary's host";
}

void Ledger::read_version(LedgerState& state, const std::vector<sql::Row>& rows) const {
    if (rows.empty()) return;
    if (rows.size() > 1 && !golang_migrate_) sql::several_versions(table_.shown());
    const std::string text = rows[0].at(0).value_or("");
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size()) sql::not_a_version(table_.shown(), text);
    state.version = sql::version_of_number(number);
    state.dirty = rows[0].at(1) == "1";
}

Ledger::Seen Ledger::ask(const std::string& sql) {
    Seen seen;
    Watchdog watchdog(connection_, connection_.target().ledger_patience);
    seen.results = connection_.query_all(sql, seen.failure);
    seen.blocked = seen.failure && watchdog.fired();
    return seen;
}

std::string Ledger::try_lock(const std::string& sql) {
    if (golang_migrate_) return connection_.query_value(sql);
    Seen seen = ask(sql + "\n;\n" + state_query(Look::View));
    auto& results = seen.results;
    if (results.empty()) throw *seen.failure;
    std::string got = results[0].at(0).at(0).value_or("");
    results.erase(results.begin());
    if (got == "1") expected_ = std::move(seen);
    return got;
}

LedgerView Ledger::read(Look what) {
    expected_.reset();
    return read(what, ask(state_query(what)));
}

LedgerView Ledger::read(Look what, Seen&& seen) {
    auto& [results, failure, is_blocked] = seen;
    if (is_blocked) throw blocked();
    if (results.empty()) throw *failure;
    const bool fold = connection_.facts().names_fold;
    const Shape version = shape_of(results[0], table_.table, fold);
    const Shape history = shape_of(results[0], table_.history_name(), fold);
    if (version.exists) check_version_table(version, table_);
    if (history.exists) check_history_table(history, table_);
    const auto lacking =
        history.exists ? sql::lacking_columns(history.names()) : std::vector<std::string_view>{};
    if (std::exchange(syntax_.lacking, lacking) != lacking) return read(what);
    if (failure && !is_missing_table(*failure)) throw unreadable(*failure);
    LedgerView view;
    LedgerState& state = view.state;
    state.has_version_table = version.exists;
    state.has_history_table = history.exists;
    if (results.size() > 1) read_version(state, results[1]);
    if (results.size() > 2 && !results[2].empty()) state.head = sql::read_history_row(results[2][0]);
    if (results.size() < 2 && history.exists) {
        const auto newest = sql::read_history(reader(), table_, syntax_, 1);
        if (!newest.empty()) state.head = newest.front();
    }
    known_ = state;
    untouched_ = false;
    if (what == Look::State || !history.exists) return view;
    if (results.size() < 4)
        view.applied = applied();
    else
        view.applied =
            what == Look::Glance ? read_glance(std::move(results[3])) : sql::read_applied(results[3]);
    return view;
}

LedgerState Ledger::state() {
    return read(Look::State).state;
}

LedgerView Ledger::glance() {
    if (!untouched_) return read(Look::Glance);
    untouched_ = false;
    known_ = LedgerState{};
    return {};
}

/// Whoever holds no lock any more is not told what was there when it did.
LedgerView Ledger::view() {
    auto seen = std::exchange(expected_, std::nullopt);
    return seen && connection_.keeps_lock() ? read(Look::View, *std::move(seen)) : read(Look::View);
}

/// Not through SOCI: it takes ':' and quotes in the name of a table for binds and strings.
sql::Query Ledger::reader() const {
    return [this](const std::string& sql) { return connection_.query(sql); };
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
    return sql::read_history(reader(), table_, syntax_, limit);
}

std::vector<AppliedVersion> Ledger::applied() {
    if (!known().has_history_table) return {};
    return sql::read_applied(reader(), table_, syntax_);
}

std::optional<std::string> Ledger::stored_down_script(const Version& version) {
    if (!known().has_history_table) return std::nullopt;
    return sql::read_stored_script(reader(), table_, syntax_, version, "down_script");
}

std::vector<std::optional<std::string>> Ledger::stored_down_scripts(std::span<const Version> versions) {
    if (!known().has_history_table) return std::vector<std::optional<std::string>>(versions.size());
    return sql::read_stored_down_scripts(reader(), table_, syntax_, versions);
}

std::optional<std::string> Ledger::stored_up_script(const Version& version) {
    if (!known().has_history_table) return std::nullopt;
    return sql::read_stored_script(reader(), table_, syntax_, version, "up_script");
}

void Ledger::create() {
    const LedgerState& state = known();
    std::vector<std::string> all;
    if (!state.has_version_table) all.push_back(sql::create_version_table(table_, syntax_));
    if (!state.has_history_table) all.push_back(sql::create_history_table(table_, syntax_, true));
    std::ranges::move(sql::add_history_columns(table_, syntax_), std::back_inserter(all));
    if (all.empty()) return;
    if (std::string idle = connection_.short_idle(); !idle.empty()) all.insert(all.begin(), std::move(idle));
    Watchdog watchdog(connection_, connection_.target().ledger_patience);
    try {
        connection_.query(joined(all));
    } catch (const Error&) {
        if (watchdog.fired() && !connection_.lost()) throw blocked();
        throw;
    }
    known_->has_version_table = true;
    known_->has_history_table = true;
    syntax_.lacking.clear();
}

/// Behind the watchdog, which counts for statements that wait as well as for those that are slow.
Error Ledger::blocked() const {
    ErrorInfo info;
    info.code = Errc::Locked;
    const std::string holder = table_holder(connection_, table_);
    info.message = fmt::format("the ledger {} was not free within {}: held by {}", table_.shown(),
                               format_duration(connection_.target().ledger_patience),
                               holder.empty() ? "an unknown session" : holder);
    info.hint = "look at SHOW PROCESSLIST, or wait longer with --lock-timeout";
    info.state = "nothing was changed";
    info.transient = true;
    return Error(std::move(info));
}

std::vector<std::string> Ledger::set_version(const std::optional<Version>& version, bool dirty) const {
    return sql::set_version(table_, syntax_, version, dirty);
}

HistoryRow Ledger::with_user(HistoryRow row) const {
    row.db_user = connection_.facts().user;
    if (row.has_down_script && !storable(row.down_script)) {
        row.has_down_script = false;
        row.down_script.clear();
    }
    if (row.up_script && !storable(*row.up_script)) row.up_script.reset();
    return row;
}

bool Ledger::storable(const std::string& down_script) const {
    // written in hex it has twice its size, and it goes in one packet with the rest of the row
    const std::size_t limit = connection_.facts().max_packet;
    return is_storable_text(down_script) && (limit == 0 || down_script.size() < limit / 4);
}

std::string Ledger::start_clock() {
    return fmt::format("SET {} = UTC_TIMESTAMP(6)", kClock);
}

std::string Ledger::append_finished(const HistoryRow& row) const {
    sql::HistoryValues values(with_user(row));
    values.set("started_at", sql::Raw{std::string(kClock)});
    values.set("duration_ms",
               sql::Raw{fmt::format("TIMESTAMPDIFF(MICROSECOND, {}, UTC_TIMESTAMP(6)) / 1000", kClock)});
    return sql::insert_history(table_, syntax_, values);
}

std::vector<std::string> Ledger::append_started(const HistoryRow& row, const sql::Value& fingerprint) const {
    sql::HistoryValues values(with_user(row));
    values.set("fingerprint", fingerprint);
    values.set("started_at", sql::Raw{"UTC_TIMESTAMP(6)"});
    return {sql::insert_history(table_, syntax_, values), fmt::format("SET {} = LAST_INSERT_ID()", kRow)};
}

std::string Ledger::append_as_given(const HistoryRow& row) const {
    return sql::insert_history(table_, syntax_, sql::HistoryValues(with_user(row)));
}

std::string Ledger::update(std::vector<std::pair<std::string_view, sql::Value>> changes) const {
    return sql::update_history(table_, syntax_, sql::Raw{std::string(kRow)}, changes);
}

sql::Value Ledger::duration_until_now() {
    return sql::Raw{"TIMESTAMPDIFF(MICROSECOND, started_at, UTC_TIMESTAMP(6)) / 1000"};
}

}  // namespace godwit::mysql
