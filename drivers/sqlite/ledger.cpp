#include "sqlite/ledger.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "sql/glance.hpp"
#include "sql/session.hpp"
#include "sql/steps.hpp"
#include "sqlite/applied.hpp"

namespace godwit::sqlite {
namespace {

constexpr std::array<std::string_view, 2> kVersionColumns{"version", "dirty"};

/// A read transaction: several queries see one state of the file.
class Reading {
  public:
    explicit Reading(Connection& connection)
        : connection_(connection), outermost_(!connection.in_transaction()) {
        connection_.start_clock();
        if (outermost_) connection_.execute("BEGIN");
    }
    ~Reading() {
        if (outermost_) connection_.rollback();
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

  private:
    Connection& connection_;
    bool outermost_;
};

bool same_name(std::string_view a, std::string_view b) {
    return sqlite3_stricmp(std::string(a).c_str(), std::string(b).c_str()) == 0;
}

[[noreturn]] void foreign_shape(const std::string& table, std::string_view type,
                                const std::vector<std::string>& columns, std::string_view wanted,
                                std::string_view hint) {
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format(
        "{} is not a table of godwit or golang-migrate: it is a {} with the columns {}; expected {}", table,
        type, columns.empty() ? "(none)" : fmt::format("{}", fmt::join(columns, ", ")), wanted);
    info.hint = hint;
    info.state = "nothing was changed";
    throw Error(std::move(info));
}

std::int64_t number_of(const std::string& text, const std::string& table) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size()) sql::not_a_version(table, text);
    return number;
}

sql::TableName in_main(const sql::TableName& name) {
    return {"main", name.table};
}

/// What a run that was cut off left is exactly as far as it says: see read_applied().
HistoryState as_told(HistoryState state) {
    return state == HistoryState::Started ? HistoryState::Failed : state;
}

bool is_plain(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto letter_or_digit = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && letter(name.front()) && std::ranges::all_of(name, letter_or_digit);
}

std::string version_table_ddl(std::string_view table) {
    return fmt::format("CREATE TABLE IF NOT EXISTS {} (version uint64,dirty bool)", table);
}

/// golang-migrate writes the name bare, and SQLite keeps the text: it must be the same. Only SQLite itself
/// knows which words it takes for a name.
std::string bare_where_possible(sqlite3* handle, const std::string& name) {
    if (!is_plain(name)) return sql::double_quoted(name);
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(handle, version_table_ddl(name).c_str(), -1, &made, nullptr);
    const StatementHandle statement(made);
    return code == SQLITE_OK ? name : sql::double_quoted(name);
}

}  // namespace

Ledger::Ledger(Connection& connection, bool golang_migrate)
    : connection_(connection),
      golang_migrate_(golang_migrate),
      table_(connection.target().table),
      syntax_{sql::Family::Sqlite, &sql::double_quoted, &sql::single_quoted} {}

std::vector<std::string> Ledger::find_table(const std::string& name, std::span<const std::string_view> wanted,
                                            std::string_view hint) {
    Prepared& object = connection_.prepared(
        "SELECT type FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')");
    object.bind_text(1, name);
    if (!object.next()) return {};
    const std::string type = object.text(0);
    object.reset();
    Prepared& info = connection_.prepared("SELECT name, type FROM pragma_table_info(?1, 'main')");
    info.bind_text(1, name);
    std::vector<std::string> names;
    std::vector<std::string> columns;
    while (info.next()) {
        names.push_back(info.text(0));
        columns.push_back(info.text(1).empty() ? info.text(0) : info.text(0) + " " + info.text(1));
    }
    const bool fits =
        type == "table" && std::ranges::all_of(wanted, [&](std::string_view column) {
            return std::ranges::any_of(names, [&](const auto& n) { return same_name(n, column); });
        });
    if (!fits)
        foreign_shape(name, type, columns,
                      wanted.size() == 2 ? "version uint64, dirty bool" : "the columns of godwit's history",
                      hint);
    return names;
}

void Ledger::read_version(LedgerState& state) {
    Prepared& row = connection_.prepared(
        fmt::format("SELECT version, dirty FROM main.{} LIMIT 2", sql::double_quoted(table_.table)));
    if (!row.next()) return;
    const std::string number = row.text(0);
    state.dirty = row.integer(1) != 0;
    if (!golang_migrate_ && row.next()) {
        row.reset();
        sql::several_versions(table_.table);
    }
    row.reset();
    state.version = sql::version_of_number(number_of(number, table_.table));
}

LedgerState Ledger::look() {
    LedgerState state;
    state.has_version_table = !find_table(table_.table, kVersionColumns,
                                          "name another table with --table, or move this one out of the way")
                                   .empty();
    if (state.has_version_table) read_version(state);
    const auto history = find_table(table_.history_name(), sql::first_history_columns(),
                                    "move it out of the way, or name another version table with --table");
    state.has_history_table = !history.empty();
    syntax_.lacking = history.empty() ? std::vector<std::string_view>{} : sql::lacking_columns(history);
    return state;
}

LedgerState Ledger::state() {
    known_.reset();
    LedgerState state;
    if (connection_.present()) {
        const Running running(connection_);
        const Reading reading(connection_);
        state = look();
        if (state.has_history_table) {
            auto rows = sql::read_history(connection_.ledger_session(), table_, syntax_, 1);
            if (!rows.empty()) state.head = std::move(rows.front());
            if (state.head) state.head->state = as_told(state.head->state);
        }
    }
    known_ = state;
    return state;
}

const LedgerState& Ledger::known() {
    if (!known_) state();
    return *known_;
}

