#include "sqlite/driver.hpp"

#include <fmt/format.h>

#include "sqlite/apply.hpp"
#include "sqlite/drop.hpp"
#include "sqlite/errors.hpp"
#include "sqlite/lock.hpp"
#include "sqlite/locks.hpp"

namespace godwit::sqlite {
namespace {

void name_holders(ErrorInfo& info, const Target& target) {
    if (target.in_memory()) return;
    const std::string holders = file_holders(target.file);
    if (!holders.empty()) info.message += "; held by " + holders;
}

/// What a ledger statement of our own ran into, for a person.
Error explained(const ErrorInfo& info, const Target& target) {
    ErrorInfo out = info;
    const std::string& shown = target.shown;
    if (out.code == Errc::Statement && is_busy(info)) out.code = Errc::Locked;
    if (out.code == Errc::Statement && is_the_files(info)) out.code = Errc::Connect;
    if (info.native_code.starts_with("SQLITE_CONSTRAINT"))
        out.hint =
            "the ledger's table has columns or constraints that are not its own: remove them, or name "
            "another table with --table";
    out.message = shown + ": " + info.message;
    if (out.code == Errc::Locked) name_holders(out, target);
    if (out.state.empty()) out.state = "nothing was changed";
    return Error(std::move(out));
}

/// Nothing but our errors leaves, and those of SQLite tell the file.
template <typename Body>
auto told(const Connection& connection, Body&& body) {
    try {
        return body();
    } catch (const Error& error) {
        if (error.info().native_code.empty() || error.code() == Errc::Connect) throw;
        throw explained(error.info(), connection.target());
    }
}

}  // namespace

SqliteDriver::SqliteDriver(Target target, DriverOptions options)
    : options_(std::move(options)),
      connection_(std::move(target), options_),
      ledger_(connection_, options_.golang_migrate),
      admin_(connection_, options_.application_name) {}

void SqliteDriver::connect() {
    ledger_.forget();
    try {
        connection_.connect();
    } catch (Error& error) {
        if (error.code() == Errc::Locked) name_holders(error.edit(), connection_.target());
        throw;
    }
    connected_ = true;
}

void SqliteDriver::require_connected() const {
    if (!connected_) fail(Errc::Connect, connection_.target().shown + ": not connected");
}

DatabaseInfo SqliteDriver::info() {
    return {.product = "SQLite",
            .version = sqlite3_libversion(),
            .database = connection_.target().shown,
            .schema = {},
            .user = {},
            .table = ledger_.table().shown()};
}

LedgerState SqliteDriver::state() {
    require_connected();
    return told(connection_, [&] { return ledger_.state(); });
}

std::vector<HistoryRow> SqliteDriver::history(std::size_t limit) {
    require_connected();
    return told(connection_, [&] { return ledger_.history(limit); });
}

std::vector<AppliedVersion> SqliteDriver::applied() {
    require_connected();
    return told(connection_, [&] { return ledger_.applied(); });
}

LedgerView SqliteDriver::glance() {
    require_connected();
    return told(connection_, [&] { return ledger_.glance(); });
}

std::vector<std::optional<std::string>> SqliteDriver::stored_down_scripts(std::span<const Version> versions) {
    require_connected();
    return told(connection_, [&] { return ledger_.stored_down_scripts(versions); });
}

std::optional<std::string> SqliteDriver::stored_down_script(const Version& version) {
    require_connected();
    return told(connection_, [&] { return ledger_.stored_script(version, "down_script"); });
}

std::optional<std::string> SqliteDriver::stored_up_script(const Version& version) {
    require_connected();
    return told(connection_, [&] { return ledger_.stored_script(version, "up_script"); });
}

std::unique_ptr<Lock> SqliteDriver::lock(const Deadline& deadline, const LockWaiting& waiting) {
    require_connected();
    const Target& target = connection_.target();
    if (target.in_memory()) return no_lock();
    return lock_file(lock_path(target.file), target.shown, options_.application_name, deadline, waiting);
}

/// Needs no connection: the file may be locked whole.
LockReport SqliteDriver::locks() {
    const Target& target = connection_.target();
    if (target.in_memory()) return {"none: the database is in memory", {}};
    return read_locks(target.file, target.shown);
}

Outcome SqliteDriver::apply(std::span<const Step> steps, const RunIdentity& run, StepObserver& observer) {
    require_connected();
    if (steps.empty()) return {};
    const Running running(connection_);
    return told(connection_, [&] {
        connection_.prepare_to_write();
        ledger_.known();
        Run state{.connection = connection_,
                  .ledger = ledger_,
                  .dialect = dialect_,
                  .steps = steps,
                  .identity = run,
                  .teller = Teller(observer),
                  .rules = {connection_.target().no_tx_wrap, options_.golang_migrate},
                  .batch = options_.batch};
        return apply_steps(state);
    });
}

template <typename Body>
void SqliteDriver::write(Body&& body) {
    require_connected();
    told(connection_, [&] {
        connection_.prepare_to_write();
        ledger_.known();
        const Running running(connection_);
        try {
            connection_.begin();
            body();
            connection_.commit();
        } catch (const Error&) {
            connection_.rollback();
            ledger_.forget();
            throw;
        }
        ledger_.forget();
    });
}

void SqliteDriver::record(std::span<const LedgerChange> changes, const RunIdentity& run) {
    if (changes.empty()) return;
    write([&] {
        ledger_.require_unmoved();
        if (!ledger_.known().has_version_table) ledger_.create_version_table();
        for (const LedgerChange& change : changes) {
            if (!change.history) continue;
            ledger_.create();
            ledger_.append(sql::completed_row(*change.history, run));
        }
        // in one transaction nobody sees the versions between
        ledger_.set_version(changes.back().version, changes.back().dirty);
    });
}

void SqliteDriver::ensure_version_table() {
    require_connected();
    if (state().has_version_table) return;
    write([&] { ledger_.create_version_table(); });
}

std::vector<std::string> SqliteDriver::drop_everything(const DropOptions& options) {
    require_connected();
    if (!options.schema.empty() && options.schema != "main")
        fail(Errc::Usage, "SQLite has no schema '" + options.schema + "'", "leave --schema out");
    ledger_.forget();
    return told(connection_, [&]() -> std::vector<std::string> {
        if (!connection_.present()) return {};
        connection_.prepare_to_write();
        return drop_all(connection_);
    });
}

std::vector<sql::Row> SqliteDriver::query(const std::string& sql) {
    require_connected();
    if (!connection_.present())
        fail(Errc::Connect, fmt::format("{}: there is no such file", connection_.target().shown));
    return told(connection_, [&] {
        connection_.execute("PRAGMA query_only = 1");
        std::vector<sql::Row> rows;
        Prepared statement(connection_.handle(), sql);
        while (statement.next()) {
            sql::Row& out = rows.emplace_back();
            for (int i = 0; i < statement.columns(); ++i)
                out.push_back(statement.is_null(i) ? std::nullopt : std::optional(statement.text(i)));
        }
        connection_.execute("PRAGMA query_only = 0");
        return rows;
    });
}

void SqliteDriver::cancel() noexcept {
    connection_.cancel();
}

std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options) {
    return std::make_unique<SqliteDriver>(read_target(url, options), options);
}

}  // namespace godwit::sqlite
