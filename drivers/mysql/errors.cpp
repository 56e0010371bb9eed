#include "mysql/errors.hpp"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysqld_error.h>
#include <soci/mysql/soci-mysql.h>

#include <algorithm>
#include <array>

namespace godwit::mysql {
namespace {

/// Numbers that the client library's headers of one server do not all have.
constexpr unsigned kAccountLocked = 3118;
constexpr unsigned kLockNoWait = 3572;
constexpr unsigned kServerShutdown = 1053;
constexpr unsigned kSessionKilled = 3169;
constexpr unsigned kIdleTimeout = 4031;

struct Advice {
    unsigned number;
    bool transient;
    std::string_view hint;
};
constexpr std::array<Advice, 13> kAdvice{{
    {ER_ACCESS_DENIED_ERROR, false, "check user and password; the password may also stand in ~/.my.cnf"},
    {1698, false, "this account does not log in with a password: use its Unix socket, or another account"},
    {ER_DBACCESS_DENIED_ERROR, true, "the user has no rights on this database, or it is not there yet"},
    {ER_BAD_DB_ERROR, true, "create it with: godwit create-db"},
    {ER_HOST_NOT_PRIVILEGED, false, "the server does not let this host in"},
    {ER_HOST_IS_BLOCKED, false, "the server has blocked this host: FLUSH HOSTS there"},
    {kAccountLocked, false, "the account is locked"},
    {ER_CON_COUNT_ERROR, true, "every connection slot of the server is taken"},
    {CR_CONNECTION_ERROR, true, "is the server running there? --connect-retry 60s waits for it"},
    {CR_CONN_HOST_ERROR, true, "is the server running there? --connect-retry 60s waits for it"},
    {CR_UNKNOWN_HOST, true, "check the host's name"},
    {CR_SSL_CONNECTION_ERROR, false,
     "check tls= and the certificates; tls=false connects without encryption"},
    {CR_SERVER_LOST, true, "the server may be starting: --connect-retry 60s waits"},
}};

ErrorInfo base(Errc code, std::string message, const Secret& password) {
    ErrorInfo info;
    info.code = code;
    info.message = redact(std::move(message), password);
    return info;
}

}  // namespace

bool is_connection_loss(unsigned number) {
    // behind any error of the client library itself nobody knows what the server sends next
    const bool client =
        (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) || (number >= 5000 && number < 6000);
    return client || number == ER_CONNECTION_KILLED || number == kSessionKilled ||
           number == kServerShutdown || number == kIdleTimeout;
}

bool is_retryable(std::string_view native_code) {
    return native_code == std::to_string(ER_LOCK_WAIT_TIMEOUT) ||
           native_code == std::to_string(ER_LOCK_DEADLOCK) || native_code == std::to_string(kLockNoWait);
}

bool is_denied(std::string_view native_code) {
    static constexpr std::array<std::string_view, 6> codes{"1044", "1142", "1143", "1227", "1370", "1419"};
    return std::ranges::find(codes, native_code) != codes.end();
}

bool is_read_only(std::string_view native_code) {
    static constexpr std::array<std::string_view, 4> codes{"1290", "1792", "1836", "1874"};
    return std::ranges::find(codes, native_code) != codes.end();
}

bool is_the_servers(std::string_view native_code) {
    static constexpr std::array<std::string_view, 8> codes{"1021", "1037", "1038", "1041",
                                                           "1114", "1206", "1030", "3"};
    return is_read_only(native_code) || std::ranges::find(codes, native_code) != codes.end();
}

bool is_unread_trigger(const ErrorInfo& info) {
    // no number of its own
    return info.native_code == std::to_string(ER_PARSE_ERROR) &&
           info.message.find("rigger") != std::string::npos &&
           info.message.find("has an error in its body") != std::string::npos;
}

ErrorInfo native_error(MYSQL& handle, const Secret& password) {
    const unsigned number = mysql_errno(&handle);
    const bool lost = is_connection_loss(number);
    ErrorInfo info = base(lost ? Errc::Connect : Errc::Statement, mysql_error(&handle), password);
    if (lost) info.message = "the connection to the server was lost: " + info.message;
    info.sqlstate = mysql_sqlstate(&handle);
    info.native_code = std::to_string(number);
    info.transient = lost || is_retryable(info.native_code);
    return info;
}

unsigned native_number(const soci::soci_error& error) {
    const auto* native = dynamic_cast<const soci::mysql_soci_error*>(&error);
    return native == nullptr ? 0 : native->err_num_;
}

Error translate(const soci::soci_error& error, const Secret& password) {
    const unsigned number = native_number(error);
    const Errc code = number == 0                  ? Errc::Internal
                      : is_connection_loss(number) ? Errc::Connect
                                                   : Errc::Statement;
    ErrorInfo info = base(code, error.get_error_message(), password);
    if (number != 0) info.native_code = std::to_string(number);
    return Error(std::move(info));
}

Error connect_error(const soci::soci_error& error, const Secret& password) {
    const unsigned number = native_number(error);
    ErrorInfo info = base(Errc::Connect, "cannot connect: " + error.get_error_message(), password);
    info.state = "nothing was changed";
    if (number != 0) info.native_code = std::to_string(number);
    const auto advice = std::ranges::find(kAdvice, number, &Advice::number);
    info.transient = advice == kAdvice.end() ? number != 0 : advice->transient;
    if (advice != kAdvice.end()) info.hint = advice->hint;
    if (number == ER_ACCESS_DENIED_ERROR) info.sqlstate = "28000";
    if (number == ER_BAD_DB_ERROR) info.sqlstate = "42000";
    return Error(std::move(info));
}

}  // namespace godwit::mysql