std::vector<HistoryRow> Ledger::history(std::size_t limit) {
    if (!state().has_history_table) return {};
    return sql::read_history(connection_.ledger_session(), table_, syntax_, limit);
}

std::vector<AppliedVersion> Ledger::applied() {
    if (!known().has_history_table) return {};
    connection_.start_clock();
    return read_applied(connection_, "main." + sql::double_quoted(table_.history_name()));
}

LedgerView Ledger::glance() {
    LedgerView view{state(), {}};
    if (!view.state.has_history_table) return view;
    connection_.start_clock();
    Prepared row(connection_.handle(), sql::glance_columns_query(in_main(table_), syntax_));
    sql::Glance glance;
    while (row.next())
        glance.add(row.view(0), row.view(1), row.view(2));
    view.applied = std::move(glance).applied();
    for (AppliedVersion& applied : view.applied)
        applied.state = as_told(applied.state);
    return view;
}

std::vector<std::optional<std::string>> Ledger::stored_down_scripts(std::span<const Version> versions) {
    if (!known().has_history_table) return std::vector<std::optional<std::string>>(versions.size());
    connection_.start_clock();
    const auto query = [this](const std::string& sql) {
        Prepared row(connection_.handle(), sql);
        std::vector<sql::Row> rows;
        while (row.next())
            rows.push_back({row.text(0), row.is_null(1) ? std::nullopt : std::optional(row.text(1))});
        return rows;
    };
    return sql::read_stored_down_scripts(sql::Query(query), in_main(table_), syntax_, versions);
}

/// Not through SOCI, which ends a text at its first NUL byte.
std::optional<std::string> Ledger::stored_script(const Version& version, std::string_view column) {
    if (!known().has_history_table) return std::nullopt;
    if (std::ranges::find(syntax_.lacking, column) != syntax_.lacking.end()) return std::nullopt;
    Prepared& row = connection_.prepared(
        fmt::format("SELECT {} FROM main.{} WHERE version = ?1 AND direction = 'up' AND state = 'applied' "
                    "ORDER BY id DESC LIMIT 1",
                    column, sql::double_quoted(table_.history_name())));
    row.bind_text(1, version.canonical());
    if (!row.next()) return std::nullopt;
    std::optional<std::string> script;
    if (!row.is_null(0)) script = row.text(0);
    row.reset();
    return script;
}

void Ledger::require_unmoved() {
    const LedgerState& before = known();
    const LedgerState now = look();
    if (now.version == before.version && now.dirty == before.dirty) {
        known_->has_version_table = now.has_version_table;
        known_->has_history_table = now.has_history_table;
        return;
    }
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format(
        "{} was at {} when this run looked, and is at {} now: another program moved it", table_.table,
        sql::shown(before.version, before.dirty), sql::shown(now.version, now.dirty));
    info.hint = "golang-migrate takes no lock on a SQLite file that other processes could see";
    info.state = fmt::format("the database is at {}; nothing was run on top of it",
                             sql::shown(now.version, now.dirty));
    info.next = "godwit status, then: godwit up";
    info.kept = Kept::Nothing;
    info.transient = true;
    forget();
    throw Error(std::move(info));
}

void Ledger::create_version_table() {
    const std::string table = bare_where_possible(connection_.handle(), table_.table);
    connection_.execute_script(version_table_ddl(table));
    connection_.execute_script(
        fmt::format("CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON {} (version)", table));
}

void Ledger::create() {
    if (!known().has_version_table) create_version_table();
    if (!known().has_history_table)
        connection_.execute_script(sql::create_history_table(table_, syntax_, true));
    // they may have been added, or not, in a transaction since
    if (!syntax_.lacking.empty()) static_cast<void>(look());
    for (const std::string& statement : sql::add_history_columns(table_, syntax_))
        connection_.execute_script(statement);
}

void Ledger::set_version(const std::optional<Version>& version, bool dirty) {
    const std::string table = "main." + sql::double_quoted(table_.table);
    const std::int64_t number = version ? sql::version_number(*version) : -1;
    connection_.prepared("DELETE FROM " + table).run();
    if (!version && !dirty) return;
    connection_.prepared(fmt::format("INSERT INTO {} (version, dirty) VALUES (?1, ?2)", table))
        .bind(1, number)
        .bind(2, std::int64_t{dirty})
        .run();
}

std::int64_t Ledger::append(const HistoryRow& row) {
    const sql::HistoryValues values(row);
    std::string columns;
    std::string marks;
    for (const auto& [column, value] : values.all()) {
        columns.append(columns.empty() ? "\"" : ", \"").append(column).append("\"");
        marks.append(marks.empty() ? "?" : ", ?");
    }
    Prepared& insert = connection_.prepared(fmt::format(
        "INSERT INTO main.{} ({}) VALUES ({})", sql::double_quoted(table_.history_name()), columns, marks));
    int index = 0;
    for (const auto& [column, value] : values.all())
        insert.bind(++index, value);
    insert.run();
    return sqlite3_last_insert_rowid(connection_.handle());
}

void Ledger::update(std::int64_t id, std::span<const std::pair<std::string_view, sql::Value>> changes) {
    std::string assignments;
    for (const auto& [column, value] : changes)
        assignments += fmt::format("{}\"{}\" = ?", assignments.empty() ? "" : ", ", column);
    Prepared& statement = connection_.prepared(fmt::format(
        "UPDATE main.{} SET {} WHERE id = ?", sql::double_quoted(table_.history_name()), assignments));
    int index = 0;
    for (const auto& [column, value] : changes)
        statement.bind(++index, value);
    statement.bind(++index, id).run();
}

}  // namespace godwit::sqlite
