#include "postgresql/driver.hpp"

#include <fmt/format.h>

#include "postgresql/apply.hpp"
#include "postgresql/drop.hpp"
#include "postgresql/lock.hpp"
#include "postgresql/locks.hpp"
#include "postgresql/progress.hpp"

namespace godwit::postgresql {
PostgresqlDriver::PostgresqlDriver(const Url& url, DriverOptions options)
    : options_(std::move(options)),
      target_(read_target(url, options_)),
      dialect_(postgresql_dialect()),
      admin_(target_, options_.env) {}

void PostgresqlDriver::connect() {
    landing_.reset();
    ledger_.reset();
    auto opening = std::make_shared<Connection>(target_, options_.init_sql, options_.ddl_lock_timeout);
    {
        const std::lock_guard guard(connection_mutex_);
        connection_ = opening;
    }
    opening->open();
    require_schema(opening->facts());
    ledger_ = std::make_unique<Ledger>(*opening, options_.golang_migrate);
    ledger_->resolve();
    landing_.emplace(*ledger_);
}

/// A schema that is not there leaves the search_path to the next one, and the ledger would be another's.
void PostgresqlDriver::require_schema(const Facts& facts) const {
    if (options_.schema.empty() || facts.schema == options_.schema) return;
    ErrorInfo info;
    info.code = Errc::Connect;
    info.message = fmt::format(
        "there is no schema '{}' in database {} that {} may use{}", options_.schema, facts.database,
        facts.user, facts.schema.empty() ? "" : fmt::format(": the session is in '{}'", facts.schema));
    info.hint = options_.init_sql.empty()
                    ? fmt::format("CREATE SCHEMA {}", sql::double_quoted(options_.schema))
                    : "create it; and --init-sql must not set another search_path";
    info.state = "nothing was changed";
    throw Error(std::move(info));
}

Connection& PostgresqlDriver::connection() {
    if (!ledger_) fail(Errc::Internal, "the driver is used before connect()");
    return *connection_;
}

DatabaseInfo PostgresqlDriver::info() {
    const Facts& facts = connection().facts();
    return {"PostgreSQL", facts.product_version,   facts.database, ledger_->table().schema,
            facts.user,   ledger_->table().shown()};
}

LedgerState PostgresqlDriver::state() {
    connection();
    return ledger_->state();
}

std::vector<HistoryRow> PostgresqlDriver::history(std::size_t limit) {
    connection();
    return ledger_->history(limit);
}

std::vector<AppliedVersion> PostgresqlDriver::applied() {
    connection();
    return ledger_->applied();
}

LedgerView PostgresqlDriver::view() {
    connection();
    return ledger_->view();
}

LedgerView PostgresqlDriver::glance() {
    connection();
    return ledger_->glance();
}

std::optional<std::string> PostgresqlDriver::stored_down_script(const Version& version) {
    connection();
    return ledger_->stored_down_script(version);
}

std::vector<std::optional<std::string>> PostgresqlDriver::stored_down_scripts(
    std::span<const Version> versions) {
    connection();
    return ledger_->stored_down_scripts(versions);
}

std::optional<std::string> PostgresqlDriver::stored_up_script(const Version& version) {
    connection();
    return ledger_->stored_up_script(version);
}

std::unique_ptr<Lock> PostgresqlDriver::lock(const Deadline& deadline, const LockWaiting& waiting) {
    connection();
    ledger_->forget();  // whoever holds it may write
    return take_lock(connection_, *ledger_, deadline, waiting);
}

LockReport PostgresqlDriver::locks() {
    return read_locks(connection(), ledger_->table());
}

Outcome PostgresqlDriver::apply(std::span<const Step> steps, const RunIdentity& identity,
                                StepObserver& observer) {
    const Applying applying(connection());
    Run run{connection(),  *ledger_, *landing_,
            dialect_,      steps,    identity,
            observer,      sizer_,   target_.multi_statement,
            options_.batch};
    return apply_steps(run);
}

void PostgresqlDriver::record(std::span<const LedgerChange> changes, const RunIdentity& run) {
    if (changes.empty()) return;
    Connection& session = connection();
    std::vector<std::string> all = ledger_->creation();
    for (const LedgerChange& change : changes)
        if (change.history) all.push_back(ledger_->append_as_given(sql::completed_row(*change.history, run)));
    // in one transaction nobody sees the versions between, each of which would leave a dead row to be passed
    for (std::string& sql : ledger_->set_version(changes.back().version, changes.back().dirty))
        all.push_back(std::move(sql));
    try {
        session.query(session.in_transaction(all));
    } catch (Error& error) {
        ledger_->forget();
        ErrorInfo& info = error.edit();
        info.message =
            fmt::format("the ledger {} cannot be written: {}", ledger_->table().shown(), info.message);
        ledger_->explain_refusal(info);
        if (info.state.empty() && !session.lost()) info.state = "nothing was changed";
        if (!session.lost()) session.rollback();
        if (!session.lost() && info.sqlstate == kLockNotAvailable) ledger_->explain_lock(info);
        throw;
    }
    ledger_->forget();
}

void PostgresqlDriver::ensure_version_table() {
    Connection& session = connection();
    if (ledger_->state().has_version_table) return;
    try {
        session.query(sql::create_version_table(ledger_->table(), ledger_->syntax()));
    } catch (const Error& error) {
        // two that create it at once collide in the catalog: one of them has made it
        const std::string& code = error.info().sqlstate;
        if ((code != "23505" && code != "42P07" && code != "42710") || !ledger_->state().has_version_table)
            throw;
    }
    ledger_->forget();
}

std::vector<std::string> PostgresqlDriver::drop_everything(const DropOptions& options) {
    Connection& session = connection();
    const std::string& schema = options.schema.empty() ? ledger_->table().schema : options.schema;
    ledger_->forget();
    return drop_schema_content(session, schema);
}

void PostgresqlDriver::cancel() noexcept {
    const std::lock_guard guard(connection_mutex_);
    if (connection_) connection_->cancel();
}

std::vector<sql::Row> PostgresqlDriver::query(const std::string& sql) {
    Connection& session = connection();
    session.query("BEGIN READ ONLY");
    std::vector<sql::Row> rows;
    try {
        for (const Result& result : session.query(sql)) {
            std::ranges::move(rows_of(*result), std::back_inserter(rows));
        }
    } catch (const Error&) {
        if (!session.lost()) session.rollback();
        throw;
    }
    session.rollback();
    return rows;
}

std::unique_ptr<Watcher> PostgresqlDriver::watcher() {
    const Connection& session = connection();
    return watch(target_, PQbackendPID(session.handle()));
}

std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options) {
    return std::make_unique<PostgresqlDriver>(url, options);
}

}  // namespace godwit::postgresql
