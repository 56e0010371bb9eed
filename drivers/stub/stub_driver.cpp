#include "stub/stub_driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "stub/history.hpp"

namespace godwit::stub {
namespace {

bool is_atomic(const Step& step, const Database& database) {
    const auto wish = step.transaction ? step.transaction : step.script.directives().transaction;
    return wish.value_or(database.atomic);
}

bool is_left_out(const Directives& directives, const Dialect& dialect) {
    return !applies_to(directives, dialect) || directives.skip_if == "true";
}

}  // namespace

/// Releases the lock when it goes.
class StubDriver::Held final : public Lock {
  public:
    explicit Held(std::shared_ptr<Database> database) : database_(std::move(database)) {}
    ~Held() override {
        const std::scoped_lock guard(database_->mutex);
        database_->locked = false;
        database_->changed.notify_all();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

  private:
    std::shared_ptr<Database> database_;
};

StubDriver::StubDriver(std::string name, std::shared_ptr<Database> database, DriverOptions options)
    : name_(std::move(name)), database_(std::move(database)), options_(std::move(options)) {}

void StubDriver::connect() {
    connected_ = true;
}

void StubDriver::require_connected() const {
    if (!connected_) fail(Errc::Connect, fmt::format("stub database {}: not connected", name_));
}

DatabaseInfo StubDriver::info() {
    return {.product = "Stub",
            .version = "1",
            .database = name_,
            .schema = {},
            .user = {},
            .table = options_.table};
}

LedgerState StubDriver::state() {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    LedgerState state;
    state.has_version_table = database_->has_version_table;
    state.has_history_table = database_->has_history_table;
    state.version = database_->version;
    state.dirty = database_->dirty;
    if (!database_->history.empty()) {
        state.head = database_->history.back();
        state.head->down_script.clear();
        state.head->up_script.reset();
    }
    return state;
}

std::vector<HistoryRow> StubDriver::history(std::size_t limit) {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    std::vector<HistoryRow> rows(database_->history.rbegin(), database_->history.rend());
    if (limit != 0 && limit < rows.size()) rows.resize(limit);
    for (HistoryRow& row : rows)
        row.down_script.clear(), row.up_script.reset();
    return rows;
}

std::vector<AppliedVersion> StubDriver::applied() {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    std::map<Version, const HistoryRow*> newest;
    for (const HistoryRow& row : database_->history) {
        if (const auto version = Version::parse(row.version)) newest.insert_or_assign(*version, &row);
    }
    std::vector<AppliedVersion> applied;
    for (const auto& [version, row] : newest) {
        if (counts_as_applied(row->state)) applied.push_back(applied_version(*row, version));
    }
    return applied;
}

std::optional<std::string> StubDriver::stored_down_script(const Version& version) {
    const auto row = newest_applied(version);
    return row && row->has_down_script ? std::optional(row->down_script) : std::nullopt;
}

std::optional<std::string> StubDriver::stored_up_script(const Version& version) {
    const auto row = newest_applied(version);
    return row ? row->up_script : std::nullopt;
}

std::optional<HistoryRow> StubDriver::newest_applied(const Version& version) const {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    const auto& rows = database_->history;
    const auto found = std::find_if(rows.rbegin(), rows.rend(), [&](const HistoryRow& row) {
        return row.state == HistoryState::Applied && row.version == version.canonical();
    });
    return found == rows.rend() ? std::nullopt : std::optional(*found);
}

std::unique_ptr<Lock> StubDriver::lock(const Deadline& deadline, const LockWaiting& waiting) {
    require_connected();
    const auto begin = std::chrono::steady_clock::now();
    std::unique_lock guard(database_->mutex);
    if (database_->lock_failure) throw Error(*database_->lock_failure);
    while (database_->locked) {
        if (deadline.expired()) {
            fail(Errc::Locked,
                 fmt::format("stub database {}: another session holds the migration lock", name_),
                 "wait for it, or give a longer --lock-timeout");
        }
        const auto left = deadline.remaining(Milliseconds(1000));
        const bool free = database_->changed.wait_for(guard, left, [this] { return !database_->locked; });
        if (free || !waiting) continue;
        waiting("another session of this process",
                std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin));
    }
    database_->locked = true;
    return std::make_unique<Held>(database_);
}

Outcome StubDriver::apply(std::span<const Step> steps, const RunIdentity& run, StepObserver& observer) {
    require_connected();
    Outcome outcome;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (observer.stop()) {
            outcome.stopped = true;
            break;
        }
        observer.step_started(i);
        try {
            const StepResult result = this->run(steps[i], run, observer, i);
            ++outcome.landed;
            observer.step_landed(i, result);
        } catch (const Error& error) {
            outcome.failure = error;
            break;
        }
    }
    return outcome;
}

StepResult StubDriver::run(const Step& step, const RunIdentity& run, StepObserver& observer,
                           std::size_t index) {
    HistoryRow row = row_of(step, run);
    const auto before = state().version;
    StepResult result;
    if (is_left_out(step.script.directives(), dialect_)) {
        result.skipped = true;
        begin(step, row);
        land(step, row);
        return result;
    }
    begin(step, row);
    try {
        run_statements(step, observer, index, row.statements_done);
    } catch (Error& error) {
        note_failure(step, std::move(row), before, error);
        throw;
    }
    result.statements = row.statements_done - step.resume_at;
    land(step, row);
    return result;
}

