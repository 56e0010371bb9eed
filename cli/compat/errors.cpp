#include "compat/errors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "godwit/ascii.hpp"

namespace godwit::compat {

namespace {

struct LineColumn {
    std::size_t line = 0;
    std::size_t column = 0;
};

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

/// golang-migrate turns CRLF into LF, then walks as many characters as the server counted with the CRs:
/// behind a CRLF it points too far. Scripts may compare the text, so this face repeats it; the native one
/// does not.
std::optional<LineColumn> their_position(std::string_view body, std::size_t server_position) {
    LineColumn at{1, 0};
    std::size_t seen = 0;
    for (std::size_t i = 0; i < body.size() && seen < server_position; ++i) {
        if (body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n') continue;
        if (!starts_character(body[i])) continue;
        ++seen;
        if (body[i] == '\n') {
            ++at.line;
            at.column = 0;
        } else {
            ++at.column;
        }
    }
    if (seen < server_position) return std::nullopt;
    return at;
}

std::string postgres_failure(Family family, const ErrorInfo& error, std::string_view body) {
    std::optional<LineColumn> at;
    if (error.position) at = their_position(body, characters(body.substr(0, *error.position)) + 1);
    if (!error.position && family == Family::Pgx) at = LineColumn{1, 0};
    std::string text = "migration failed: " + error.message;
    if (at) text += fmt::format(" (column {})", at->column);
    if (!error.detail.empty()) text += ", " + error.detail;
    const std::string details = family == Family::Pgx
                                    ? fmt::format("ERROR: {} (SQLSTATE {})", error.message, error.sqlstate)
                                    : "pq: " + error.message;
    return fmt::format("{} in line {}: {} (details: {})", text, at ? at->line : 0, body, details);
}

std::string after(std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + mark.size());
    while (text.starts_with(' '))
        text.remove_prefix(1);
    return std::string(text.substr(0, text.find('\n')));
}

std::string address(const Url& url, unsigned default_port) {
    const std::string& rest = url.rest().reveal();
    const auto open = rest.find("@tcp(");
    if (open != std::string::npos) return rest.substr(open + 5, rest.find(')', open) - open - 5);
    const Url::Parts parts = url.parts();
    return fmt::format("{}:{}", parts.host.empty() ? "localhost" : parts.host,
                       parts.port.value_or(default_port));
}

}  // namespace

Family family_of(std::string_view scheme) {
    if (scheme == "postgres" || scheme == "postgresql") return Family::Postgres;
    if (scheme.starts_with("pgx")) return Family::Pgx;
    if (scheme == "mysql" || scheme == "mariadb") return Family::MySql;
    if (scheme.starts_with("sqlite")) return Family::Sqlite;
    return Family::Other;
}

std::string migration_failure(Family family, const ErrorInfo& error, std::string_view body) {
    switch (family) {
        case Family::Postgres:
        case Family::Pgx:
            return postgres_failure(family, error, body);
        case Family::MySql:
            return fmt::format("migration failed in line 0: {} (details: Error {}: {})", body,
                               error.native_code, error.message);
        case Family::Sqlite:
        case Family::Other:
            break;
    }
    return fmt::format("{} in line 0: {}", error.message, body);
}

std::string open_failure(Family family, const ErrorInfo& error, const Url& url) {
    const bool network = family == Family::Postgres || family == Family::Pgx || family == Family::MySql;
    const std::string lower = ascii_lower(error.message);
    if (network && (lower.find("connection refused") != std::string::npos || error.native_code == "2002" ||
                    error.native_code == "2003")) {
        return fmt::format("dial tcp {}: connect: connection refused",
                           address(url, family == Family::MySql ? 3306 : 5432));
    }
    if (family == Family::MySql && !error.native_code.empty()) {
        const std::string server = after(error.message, "cannot connect:");
        return fmt::format("Error {}: {}", error.native_code, server.empty() ? error.message : server);
    }
    if (family == Family::Postgres || family == Family::Pgx) {
        if (lower.find("server does not support ssl") != std::string::npos)
            return "pq: SSL is not enabled on the server";
        // libpq tries again without what was refused, and reports both
        if (const std::string fatal = after(error.message, "FATAL:"); !fatal.empty())
            return "pq: " + fatal.substr(0, fatal.find(" connection to server at "));
        if (!error.sqlstate.empty()) return "pq: " + error.message;
    }
    return error.message;
}

}  // namespace godwit::compat
