#include "postgresql/session.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include "godwit/script.hpp"

namespace godwit::postgresql {
namespace {

constexpr Milliseconds kCancelAgain{200};
constexpr std::string_view kReadOnly = "25006";

std::string timeout_statement(std::string_view setting, Milliseconds value) {
    return fmt::format("SET {} = {}", setting, value.count());
}

/// One by one, because a step's transaction counts a result for each statement.
void add_statements(std::vector<std::string>& all, const std::string& sql) {
    const Script script = Script::parse(sql, postgresql_dialect(), "--init-sql");
    for (const Statement& statement : script.statements())
        all.emplace_back(script.sql(statement));
}

std::vector<std::string> make_setup(const Target& target, const std::vector<std::string>& init_sql,
                                    Milliseconds lock) {
    std::vector<std::string> all;
    // lib/pq sends this with every connection; a date literal in a script depends on it
    if (target.lib_pq) all.emplace_back("SET DateStyle = 'ISO, MDY'");
    if (target.statement_timeout.count() > 0)
        all.push_back(timeout_statement("statement_timeout", target.statement_timeout));
    if (lock.count() > 0) all.push_back(timeout_statement("lock_timeout", lock));
    for (const std::string& sql : init_sql)
        add_statements(all, sql);
    return all;
}

std::string joined(const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& statement : statements)
        text.append(statement).append("\n;\n");
    return text;
}

GODWIT_SOCI_NATIVE PGconn* native_handle(soci::session& session) {
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

Severity severity_of(std::string_view word) {
    return word == "WARNING" ? Severity::Warning : Severity::Info;
}

/// The server has closed the connection: PQgetResult() tells that best.
bool at_end(int socket) {
    char byte = 0;
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/// As the server would have answered.
ErrorInfo cancelled_unsent() {
    ErrorInfo info;
    info.code = Errc::Interrupted;
    info.message = "cancelled before the statement was sent";
    info.sqlstate = info.native_code = kQueryCanceled;
    return info;
}

std::string text_at(const PGresult& result, int column) {
    if (PQntuples(&result) == 0 || PQnfields(&result) <= column) return "";
    return PQgetvalue(&result, 0, column);
}

}  // namespace

Connection::Connection(Target target, const std::vector<std::string>& init_sql, Milliseconds ddl_lock_timeout)
    : target_(std::move(target)),
      ddl_lock_timeout_(ddl_lock_timeout),
      setup_(make_setup(target_, init_sql, ddl_lock_timeout)),
      session_([this](const soci::soci_error& error) { return translate(error, target_.password); }) {}

Connection::~Connection() {
    const std::lock_guard guard(cancel_mutex_);
    PQfreeCancel(cancel_);
}

void Connection::open() {
    const std::string conninfo = connection_string(target_.keywords);
    session_.close();  // a second try after a failure
    session_.open(soci::postgresql, conninfo, [&](const soci::soci_error& error) {
        return connect_error(error, conninfo, target_.password);
    });
    handle_ = native_handle(session_.soci());
    PQsetNoticeReceiver(handle_, &Connection::receive_notice, this);
    {
        const std::lock_guard guard(cancel_mutex_);
        PQfreeCancel(cancel_);
        cancel_ = PQgetCancel(handle_);
    }
    read_facts();
}

sql::Session& Connection::ledger_session() {
    return session_;
}

void Connection::read_facts() {
    try {
        const auto results = query(
            joined(setup_) +
            "SELECT current_setting('server_version'), current_database(), session_user, current_schema(), "
            "pg_is_in_recovery(), "
            "current_setting('synchronous_commit') = 'on' AND current_setting('synchronous_standby_names') = "
            "''");
        const PGresult& row = *results.back();
        facts_ = {text_at(row, 0), text_at(row, 1),        text_at(row, 2),
                  text_at(row, 3), text_at(row, 4) == "t", text_at(row, 5) == "t" && !target_.own_commit};
    } catch (Error& error) {
        if (error.code() != Errc::Statement) throw;
        ErrorInfo info = error.info();
        info.code = Errc::Connect;
        info.message = "the session could not be set up: " + info.message;
        if (info.hint.empty()) info.hint = "look at --init-sql and at the settings in the URL";
        throw Error(std::move(info));
    }
}

void Connection::set_running(bool running) noexcept {
    const std::lock_guard guard(cancel_mutex_);
    running_ = running;
    scripting_ = false;
}

void Connection::begin_script() {
    const std::lock_guard guard(cancel_mutex_);
    if (cancelled_) throw Error(cancelled_unsent());
    running_ = scripting_ = true;
}

void Connection::set_applying(bool applying) noexcept {
    const std::lock_guard guard(cancel_mutex_);
    applying_ = applying;
    cancelled_ = false;
}

void Connection::send(const std::string& sql) {
    begin_script();
    if (PQsendQuery(handle_, sql.c_str()) == 1) {
        PQsetSingleRowMode(handle_);
        return;
    }
    set_running(false);
    throw lost_error();
}

/// The server ignores a cancel request that overtakes the query on its way: it is asked again until the query
/// ends.
void Connection::await_result() {
    while (PQisBusy(handle_) == 1) {
        pollfd wait{PQsocket(handle_), POLLIN, 0};
        const int ready = poll(&wait, 1, static_cast<int>(kCancelAgain.count()));
        if (ready > 0 && (at_end(wait.fd) || PQconsumeInput(handle_) == 0)) return;
        if (ready == 0 && scripting_ && cancelled_) cancel();
    }
}

Result Connection::next() {
    await_result();
    Result result(PQgetResult(handle_));
    if (!result) set_running(false);
    return result;
}

void Connection::drain() {
    // a broken connection gives one error result and then none; a COPY gives the same result for ever
    while (const Result result = next()) {
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_COPY_IN || status == PGRES_COPY_BOTH)
            PQputCopyEnd(handle_, "no data was given");
        else if (status == PGRES_COPY_OUT)
            for (char* line = nullptr; PQgetCopyData(handle_, &line, 0) > 0;)
                PQfreemem(line);
    }
}

std::vector<Result> Connection::query(const std::string& sql) {
    set_running(true);
    if (PQsendQuery(handle_, sql.c_str()) == 0) {
        set_running(false);
        throw lost_error();
    }
    std::vector<Result> results;
    while (Result result = next()) {
        if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) {
            const Error error = lost() ? lost_error() : error_of(*result);
            drain();
            throw error;
        }
        results.push_back(std::move(result));
    }
    return results;
}

