#include "sqlite/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "sqlite/errors.hpp"
#include "sqlite/settings.hpp"
#include "sqlite/soci_backend.hpp"

namespace godwit::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kBusyTimeout{5'000};
constexpr Milliseconds kShortestBusyTimeout{200};
constexpr int kInstructionsBetweenLooks = 1'000;

Limits limits_of(const Target& target, const DriverOptions& options) {
    Limits limits;
    // a commit of somebody else takes a moment, also for who does not want to wait
    const Milliseconds patience =
        options.golang_migrate ? kBusyTimeout : std::max(options.lock_timeout, kShortestBusyTimeout);
    limits.busy = target.busy_timeout.value_or(patience);
    if (options.ddl_lock_timeout.count() > 0) limits.busy = options.ddl_lock_timeout;
    limits.statement = options.statement_timeout;
    return limits;
}

/// Without it SQLite would take "file:…" for a name and make a file of it.
void require_uris(const std::string& shown) {
    if (sqlite3_compileoption_used("USE_URI") != 0) return;
    if (sqlite3_config(SQLITE_CONFIG_URI, 1) != SQLITE_OK)
        cannot_open(shown, "this program's SQLite is in use already and does not read file: names",
                    "call sqlite3_config(SQLITE_CONFIG_URI, 1) at the start of the program", false);
}

std::string failure_text(const std::string& shown, const soci::soci_error& error, const fs::path& file) {
    if (!file.empty() && access(file.c_str(), F_OK) == 0 && access(file.c_str(), R_OK) != 0)
        return "no permission to read it";
    std::string text = error.get_error_message();
    if (const auto at = text.find("database. "); at != std::string::npos) text.erase(0, at + 10);
    return text.empty() ? "SQLite cannot open " + shown : text;
}

}  // namespace

Connection::Connection(Target target, const DriverOptions& options)
    : target_(std::move(target)),
      init_sql_(options.init_sql),
      connect_timeout_(options.connect_timeout),
      base_(limits_of(target_, options)),
      limits_(base_),
      session_([this](const soci::soci_error& error) { return translate(error, handle_); }) {}

Connection::~Connection() {
    close();
}

void Connection::require_place() const {
    std::error_code error;
    const auto status = fs::status(target_.file, error);
    const fs::path folder = target_.file.parent_path();
    if (status.type() == fs::file_type::not_found) {
        if (!fs::exists(folder, error))
            cannot_open(target_.shown, fmt::format("the folder {} does not exist", folder.string()),
                        "create the folder, or correct the path in the URL", true);
        if (!fs::is_directory(folder, error))
            cannot_open(target_.shown, fmt::format("{} is no folder", folder.string()), "correct the path",
                        false);
        if (target_.access != Access::Create)
            cannot_open(target_.shown, "the file does not exist",
                        "mode=ro and mode=rw never make one; godwit create-db does", true);
        return;
    }
    if (error) cannot_open(target_.shown, error.message(), "look at the permissions of its folders", false);
    if (status.type() == fs::file_type::directory)
        cannot_open(target_.shown, "it is a folder", "name a file in it: " + target_.shown + "/app.db",
                    false);
    if (status.type() != fs::file_type::regular)
        cannot_open(target_.shown, "it is not a regular file", "correct the path in the URL", false);
}

void Connection::connect() {
    close();
    present();
}

bool Connection::present() {
    if (handle_ != nullptr) return true;
    if (!target_.in_memory()) {
        require_place();
        std::error_code error;
        if (!fs::exists(target_.file, error)) return false;
    }
    open(false);
    return true;
}

void Connection::prepare_to_write() {
    if (handle_ == nullptr && !target_.in_memory()) require_place();
    if (handle_ == nullptr) open(true);
    if (may_write_) return;
    if (sqlite3_db_readonly(handle_, "main") == 1)
        cannot_open(target_.shown + " for writing",
                    target_.access == Access::ReadOnly ? "the URL says mode=ro" : "the file is read-only",
                    "make the file and its folder writable for this user, or correct the URL", false);
    for (const Pragma& pragma : target_.stored)
        execute_script(fmt::format("PRAGMA {} = {}", pragma.name, pragma.value));
    may_write_ = true;
}

void Connection::open(bool create) {
    require_uris(target_.shown);
    session_.open(soci_backend(), connection_string(target_, create), [this](const soci::soci_error& error) {
        try {
            cannot_open(target_.shown, failure_text(target_.shown, error, target_.file),
                        "the file and its folder must be readable, and writable to make a new file", false);
        } catch (const Error& made) {
            return made;
        }
    });
    register_handle(native_handle(session_.soci()));
    try {
        set_up();
    } catch (const Error& error) {
        close();
        if (error.code() == Errc::Connect) throw;
        throw opening_error(target_.shown, error.info());
    }
}

void Connection::register_handle(sqlite3* handle) {
    const std::scoped_lock guard(cancel_mutex_);
    handle_ = handle;
}

void Connection::set_up() {
    const Running running(*this);
    watch();
    set_limits({connect_timeout_.count() > 0 ? std::min(connect_timeout_, base_.busy) : base_.busy, {}});
    execute("PRAGMA schema_version");  // reads the header: is it a database at all?
    load_extensions();
    for (const Pragma& pragma : target_.session)
        execute_script(fmt::format("PRAGMA {} = {}", pragma.name, pragma.value));
    if (target_.in_memory() && initial_.empty()) initial_ = read_settings(handle_);
    for (const std::string& sql : init_sql_)
        execute_script(sql);
    set_limits(base_);
}

