#include "postgresql/session.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <sys/socket.h>

#include <array>
#include <utility>
#include <vector>

#include "godwit/script.hpp"
#include "postgresql/text.hpp"

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

/// So that the server notices within 30 s that our host is gone, and gives the lock back. Sockets without TCP
/// take no notice. Where the session is a pooler's, which is not ours, they end with the transaction.
std::string keepalives(int pid) {
    return fmt::format(
        "SELECT set_config('tcp_keepalives_idle', '10', p), set_config('tcp_keepalives_interval', '5', p), "
        "set_config('tcp_keepalives_count', '3', p), set_config('tcp_user_timeout', '25000', p) FROM (SELECT "
        "pg_backend_pid() <> {} AS p) s",
        pid);
}

std::vector<std::string> make_setup(const Target& target, const std::vector<std::string>& init_sql,
                                    Milliseconds lock, int pid, bool pooled) {
    std::vector<std::string> all;
    if (!pooled && target.keepalives) all.push_back(keepalives(pid));
    // at the start of a session, a pooler's session has taken them from somebody else or not at all
    if (pooled)
        for (const auto& [key, value] : target.run_time)
            all.push_back(fmt::format("SELECT set_config({}, {}, false)", literal(key), literal(value)));
    // lib/pq sends this with every connection; a date literal in a script depends on it
    if (target.lib_pq) all.emplace_back("SET DateStyle = 'ISO, MDY'");
    if (target.statement_timeout.count() > 0)
        all.push_back(timeout_statement("statement_timeout", target.statement_timeout));
    if (lock.count() > 0) all.push_back(timeout_statement("lock_timeout", lock));
    for (const std::string& sql : init_sql)
        add_statements(all, sql);
    return all;
}

