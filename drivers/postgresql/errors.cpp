#include "postgresql/errors.hpp"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace godwit::postgresql {
namespace {

std::string trimmed(std::string text) {
    const std::size_t end = text.find_last_not_of(" \n\r\t");
    text.resize(end == std::string::npos ? 0 : end + 1);
    return text;
}

/// libpq breaks its sentences on connections into lines.
std::string on_one_line(std::string text) {
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
        const std::size_t next = std::min(text.find_first_not_of(" \n\t", at), text.size());
        text.replace(at, next - at, " ");
    }
    return text;
}

/// What libpq and servers say in English; servers with another lc_messages are asked by PQping.
struct Pattern {
    std::string_view text;
    std::string_view sqlstate;
    bool transient;
    std::string_view hint;
};
constexpr auto kPatterns = std::to_array<Pattern>({
    {"root certificate file", "", false,
     "name the file of the CA's certificate: sslrootcert=FILE in the URL, or ~/.postgresql/root.crt"},
    {"private key file", "", false, "sslkey= names the file; only its owner may read it: chmod 600"},
    {"requires a valid client certificate", "28000", false,
     "name certificate and key: sslcert=FILE&sslkey=FILE in the URL"},
    {"server certificate for", "", false,
     "connect by a name that is in the certificate, or use sslmode=verify-ca"},
    {"pg_hba.conf rejects", "28000", false,
     "the server's pg_hba.conf refuses this user, database, address or encryption (sslmode=)"},
    {"password authentication failed", "28P01", false, "check user and password"},
    {"no password supplied", "28P01", false, "put the password into the URL, PGPASSWORD or ~/.pgpass"},
    {"no pg_hba.conf entry", "28000", false, "the server's pg_hba.conf does not let this user in from here"},
    {"role \"", "28000", false, "check the user's name"},
    {"the database system is", "57P03", true,
     "the server is starting or stopping: --connect-retry 60s waits"},
    {"server does not support SSL", "", false,
     "add ?sslmode=disable to the URL: without it postgres:// asks for an encrypted connection"},
    {"SSL error", "", false, "check sslmode and the certificates"},
    {"too many c", "53300", true, "every connection slot of the server is taken"},
    {"remaining connection slots", "53300", true, "every connection slot of the server is taken"},
    {"\" does not exist", "3D000", true, "create it with: godwit create-db"},
    {"onnection refused", "", true, "is the server running there? --connect-retry 60s waits for it"},
    {"imeout expired", "", true,
     "the host does not answer; --connect-timeout and --connect-retry wait longer"},
    {"No such file or directory", "", true, "is the server running there? --connect-retry 60s waits for it"},
    {"could not translate host name", "", true, "check the host's name"},
    {"server closed the connection", "", true, "the server may be starting: --connect-retry 60s waits"},
});

const Pattern* find_pattern(std::string_view text) {
    const auto at = std::ranges::find_if(
        kPatterns, [&](const Pattern& p) { return text.find(p.text) != std::string_view::npos; });
    return at == kPatterns.end() ? nullptr : &*at;
}

bool may_answer_later(const std::string& conninfo) {
    const PGPing ping = PQping(conninfo.c_str());
    return ping == PQPING_REJECT || ping == PQPING_NO_RESPONSE;
}

ErrorInfo base(Errc code, std::string message, const Secret& password) {
    ErrorInfo info;
    info.code = code;
    const std::string text = trimmed(std::move(message));
    info.message = redact(code == Errc::Connect ? on_one_line(text) : text, password);
    return info;
}

}  // namespace

std::string field(const PGresult& result, int code) {
    const char* text = PQresultErrorField(&result, code);
    return text == nullptr ? "" : text;
}

std::optional<std::size_t> character_position(const PGresult& result) {
    const std::string text = field(result, PG_DIAG_STATEMENT_POSITION);
    std::size_t position = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (error != std::errc() || position == 0) return std::nullopt;
    return position - 1;
}

ErrorInfo server_error(const PGresult& result, const Secret& password) {
    ErrorInfo info = base(Errc::Statement, field(result, PG_DIAG_MESSAGE_PRIMARY), password);
    if (info.message.empty()) info.message = redact(trimmed(PQresultErrorMessage(&result)), password);
    info.sqlstate = field(result, PG_DIAG_SQLSTATE);
    info.native_code = info.sqlstate;
    info.detail = redact(field(result, PG_DIAG_MESSAGE_DETAIL), password);
    const std::string context = redact(field(result, PG_DIAG_CONTEXT), password);
    if (!context.empty()) info.detail += (info.detail.empty() ? "" : "\n") + context;
    info.hint = redact(field(result, PG_DIAG_MESSAGE_HINT), password);
    // a new value of an enum type
    if (info.sqlstate == "55P04")
        info.hint +=
            " Use it in a later migration, or put -- godwit: no-transaction at the beginning of the file.";
    info.transient = is_retryable(info.sqlstate);
    if (is_connection_loss(info.sqlstate)) info.code = Errc::Connect;
    return info;
}

ErrorInfo lost_connection(const PGconn& connection, const Secret& password) {
    ErrorInfo info = base(Errc::Connect, PQerrorMessage(&connection), password);
    info.message = "the connection to the server was lost: " +
                   (info.message.empty() ? std::string("no reason given") : info.message);
    info.sqlstate = "08006";
    info.native_code = info.sqlstate;
    info.transient = true;
    return info;
}

Error translate(const soci::soci_error& error, const Secret& password) {
    std::string sqlstate;
    if (const auto* native = dynamic_cast<const soci::postgresql_soci_error*>(&error))
        sqlstate = trimmed(native->sqlstate());
    const bool lost = is_connection_loss(sqlstate);
    ErrorInfo info = base(lost               ? Errc::Connect
                          : sqlstate.empty() ? Errc::Internal
                                             : Errc::Statement,
                          error.get_error_message(), password);
    info.sqlstate = sqlstate;
    info.native_code = sqlstate;
    return Error(std::move(info));
}

Error connect_error(const soci::soci_error& error, const std::string& conninfo, const Secret& password) {
    std::string text = error.get_error_message();
    constexpr std::string_view prefix = "Cannot establish connection to the database.\n";
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
    ErrorInfo info = base(Errc::Connect, "cannot connect: " + text, password);
    if (const Pattern* pattern = find_pattern(text)) {
        info.sqlstate = pattern->sqlstate;
        info.hint = pattern->hint;
        info.transient = pattern->transient;
    } else {
        info.transient = may_answer_later(conninfo);
    }
    info.native_code = info.sqlstate;
    info.state = "nothing was changed";
    return Error(std::move(info));
}

bool is_connection_loss(std::string_view sqlstate) {
    return sqlstate.starts_with("08") || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
           sqlstate == "57P05";
}

bool is_retryable(std::string_view sqlstate) {
    return sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "40001";
}

bool is_the_servers(std::string_view sqlstate) {
    return sqlstate == "25006" || sqlstate.starts_with("53") || sqlstate.starts_with("58") ||
           sqlstate.starts_with("XX");
}

}  // namespace godwit::postgresql