std::string Connection::query_value(const std::string& sql) {
    const auto results = query(sql);
    return results.empty() ? "" : text_at(*results.back(), 0);
}

void Connection::rollback() {
    drain();
    if (lost()) throw lost_error();
    if (transaction() != PQTRANS_IDLE) query("ROLLBACK");
}

std::vector<std::string> Connection::reset_statements() const {
    // DISCARD ALL would do all this, and give the migration lock back as well
    std::vector<std::string> all{"CLOSE ALL",      "RESET SESSION AUTHORIZATION",
                                 "RESET ROLE",     "RESET ALL",
                                 "DEALLOCATE ALL", "UNLISTEN *",
                                 "DISCARD TEMP",   "DISCARD SEQUENCES"};
    all.insert(all.end(), setup_.begin(), setup_.end());
    return all;
}

void Connection::reset() {
    query(joined(reset_statements()));
}

void Connection::keep_lock() {
    if (lock_keeper_) lock_keeper_();
}

std::string Connection::base_timeout(std::string_view setting) const {
    const Milliseconds value = setting == "lock_timeout" ? ddl_lock_timeout_ : target_.statement_timeout;
    return value.count() > 0 ? std::to_string(value.count()) : "DEFAULT";
}

void Connection::cancel() noexcept {
    const std::lock_guard guard(cancel_mutex_);
    if (applying_) cancelled_ = true;
    if (!running_ || cancel_ == nullptr) return;
    std::array<char, 256> why{};
    PQcancel(cancel_, why.data(), static_cast<int>(why.size()));
}

Error Connection::error_of(const PGresult& result) const {
    ErrorInfo info = server_error(result, target_.password);
    if (info.sqlstate == kReadOnly && info.hint.empty())
        info.hint =
            facts_.in_recovery
                ? "the server is in recovery (a standby?) and takes no writes: name the primary's host"
                : "default_transaction_read_only is on for this database, user or session";
    return Error(std::move(info));
}

Error Connection::lost_error() const {
    return Error(lost_connection(*handle_, target_.password));
}

void Connection::receive_notice(void* self, const PGresult* result) {
    const auto& connection = *static_cast<Connection*>(self);
    if (!connection.sink_) return;
    std::string text = redact(field(*result, PG_DIAG_MESSAGE_PRIMARY), connection.target_.password);
    connection.sink_(severity_of(field(*result, PG_DIAG_SEVERITY_NONLOCALIZED)),
                     field(*result, PG_DIAG_SQLSTATE), text);
}

}  // namespace godwit::postgresql