void StubDriver::run_statements(const Step& step, StepObserver& observer, std::size_t index,
                                std::size_t& done) {
    const auto& statements = step.script.statements();
    const auto mark = database_->statements.size();
    for (std::size_t i = step.resume_at; i < statements.size(); ++i) {
        try {
            if (!is_left_out(step.script.directives(statements[i]), dialect_))
                execute(step.script, statements[i]);
        } catch (Error& error) {
            error.edit().where.statement = i + 1;
            if (is_atomic(step, *database_)) {
                const std::scoped_lock guard(database_->mutex);
                database_->statements.resize(mark);
                done = step.resume_at;
            }
            throw;
        }
        ++done;
        observer.statement_done(index, i, std::chrono::microseconds(1));
    }
}

void StubDriver::execute(const Script& script, const Statement& statement) {
    const auto sql = script.sql(statement);
    if (sql.starts_with("WAIT")) {
        std::unique_lock guard(database_->mutex);
        database_->changed.wait(guard, [this] { return database_->cancelled; });
        database_->cancelled = false;
        fail(Errc::Interrupted, "the statement was cancelled");
    }
    if (sql.starts_with("FAIL")) {
        ErrorInfo info;
        info.code = Errc::Statement;
        info.message = fmt::format("the stub refuses '{}'", sql.substr(0, 40));
        info.sqlstate = "42000";
        info.position = statement.begin;
        throw Error(std::move(info));
    }
    const std::scoped_lock guard(database_->mutex);
    database_->statements.emplace_back(sql);
}

/// Intent first where the statements cannot be rolled back.
void StubDriver::begin(const Step& step, HistoryRow row) {
    const std::scoped_lock guard(database_->mutex);
    database_->has_version_table = database_->has_history_table = true;
    if (is_atomic(step, *database_)) return;
    append(std::move(row));
    database_->version = step.version_after;
    database_->dirty = true;
}

void StubDriver::land(const Step& step, const HistoryRow& row) {
    const std::scoped_lock guard(database_->mutex);
    HistoryRow done = row;
    done.state = step.direction == Direction::Up ? HistoryState::Applied : HistoryState::RolledBack;
    done.version_after = text_of(step.version_after);
    finish(std::move(done));
    database_->version = step.version_after;
    database_->dirty = false;
}

void StubDriver::note_failure(const Step& step, HistoryRow row, const std::optional<Version>& before,
                              Error& error) {
    const std::scoped_lock guard(database_->mutex);
    const bool kept = row.statements_done > 0;
    ErrorInfo& info = error.edit();
    info.kept = kept ? Kept::Part : Kept::Nothing;
    info.statements_done = row.statements_done;
    const bool dirty = kept || step.dirty_policy == DirtyPolicy::Always;
    if (dirty) {
        database_->version = step.version_after;
    } else {
        database_->version = before;
    }
    database_->dirty = dirty;
    row.state = HistoryState::Failed;
    row.error = info.message;
    row.version_after = text_of(database_->version);
    finish(std::move(row));
}

HistoryRow& StubDriver::append(HistoryRow row) {
    row.id = static_cast<std::int64_t>(database_->history.size()) + 1;
    return database_->history.emplace_back(std::move(row));
}

/// Turns the intent into the finished row, or appends it where there was none.
void StubDriver::finish(HistoryRow row) {
    auto& rows = database_->history;
    const bool open =
        !rows.empty() && rows.back().state == HistoryState::Started && rows.back().run_id == row.run_id;
    if (open) {
        row.id = rows.back().id;
        rows.back() = std::move(row);
    } else {
        append(std::move(row));
    }
}

void StubDriver::record(std::span<const LedgerChange> changes, const RunIdentity& run) {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    database_->has_version_table = true;
    for (const LedgerChange& change : changes) {
        database_->version = change.version;
        database_->dirty = change.dirty;
        if (!change.history) continue;
        database_->has_history_table = true;
        HistoryRow& row = append(*change.history);
        row.os_user = run.os_user;
        row.host = run.host;
        row.tool_version = run.tool_version;
        row.run_id = run.run_id;
    }
}

void StubDriver::ensure_version_table() {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    database_->has_version_table = true;
}

std::vector<std::string> StubDriver::drop_everything(const DropOptions& /*options*/) {
    require_connected();
    const std::scoped_lock guard(database_->mutex);
    std::vector<std::string> dropped;
    for (const std::string& statement : database_->statements)
        dropped.push_back("statement " + statement);
    if (database_->has_version_table) dropped.push_back("table " + options_.table);
    if (database_->has_history_table) dropped.push_back("table " + options_.table + "_history");
    database_->statements.clear();
    database_->history.clear();
    database_->has_version_table = database_->has_history_table = database_->dirty = false;
    database_->version.reset();
    return dropped;
}

void StubDriver::cancel() noexcept {
    const std::scoped_lock guard(database_->mutex);
    database_->cancelled = true;
    database_->changed.notify_all();
}

std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options) {
    const auto name = url.parts().host;
    if (name.empty())
        fail(Errc::Usage, fmt::format("{}: a stub database has a name", url.redacted()), "stub://test");
    return std::make_unique<StubDriver>(name, database(name), options);
}

}  // namespace godwit::stub
