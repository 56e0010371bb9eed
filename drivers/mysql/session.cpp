#include "mysql/session.hpp"

#include <errmsg.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <soci/mysql/soci-mysql.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "godwit/ascii.hpp"
#include "godwit/script.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

constexpr std::string_view kShortIdle = "25";  // seconds
/// A server that is killed in the middle of a packet answers within milliseconds, or not at all.
constexpr Milliseconds kSilence{1000};

/// Makes the number odd while it lives.
class Waiting {
  public:
    explicit Waiting(std::atomic<std::uint64_t>& waits) : waits_(waits) { ++waits_; }
    ~Waiting() { ++waits_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

  private:
    std::atomic<std::uint64_t>& waits_;
};

GODWIT_SOCI_NATIVE MYSQL* native_handle(soci::session& session) {
    return static_cast<soci::mysql_session_backend*>(session.get_backend())->conn_;
}

std::vector<sql::Row> rows_of(MYSQL_RES& result) {
    std::vector<sql::Row> rows;
    const unsigned columns = mysql_num_fields(&result);
    while (MYSQL_ROW row = mysql_fetch_row(&result)) {
        const unsigned long* lengths = mysql_fetch_lengths(&result);
        sql::Row& out = rows.emplace_back();
        for (unsigned i = 0; i < columns; ++i)
            out.push_back(row[i] == nullptr ? std::nullopt : std::optional(std::string(row[i], lengths[i])));
    }
    return rows;
}

std::uint64_t number_of(const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// One by one: a packet's results are counted.
void add_statements(std::vector<std::string>& all, const std::string& sql, const Dialect& dialect) {
    const Script script = Script::parse(sql, dialect, "--init-sql");
    for (const Statement& statement : script.statements())
        all.emplace_back(script.sql(statement));
}

long long whole_seconds(Milliseconds span) {
    return std::max<long long>((span.count() + 999) / 1000, 1);
}

/// Of four bytes in UTF-8.
bool has_wide_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
}

bool has_mode(std::string_view modes, std::string_view mode) {
    return fmt::format(",{},", modes).find(fmt::format(",{},", mode)) != std::string::npos;
}

}  // namespace

Connection::Connection(Target target, std::vector<std::string> init_sql, Milliseconds ddl_lock_timeout)
    : target_(std::move(target)),
      init_sql_(std::move(init_sql)),
      ddl_lock_timeout_(ddl_lock_timeout),
      session_([this](const soci::soci_error& error) { return translate(error, target_.password); }) {}

void Connection::connect() {
    session_.close();  // a second try after a failure
    const auto opening = [this](const soci::soci_error& error) {
        return connect_error(error, target_.password);
    };
    try {
        session_.open(soci::mysql, connection_string(target_, true), opening);
    } catch (const Error& error) {
        const bool no_tls = error.info().native_code == std::to_string(CR_SSL_CONNECTION_ERROR);
        if (target_.tls != Tls::Preferred || !no_tls) throw;
        session_.open(soci::mysql, connection_string(target_, false), opening);
    }
    handle_ = native_handle(session_.soci());
    socket_ = static_cast<int>(mysql_get_socket(handle_));
    // SOCI cannot turn it off, and a server may ask for any file
    const unsigned local_files = target_.local_infile ? 1 : 0;
    mysql_options(handle_, MYSQL_OPT_LOCAL_INFILE, &local_files);
    if (target_.tls >= Tls::Required && mysql_get_ssl_cipher(handle_) == nullptr) {
        session_.close();
        fail(Errc::Connect, "the connection is not encrypted, although the URL's tls= asks for it");
    }
}