void Connection::load_extensions() {
    if (target_.extensions.empty()) return;
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, nullptr);
    for (const std::string& name : target_.extensions) {
        std::error_code ignored;
        // a bare name is looked for in the system's library path only
        const fs::path file = fs::exists(name, ignored) ? fs::absolute(name) : fs::path(name);
        char* text = nullptr;
        const int code = sqlite3_load_extension(handle_, file.c_str(), nullptr, &text);
        const std::unique_ptr<char, void (*)(void*)> message(text, &sqlite3_free);
        if (code != SQLITE_OK)
            cannot_open(target_.shown,
                        fmt::format("extension {} cannot be loaded: {}", name,
                                    message ? message.get() : sqlite3_errstr(code)),
                        "--load-extension and x-load-extension= name the file of a SQLite extension", false);
    }
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
}

void Connection::close() noexcept {
    prepared_.clear();
    may_write_ = false;
    register_handle(nullptr);
    session_.close();
}

sql::Session& Connection::ledger_session() {
    start_clock();
    return session_;
}

Prepared& Connection::prepared(const std::string& sql) {
    const auto found = prepared_.find(sql);
    if (found != prepared_.end()) return found->second;
    return prepared_.emplace(sql, Prepared(handle_, sql)).first->second;
}

void Connection::execute_script(const std::string& sql) {
    const char* at = sql.c_str();
    const char* const end = at + sql.size();
    while (at < end) {
        sqlite3_stmt* made = nullptr;
        const int code = sqlite3_prepare_v2(handle_, at, static_cast<int>(end - at + 1), &made, &at);
        const StatementHandle statement(made);
        if (code != SQLITE_OK) throw database_error(handle_, code);
        if (!statement) continue;
        int step = SQLITE_ROW;
        while (step == SQLITE_ROW)
            step = sqlite3_step(statement.get());
        if (step != SQLITE_DONE) throw database_error(handle_, step);
    }
}

void Connection::begin() {
    require_uncancelled();
    start_clock();
    execute(target_.exclusive ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE");
}

void Connection::commit() {
    start_clock();
    execute("COMMIT");
}

void Connection::rollback() noexcept {
    if (handle_ == nullptr || !in_transaction()) return;
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Connection::reset() {
    if (handle_ == nullptr) return;
    rollback();
    if (target_.in_memory()) {
        reset_in_place();
        return;
    }
    const bool wrote = may_write_;
    close();
    open(false);
    if (wrote) prepare_to_write();
}

void Connection::reset_in_place() {
    restore_settings(handle_, initial_);
    prepared_.clear();
    watch();
    for (const Pragma& pragma : target_.session)
        execute_script(fmt::format("PRAGMA {} = {}", pragma.name, pragma.value));
    for (const std::string& sql : init_sql_)
        execute_script(sql);
}

void Connection::watch() {
    sqlite3_busy_handler(handle_, &Connection::on_busy, this);
    sqlite3_progress_handler(handle_, kInstructionsBetweenLooks, &Connection::on_progress, this);
}

void Connection::set_limits(const Limits& limits) {
    limits_ = limits;
    start_clock();
}

void Connection::start_clock() {
    timed_out_ = false;
    const bool limited = limits_.statement.count() > 0;
    statement_until_ = limited ? Deadline::in(limits_.statement) : Deadline::never();
}

void Connection::set_guest_until(const Deadline& until) {
    guest_until_ = until;
    outstayed_ = false;
}

/// Called by SQLite while another connection holds a lock: nonzero = try again.
int Connection::on_busy(void* self, int count) {
    auto& connection = *static_cast<Connection*>(self);
    if (count == 0) connection.busy_until_ = Deadline::in(connection.limits_.busy);
    if (connection.cancelled_ || connection.busy_until_.expired()) return 0;
    if (connection.statement_until_.expired()) {
        connection.timed_out_ = true;
        return 0;
    }
    const Milliseconds pause = std::min(Milliseconds(1 + count), Milliseconds(25));
    std::this_thread::sleep_for(std::clamp(connection.busy_until_.remaining(), Milliseconds(1), pause));
    return 1;
}

/// Called by SQLite in the middle of a statement: nonzero = interrupt it.
int Connection::on_progress(void* self) {
    auto& connection = *static_cast<Connection*>(self);
    if (connection.cancelled_) return 1;
    connection.timed_out_ = connection.timed_out_ || connection.statement_until_.expired();
    connection.outstayed_ = connection.outstayed_ || connection.guest_until_.expired();
    return connection.timed_out_ || connection.outstayed_ ? 1 : 0;
}

void Connection::set_running(bool running) {
    const std::scoped_lock guard(cancel_mutex_);
    if (running && running_++ == 0) cancelled_ = false;
    if (!running) --running_;
}

void Connection::set_sheltered(bool sheltered) {
    const std::scoped_lock guard(cancel_mutex_);
    sheltered_ = sheltered;
    cancelled_ = false;
}

void Connection::require_uncancelled() const {
    if (cancelled_) throw coded_error(SQLITE_INTERRUPT, sqlite3_errstr(SQLITE_INTERRUPT));
}

/// SQLite forgets an interrupt that comes between two statements: the flag does not.
void Connection::cancel() noexcept {
    const std::scoped_lock guard(cancel_mutex_);
    if (running_ == 0 || sheltered_) return;
    cancelled_ = true;
    if (handle_ != nullptr) sqlite3_interrupt(handle_);
}

}  // namespace godwit::sqlite
