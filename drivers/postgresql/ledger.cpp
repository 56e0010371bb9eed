#include "postgresql/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "godwit/duration.hpp"
#include "godwit/utf8.hpp"
#include "postgresql/locks.hpp"
#include "sql/session.hpp"

namespace godwit::postgresql {
namespace {

std::string set_patience(Milliseconds most) {
    return fmt::format("SELECT set_config('lock_timeout', '{}', true)", most.count());
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
    const Facts& facts = connection_.facts();
    there_ = facts.version_table && facts.history_table;
    untouched_ = !facts.version_table && !facts.history_table;
}

std::vector<Result> Ledger::ask(const std::string& sql) {
    try {
        auto results = connection_.query(patience() + sql);
        if (!patience().empty()) results.erase(results.begin());
        return results;
    } catch (Error& error) {
        if (error.info().sqlstate == kLockNotAvailable) explain_lock(error.edit());
        throw;
    }
}

/// nullopt where a careful look is needed.
std::optional<LedgerView> Ledger::quick(Look what) {
    if (!complete()) return std::nullopt;
    try {
        return read_quick_look(ask(quick_look(table_, syntax_, what)), what, table_, golang_migrate_);
    } catch (const Error& error) {
        const std::string& code = error.info().sqlstate;
        const bool gone = code == "42P01" || code == "42703" || code == "42501" || code == "3F000";
        if (!gone) throw;
        return std::nullopt;
    }
}

LedgerView Ledger::careful(Look what) {
    try {
        auto found =
            read_careful_look(*ask(careful_look(table_, syntax_, what)).back(), table_, golang_migrate_);
        // what was known of the table's shape is not true any more: what was read may lack something
        if (std::exchange(syntax_.lacking, found.lacking) != found.lacking) return careful(what);
        return std::move(found.view);
    } catch (const Error& error) {
        ErrorInfo info = error.info();
        if (info.sqlstate == "42703" && syntax_.lacking.empty()) {  // the table of an older layout
            syntax_.lacking.assign(sql::kAddedColumns.begin(), sql::kAddedColumns.end());
            return careful(what);
        }
        if (info.sqlstate != "42501") throw;
        info.message = fmt::format("the ledger {} cannot be read: {}", table_.shown(), info.message);
        info.detail.clear();  // the text of a query of ours
        info.state = "nothing was changed";
        explain_refusal(info);
        throw Error(std::move(info));
    }
}

LedgerView Ledger::remembered(LedgerView view) {
    known_ = view.state;
    there_ = known_->has_version_table && known_->has_history_table;
    untouched_ = false;
    return view;
}

LedgerView Ledger::read(Look what) {
    expected_.clear();
    if (auto view = quick(what)) return remembered(*std::move(view));
    if (what != Look::View) return remembered(careful(what));
    return with_applied(careful(Look::State));
}

LedgerView Ledger::with_applied(LedgerView view) {
    view = remembered(std::move(view));
    view.applied = applied();
    return view;
}

LedgerState Ledger::state() {
    return read(Look::State).state;
}

LedgerView Ledger::glance() {
    return untouched_ ? remembered({}) : read(Look::Glance);
}

LedgerView Ledger::view() {
    auto view = expected();
    return view ? *std::move(view) : read(Look::View);
}

std::string Ledger::view_query() const {
    return patience() + (complete() ? quick_look(table_, syntax_, Look::View)
                                    : careful_look(table_, syntax_, Look::State));
}

Result Ledger::try_lock(const std::string& sql) {
    // in other isolation levels the snapshot of the whole text may be older than the lock
    if (golang_migrate_ || !connection_.facts().read_committed)
        return std::move(connection_.query(sql).back());
    try {
        auto results = connection_.query(sql + ";\n" + view_query());
        Result tried = std::move(results.front());
        results.erase(results.begin(), results.begin() + (patience().empty() ? 1 : 2));
        expected_ = std::move(results);
        return tried;
    } catch (const Error&) {  // told to whoever asks for the view
        if (connection_.lost()) throw;
        return nullptr;
    }
}

/// Whoever holds no lock any more is not told what was there when it did.
std::optional<LedgerView> Ledger::expected() {
    const auto results = std::exchange(expected_, {});
    if (results.empty() || !connection_.keeps_lock()) return std::nullopt;
    if (complete()) {
        auto view = read_quick_look(results, Look::View, table_, golang_migrate_);
        if (view) return remembered(*std::move(view));
        return std::nullopt;
    }
    auto found = read_careful_look(*results.back(), table_, golang_migrate_);
    if (found.lacking != syntax_.lacking) return std::nullopt;
    return with_applied(std::move(found.view));
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

sql::HistoryValues Ledger::values(const HistoryRow& row, StartedAt started) const {
    static constexpr std::array<std::string_view, 3> clocks{
        "to_timestamp(current_setting('godwit.started')::float8)", "now()", "clock_timestamp()"};
    const std::string clock(clocks[static_cast<std::size_t>(started)]);
    sql::HistoryValues values(with_user(row));
    values.set("started_at", sql::Raw{clock});
    if (started != StartedAt::Now)
        values.set("duration_ms",
                   sql::Raw{fmt::format("date_part('epoch', clock_timestamp() - {}) * 1000", clock)});
    return values;
}

std::string Ledger::append(const HistoryRow& row, StartedAt started) const {
    return sql::insert_history(table_, syntax_, values(row, started));
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