/// In the session's schema where none is named.
std::string is_there(const std::string& schema, const std::string& table) {
    const std::string in =
        schema.empty() ? "quote_ident(current_schema())" : literal(sql::double_quoted(schema));
    return fmt::format("to_regclass({} || '.' || {}) IS NOT NULL", in, literal(sql::double_quoted(table)));
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
      init_sql_(init_sql),
      session_([this](const soci::soci_error& error) { return translate(error, target_.password); }) {}

Connection::~Connection() {
    // what has come by now is taken off, that the server is not told of a reset connection
    if (posted_ && !lost()) PQconsumeInput(handle_);
    const std::lock_guard guard(cancel_mutex_);
    PQfreeCancel(cancel_);
}

void Connection::open() {
    try {
        open_session();
    } catch (const Error& error) {
        const bool refused =
            error.info().message.find("unsupported startup parameter: options") != std::string::npos;
        if (!refused || target_.own_options || target_.run_time.empty()) throw;
        target_ = without_start_options(std::move(target_));
        open_session();
    }
    find_pooler();
    read_facts();
}

void Connection::open_session() {
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
}

/// A pooler answers the start of a session with a number of its own, not with the server's. Asked for by
/// itself only where settings would get into a session that is somebody else's next; else the facts tell.
void Connection::find_pooler() {
    facts_.pooled = false;
    setup_ = make_setup(target_, init_sql_, ddl_lock_timeout_, PQbackendPID(handle_), false);
    const bool sets = !init_sql_.empty() || !target_.run_time.empty() ||
                      target_.statement_timeout.count() > 0 || ddl_lock_timeout_.count() > 0;
    if (sets) note_server(query_value("SELECT pg_backend_pid()"));
}

void Connection::note_server(const std::string& pid) {
    facts_.direct = pid == std::to_string(PQbackendPID(handle_));
    if (facts_.direct || target_.golang_migrate || target_.lock_strategy == LockStrategy::Advisory) return;
    facts_.pooled = true;
    setup_ = make_setup(target_, init_sql_, ddl_lock_timeout_, 0, true);
}

LockStrategy Connection::lock_strategy() const {
    return target_.lock_strategy.value_or(facts_.pooled ? LockStrategy::Table : LockStrategy::Advisory);
}

sql::Session& Connection::ledger_session() {
    settle();
    return session_;
}

void Connection::read_facts() {
    try {
        const std::string facts =
            "SELECT current_setting('server_version'), current_database(), session_user, current_schema(), "
            "pg_is_in_recovery(), "
            "current_setting('synchronous_commit') = 'on' AND current_setting('synchronous_standby_names') = "
            "'', pg_backend_pid(), current_setting('transaction_isolation') = 'read committed', " +
            is_there(target_.table.schema, target_.table.table) + ", " +
            is_there(target_.table.schema, target_.table.history_name());
        const bool pooled = facts_.pooled;
        const auto results =
            query((pooled ? "BEGIN;\n" : "") + joined(setup_) + facts + (pooled ? ";\nROLLBACK" : ""));
        const PGresult& row = *results.at(results.size() - (pooled ? 2 : 1));
        const auto holds = [&](int column) { return text_at(row, column) == "t"; };
        facts_ = {.product_version = text_at(row, 0),
                  .database = text_at(row, 1),
                  .user = text_at(row, 2),
                  .schema = text_at(row, 3),
                  .in_recovery = holds(4),
                  .group_commit = holds(5) && !target_.own_commit,
                  .read_committed = holds(7),
                  .version_table = holds(8),
                  .history_table = holds(9),
                  .pooled = pooled};
        note_server(text_at(row, 6));
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
    settle();
    const std::lock_guard guard(cancel_mutex_);
    applying_ = applying;
    cancelled_ = false;
}

void Connection::release(const std::string& sql) {
    if (!way_.is_far() || !facts_.direct) {
        query(sql);
        return;
    }
    settle();
    posted_ = PQsendQuery(handle_, sql.c_str()) == 1 && PQflush(handle_) >= 0;
}

void Connection::settle() noexcept {
    if (!std::exchange(posted_, false)) return;
    while (const Result result{PQgetResult(handle_)})
        continue;
}

void Connection::send(const std::string& sql) {
    settle();
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
    posted_ = false;
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
    settle();
    const sql::Way::Answer answer(way_);
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
    if (!facts_.pooled) all.insert(all.end(), setup_.begin(), setup_.end());
    if (!session_name_.empty()) all.push_back("SET application_name = " + literal(session_name_));
    return all;
}

void Connection::set_fence(std::string fence, std::string session_name) {
    fence_ = std::move(fence);
    session_name_ = std::move(session_name);
}

std::vector<std::string> Connection::enter_statements() const {
    std::vector<std::string> all;
    if (facts_.pooled) all = setup_;
    if (fenced()) all.push_back(fence_);
    return all;
}

std::vector<std::string> Connection::leave_statements() const {
    return facts_.pooled && !setup_.empty() ? reset_statements() : std::vector<std::string>{};
}

std::string Connection::in_transaction(const std::vector<std::string>& statements) const {
    return "BEGIN;\n" + joined(enter_statements()) + joined(statements) + joined(leave_statements()) +
           "COMMIT";
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

std::vector<sql::Row> rows_of(const PGresult& result) {
    std::vector<sql::Row> rows;
    for (int row = 0; row < PQntuples(&result); ++row) {
        sql::Row& out = rows.emplace_back();
        for (int i = 0; i < PQnfields(&result); ++i)
            out.push_back(PQgetisnull(&result, row, i) != 0
                              ? std::nullopt
                              : std::optional<std::string>(PQgetvalue(&result, row, i)));
    }
    return rows;
}

void Connection::receive_notice(void* self, const PGresult* result) {
    const auto& connection = *static_cast<Connection*>(self);
    if (!connection.sink_) return;
    std::string text = redact(field(*result, PG_DIAG_MESSAGE_PRIMARY), connection.target_.password);
    connection.sink_(severity_of(field(*result, PG_DIAG_SEVERITY_NONLOCALIZED)),
                     field(*result, PG_DIAG_SQLSTATE), text);
}

}  // namespace godwit::postgresql
