#include "mysql/driver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mysql/apply.hpp"
#include "mysql/drop.hpp"
#include "mysql/fingerprint.hpp"
#include "mysql/lock.hpp"
#include "mysql/locks.hpp"
#include "mysql/packet.hpp"
#include "mysql/progress.hpp"
#include "mysql/replay.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

Dialect dialect_by_scheme(const Url& url) {
    Dialect dialect = mysql_dialect();
    if (url.scheme() == "mariadb") dialect.product = "mariadb";
    return dialect;
}

}  // namespace

MysqlDriver::MysqlDriver(const Url& url, DriverOptions options)
    : options_(std::move(options)),
      target_(read_target(url, options_)),
      dialect_(dialect_by_scheme(url)),
      admin_(target_) {}

void MysqlDriver::connect() {
    ledger_.reset();
    settings_.reset();
    if (target_.database.empty())
        fail(Errc::Usage, "no database name", "end the URL with it: mysql://HOST/DATABASE");
    auto opening = std::make_shared<Connection>(target_, options_.init_sql, options_.ddl_lock_timeout);
    {
        const std::lock_guard guard(connection_mutex_);
        connection_ = opening;
    }
    opening->open();
    dialect_ = dialect_of(opening->facts());
    settings_ = std::make_unique<Settings>(*opening);
    ledger_ = std::make_unique<Ledger>(*opening, options_.golang_migrate);
}

Connection& MysqlDriver::connection() {
    if (!ledger_) fail(Errc::Internal, "the driver is used before connect()");
    return *connection_;
}

DatabaseInfo MysqlDriver::info() {
    const Facts& facts = connection().facts();
    return {facts.mariadb ? "MariaDB" : "MySQL",
            facts.version,
            target_.database,
            ledger_->table().schema,
            facts.user,
            ledger_->table().shown()};
}

LedgerState MysqlDriver::state() {
    connection();
    return ledger_->state();
}

std::vector<HistoryRow> MysqlDriver::history(std::size_t limit) {
    connection();
    return ledger_->history(limit);
}

std::vector<AppliedVersion> MysqlDriver::applied() {
    connection();
    return ledger_->applied();
}

LedgerView MysqlDriver::view() {
    connection();
    return ledger_->view();
}

LedgerView MysqlDriver::glance() {
    connection();
    return ledger_->glance();
}

std::optional<std::string> MysqlDriver::stored_down_script(const Version& version) {
    connection();
    return ledger_->stored_down_script(version);
}

std::vector<std::optional<std::string>> MysqlDriver::stored_down_scripts(std::span<const Version> versions) {
    connection();
    return ledger_->stored_down_scripts(versions);
}

std::optional<std::string> MysqlDriver::stored_up_script(const Version& version) {
    connection();
    return ledger_->stored_up_script(version);
}

std::unique_ptr<Lock> MysqlDriver::lock(const Deadline& deadline, const LockWaiting& waiting) {
    connection();
    ledger_->forget();  // whoever holds it may write
    return take_lock(connection_, *ledger_, deadline, waiting);
}

LockReport MysqlDriver::locks() {
    return read_locks(connection(), ledger_->table());
}

Outcome MysqlDriver::apply(std::span<const Step> steps, const RunIdentity& identity, StepObserver& observer) {
    const Applying applying(connection());
    Run run{connection(), *ledger_, *settings_, dialect_, steps, identity, observer, sizer_, options_.batch};
    return apply_steps(run);
}

void MysqlDriver::record(std::span<const LedgerChange> changes, const RunIdentity& run) {
    if (changes.empty()) return;
    Connection& session = connection();
    std::vector<std::string> all{"START TRANSACTION"};
    for (const LedgerChange& change : changes)
        if (change.history) all.push_back(ledger_->append_as_given(sql::completed_row(*change.history, run)));
    // in one transaction nobody sees the versions between
    for (std::string& sql : ledger_->set_version(changes.back().version, changes.back().dirty))
        all.push_back(std::move(sql));
    all.emplace_back("COMMIT");
    try {
        ledger_->create();
        const std::size_t limit = std::min(kPacketSize, session.facts().max_packet / 2);
        for (const std::string& packet : packets_of(all, limit))
            session.query(packet);
    } catch (Error& error) {
        ledger_->forget();
        ErrorInfo& info = error.edit();
        info.message =
            fmt::format("the ledger {} cannot be written: {}", ledger_->table().shown(), info.message);
        ledger_->explain_refusal(info);
        if (info.state.empty() && !session.lost()) info.state = "nothing was changed";
        if (!session.lost()) session.rollback();
        throw;
    }
    ledger_->forget();
}

void MysqlDriver::ensure_version_table() {
    Connection& session = connection();
    if (ledger_->state().has_version_table) return;
    session.query(sql::create_version_table(ledger_->table(), ledger_->syntax()));
    ledger_->forget();
}

std::vector<std::string> MysqlDriver::drop_everything(const DropOptions& options) {
    Connection& session = connection();
    ledger_->forget();
    return drop_schema_content(session, options.schema.empty() ? ledger_->table().schema : options.schema);
}

void MysqlDriver::cancel() noexcept {
    const std::lock_guard guard(connection_mutex_);
    if (connection_) connection_->cancel();
}

std::vector<sql::Row> MysqlDriver::query(const std::string& sql) {
    Connection& session = connection();
    session.query("START TRANSACTION READ ONLY");
    try {
        auto rows = session.query(sql);
        session.rollback();
        return rows;
    } catch (const Error&) {
        if (!session.lost()) session.rollback();
        throw;
    }
}

std::unique_ptr<Watcher> MysqlDriver::watcher() {
    const Connection& session = connection();
    return watch(target_, session.facts().id);
}

std::optional<EffectFound> MysqlDriver::effect_of(const HistoryRow& row, const Script& script) {
    Connection& session = connection();
    // how the server shows a definition depends on sql_mode and character sets: the note was made under these
    settings_->keep();
    for (const std::size_t i : session_work(script, row.statements_done).again) {
        const std::string sql(script.sql(script.statements()[i]));
        if (word_at(sql, 0) != "lock") session.query(sql);
    }
    EffectFound found = find_effect(session, row, script);
    settings_->restore(session_names(script));
    return found;
}

std::optional<std::size_t> MysqlDriver::lost_with_session(const Script& script, std::size_t resume_at) const {
    return session_work(script, resume_at).lost;
}

std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options) {
    // else the first of several threads that connect does it, while the others use it
    static const int ready = mysql_library_init(0, nullptr, nullptr);
    if (ready != 0) fail(Errc::Internal, "the client library of MySQL cannot be set up");
    return std::make_unique<MysqlDriver>(url, options);
}

}  // namespace godwit::mysql