/// So that we notice within 30 s that the server's host is gone. For its own side a server has no such
/// setting per session, see short_idle().
void Connection::keep_alive() noexcept {
    const auto set = [this](int level, int name, int value) {
        // not every socket is TCP; without it a lost server is noticed later
        (void)setsockopt(socket_, level, name, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);
}

std::string Connection::short_idle() {
    if (facts_.idle_limit.empty() || std::exchange(short_idle_, true)) return "";
    return fmt::format("SET SESSION wait_timeout = {}", kShortIdle);
}

std::string Connection::normal_idle() {
    return std::exchange(short_idle_, false) ? "SET SESSION wait_timeout = " + facts_.idle_limit : "";
}

void Connection::open() {
    connect();
    keep_alive();
    if (mysql_set_server_option(handle_, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0) throw Error(error());
    // what depends on the server's kind waits until it has told
    const bool waits = !init_sql_.empty() || target_.statement_timeout.count() > 0;
    if (waits) take_facts(query(facts_query()).at(0));
    make_setup();
    set_up(waits ? "" : facts_query() + "\n;\n");
}

std::string Connection::facts_query() const {
    const auto is_there = [this](const std::string& table) {
        // the catalog has no characters of four bytes, and refuses to look for them: who asks for the table
        // is told
        if (has_wide_character(target_.table.schema + table)) return std::string("1");
        return fmt::format(
            "(SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {})",
            literal(target_.table.schema), literal(table));
    };
    return "SELECT VERSION(), USER(), @@sql_mode, CONNECTION_ID(), @@max_allowed_packet, "
           "@@lower_case_table_names, " +
           is_there(target_.table.table) + ", " + is_there(target_.table.history_name());
}

void Connection::take_facts(const sql::Row& row) {
    const auto text = [&](std::size_t column) { return row.at(column).value_or(""); };
    Facts facts;
    facts.version = text(0);
    facts.mariadb = ascii_lower(facts.version).find("mariadb") != std::string::npos;
    facts.user = text(1).substr(0, text(1).rfind('@'));  // a user's name may hold one, a host's not
    facts.sql_mode = text(2);
    facts.id = number_of(text(3));
    facts.max_packet = number_of(text(4));
    facts.names_fold = text(5) != "0";
    facts.version_table = text(6) != "0";
    facts.history_table = text(7) != "0";
    const std::lock_guard guard(running_mutex_);
    facts_ = std::move(facts);
}

void Connection::make_setup() {
    setup_.clear();
    setup_.emplace_back("SET autocommit = 1");  // a server's init_connect may have turned it off
    if (!target_.collation.empty())
        setup_.push_back(fmt::format("SET NAMES {} COLLATE {}", target_.charset, target_.collation));
    for (const auto& [key, value] : target_.variables)
        setup_.push_back(fmt::format("SET {}={}", key, value));
    const auto given = [](Milliseconds span) {
        return span.count() > 0 ? std::optional(span) : std::nullopt;
    };
    for (std::string& sql : set_limits(given(target_.statement_timeout), given(ddl_lock_timeout_)))
        setup_.push_back(std::move(sql));
    for (const std::string& sql : init_sql_)
        add_statements(setup_, sql, dialect_of(facts_));
}

void Connection::run_setup() {
    set_up("");
}

/// `facts`: the query for them where nobody has asked yet.
void Connection::set_up(const std::string& facts) {
    try {
        // Read behind the settings: they may change the mode that scripts are read in. The first comment is
        // a term for MariaDB, the second for MySQL.
        const auto results = query_each(
            facts + joined(setup_) +
            "SELECT @@sql_mode, 0 /*M! + @@max_statement_time */ /*!50708 + @@max_execution_time */, "
            "@@lock_wait_timeout, @@innodb_lock_wait_timeout, @@wait_timeout");
        if (!facts.empty()) take_facts(results.front().at(0));
        const sql::Row& row = results.back().at(0);
        facts_.sql_mode = row.at(0).value_or("");
        facts_.statement_limit = row.at(1).value_or("0");
        facts_.lock_limit = row.at(2).value_or("DEFAULT");
        facts_.row_lock_limit = row.at(3).value_or("DEFAULT");
        const std::string idle = row.at(4).value_or("");
        // a server that is quicker by itself stays so
        facts_.idle_limit = number_of(idle) > number_of(std::string(kShortIdle)) ? idle : "";
    } catch (Error& error) {
        if (error.code() != Errc::Statement) throw;
        ErrorInfo& info = error.edit();
        info.code = Errc::Connect;
        info.message = "the session could not be set up: " + info.message;
        if (info.hint.empty()) info.hint = "look at --init-sql and at the parameters of the URL";
        throw;
    }
}

void Connection::release(const std::string& sql) {
    if (!way_.is_far()) {
        query(sql);
        return;
    }
    settle();
    posted_ = mysql_send_query(handle_, sql.data(), sql.size()) == 0;
}

void Connection::settle() noexcept {
    if (!std::exchange(posted_, false)) return;
    bool more = mysql_read_query_result(handle_) == 0;
    while (more) {
        const Result result(mysql_store_result(handle_));
        more = more_results() && next_result();
    }
}

bool Connection::send(const std::string& text) {
    settle();
    const Waiting waiting(waits_);
    return mysql_real_query(handle_, text.data(), text.size()) == 0;
}

bool Connection::next_result() {
    const Waiting waiting(waits_);
    return mysql_next_result(handle_) == 0;
}

std::vector<std::vector<sql::Row>> Connection::query_all(const std::string& sql,
                                                         std::optional<Error>& failure) {
    const sql::Way::Answer answer(way_);
    const Running running(*this);
    std::vector<std::vector<sql::Row>> all;
    bool ok = send(sql);
    while (ok) {
        const Result result(mysql_store_result(handle_));
        if (!result && mysql_field_count(handle_) > 0) break;
        all.push_back(result ? rows_of(*result) : std::vector<sql::Row>{});
        if (!more_results()) return all;
        ok = next_result();
    }
    failure = Error(error());
    return all;
}

std::vector<std::vector<sql::Row>> Connection::query_each(const std::string& sql) {
    std::optional<Error> failure;
    auto all = query_all(sql, failure);
    if (failure) throw *failure;
    return all;
}

std::vector<sql::Row> Connection::query(const std::string& sql) {
    auto all = query_each(sql);
    while (all.size() > 1 && all.back().empty())
        all.pop_back();
    return all.empty() ? std::vector<sql::Row>{} : std::move(all.back());
}

std::string Connection::query_value(const std::string& sql) {
    const auto rows = query(sql);
    return rows.empty() || rows.front().empty() ? "" : rows.front().front().value_or("");
}

bool Connection::lost() const noexcept {
    return handle_ == nullptr || is_connection_loss(mysql_errno(handle_));
}

ErrorInfo Connection::error() const {
    return native_error(*handle_, target_.password);
}

void Connection::rollback() {
    if (lost()) throw Error(error());
    query("ROLLBACK");
}

std::vector<std::string> Connection::set_limits(std::optional<Milliseconds> timeout,
                                                std::optional<Milliseconds> lock_timeout) const {
    std::vector<std::string> all;
    if (timeout && facts_.mariadb)
        all.push_back(fmt::format("SET SESSION max_statement_time = {}.{:03}", timeout->count() / 1000,
                                  timeout->count() % 1000));
    else if (timeout)
        all.push_back(fmt::format("SET SESSION max_execution_time = {}", timeout->count()));
    if (lock_timeout) {
        const auto seconds = whole_seconds(*lock_timeout);
        all.push_back(fmt::format(
            "SET SESSION lock_wait_timeout = {0}, SESSION innodb_lock_wait_timeout = {0}", seconds));
    }
    return all;
}

std::vector<std::string> Connection::unset_limits(bool timeout, bool lock_timeout) const {
    std::vector<std::string> all;
    if (timeout)
        all.push_back(fmt::format("SET SESSION {} = {}",
                                  facts_.mariadb ? "max_statement_time" : "max_execution_time",
                                  facts_.statement_limit));
    if (lock_timeout)
        all.push_back(fmt::format("SET SESSION lock_wait_timeout = {}, SESSION innodb_lock_wait_timeout = {}",
                                  facts_.lock_limit, facts_.row_lock_limit));
    return all;
}

void Connection::keep_lock() {
    if (lock_keeper_) lock_keeper_();
}

void Connection::set_running(bool running) noexcept {
    const std::lock_guard guard(running_mutex_);
    running_ = running;
    ended_.notify_all();
}

void Connection::set_scripting(bool scripting) noexcept {
    const std::lock_guard guard(running_mutex_);
    running_ = scripting_ = scripting;
    ended_.notify_all();
}

void Connection::set_applying(bool applying) noexcept {
    const std::lock_guard guard(running_mutex_);
    applying_ = applying;
    cancelled_ = false;
}

void Connection::cancel() noexcept {
    {
        const std::lock_guard guard(running_mutex_);
        if (applying_) cancelled_ = true;
        // what is written of a failure must not fail because somebody asks twice
        if (applying_ && !scripting_) return;
    }
    kill_running();
}

void Connection::kill_running() noexcept {
    // on the way a statement may end: the server then finds nothing to kill, or the next one of this session
    try {
        const std::lock_guard guard(running_mutex_);
        if (!running_) return;
        say_beside({fmt::format("KILL QUERY {}", facts_.id)});
        if (watching_) return;
        watching_ = true;
        watch_ = std::jthread([this](const std::stop_token& stop) { watch_answer(stop); });
    } catch (const std::exception&) {  // who cancels cannot be told more than that the statement goes on
        return;
    }
}

void Connection::reopen_tables() const {
    say_beside({"SET SESSION lock_wait_timeout = 5", "FLUSH LOCAL TABLES"});
}

void Connection::watch_answer(const std::stop_token& stop) noexcept {
    std::unique_lock guard(running_mutex_);
    try {
        while (running_ && !stop.stop_requested()) {
            const std::uint64_t wait = waits_;
            const auto goes_on = [&] { return !running_ || waits_ != wait; };
            const bool silent = !ended_.wait_for(guard, stop, kSilence, goes_on) && wait % 2 == 1;
            if (!silent || stop.stop_requested()) continue;
            const std::uint64_t id = facts_.id;
            guard.unlock();
            const bool idle = is_idle(id);
            guard.lock();
            if (idle && !goes_on()) (void)shutdown(socket_, SHUT_RDWR);
        }
    } catch (const std::exception&) {  // the server ends the session itself, later: see short_idle()
        if (!guard) guard.lock();
    }
    watching_ = false;
}

bool Connection::is_idle(std::uint64_t session) const {
    // its COMMAND may be Killed for as long as nothing else is said to it
    return say_beside({fmt::format("SELECT INFO IS NULL FROM information_schema.PROCESSLIST WHERE ID = {}",
                                   session)}) == "1";
}

std::string Connection::say_beside(std::initializer_list<std::string> statements) const {
    Target target = target_;
    target.database.clear();
    target.variables.clear();
    Connection second(std::move(target), {}, Milliseconds(0));
    second.connect();
    std::string value;
    for (const std::string& sql : statements)
        value = second.query_value(sql);
    return value;
}

Dialect dialect_of(const Facts& facts) {
    Dialect dialect = mysql_dialect();
    if (facts.mariadb) dialect.product = "mariadb";
    if (has_mode(facts.sql_mode, "ANSI_QUOTES")) dialect.double_quoted_strings = false;
    if (has_mode(facts.sql_mode, "NO_BACKSLASH_ESCAPES")) dialect.backslash_escapes = false;
    return dialect;
}

std::vector<std::string> packets_of(const std::vector<std::string>& statements, std::size_t limit) {
    std::vector<std::string> packets;
    for (const std::string& statement : statements) {
        if (packets.empty() || packets.back().size() + statement.size() > limit) packets.emplace_back();
        packets.back().append(statement).append("\n;\n");
    }
    return packets;
}

std::string joined(const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& statement : statements)
        text.append(statement).append("\n;\n");
    return text;
}

}  // namespace godwit::mysql
