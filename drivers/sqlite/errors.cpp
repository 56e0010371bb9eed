#include "sqlite/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace godwit::sqlite {
namespace {

struct Name {
    int code;
    std::string_view name;
};

#define GODWIT_SQLITE_NAME(code) \
    Name {                       \
        code, #code              \
    }
constexpr std::array kNames{
    GODWIT_SQLITE_NAME(SQLITE_ERROR),
    GODWIT_SQLITE_NAME(SQLITE_INTERNAL),
    GODWIT_SQLITE_NAME(SQLITE_PERM),
    GODWIT_SQLITE_NAME(SQLITE_ABORT),
    GODWIT_SQLITE_NAME(SQLITE_BUSY),
    GODWIT_SQLITE_NAME(SQLITE_LOCKED),
    GODWIT_SQLITE_NAME(SQLITE_NOMEM),
    GODWIT_SQLITE_NAME(SQLITE_READONLY),
    GODWIT_SQLITE_NAME(SQLITE_INTERRUPT),
    GODWIT_SQLITE_NAME(SQLITE_IOERR),
    GODWIT_SQLITE_NAME(SQLITE_CORRUPT),
    GODWIT_SQLITE_NAME(SQLITE_NOTFOUND),
    GODWIT_SQLITE_NAME(SQLITE_FULL),
    GODWIT_SQLITE_NAME(SQLITE_CANTOPEN),
    GODWIT_SQLITE_NAME(SQLITE_PROTOCOL),
    GODWIT_SQLITE_NAME(SQLITE_EMPTY),
    GODWIT_SQLITE_NAME(SQLITE_SCHEMA),
    GODWIT_SQLITE_NAME(SQLITE_TOOBIG),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT),
    GODWIT_SQLITE_NAME(SQLITE_MISMATCH),
    GODWIT_SQLITE_NAME(SQLITE_MISUSE),
    GODWIT_SQLITE_NAME(SQLITE_NOLFS),
    GODWIT_SQLITE_NAME(SQLITE_AUTH),
    GODWIT_SQLITE_NAME(SQLITE_FORMAT),
    GODWIT_SQLITE_NAME(SQLITE_RANGE),
    GODWIT_SQLITE_NAME(SQLITE_NOTADB),
    GODWIT_SQLITE_NAME(SQLITE_ERROR_MISSING_COLLSEQ),
    GODWIT_SQLITE_NAME(SQLITE_BUSY_RECOVERY),
    GODWIT_SQLITE_NAME(SQLITE_BUSY_SNAPSHOT),
    GODWIT_SQLITE_NAME(SQLITE_BUSY_TIMEOUT),
    GODWIT_SQLITE_NAME(SQLITE_LOCKED_SHAREDCACHE),
    GODWIT_SQLITE_NAME(SQLITE_READONLY_RECOVERY),
    GODWIT_SQLITE_NAME(SQLITE_READONLY_CANTLOCK),
    GODWIT_SQLITE_NAME(SQLITE_READONLY_ROLLBACK),
    GODWIT_SQLITE_NAME(SQLITE_READONLY_DBMOVED),
    GODWIT_SQLITE_NAME(SQLITE_READONLY_CANTINIT),
    GODWIT_SQLITE_NAME(SQLITE_READONLY_DIRECTORY),
    GODWIT_SQLITE_NAME(SQLITE_ABORT_ROLLBACK),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_READ),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_SHORT_READ),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_WRITE),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_FSYNC),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_TRUNCATE),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_LOCK),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_DELETE),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_SHMOPEN),
    GODWIT_SQLITE_NAME(SQLITE_IOERR_NOMEM),
    GODWIT_SQLITE_NAME(SQLITE_CORRUPT_VTAB),
    GODWIT_SQLITE_NAME(SQLITE_CORRUPT_INDEX),
    GODWIT_SQLITE_NAME(SQLITE_CANTOPEN_ISDIR),
    GODWIT_SQLITE_NAME(SQLITE_CANTOPEN_FULLPATH),
    GODWIT_SQLITE_NAME(SQLITE_CANTOPEN_SYMLINK),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_CHECK),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_COMMITHOOK),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_FOREIGNKEY),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_FUNCTION),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_NOTNULL),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_PRIMARYKEY),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_TRIGGER),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_UNIQUE),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_VTAB),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_ROWID),
    GODWIT_SQLITE_NAME(SQLITE_CONSTRAINT_DATATYPE),
};
#undef GODWIT_SQLITE_NAME

std::string hint_for(int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
            return "another connection writes to the file or left a transaction open: end it, or wait longer "
                   "with "
                   "?_busy_timeout=MILLISECONDS";
        case SQLITE_LOCKED:
            return "another connection of this process uses the table";
        case SQLITE_READONLY:
            return "make the file and its folder writable, or take mode=ro out of the URL";
        case SQLITE_FULL:
            return "make room on the disk";
        case SQLITE_CORRUPT:
            return "look with: PRAGMA integrity_check; and restore a backup";
        case SQLITE_NOTADB:
            return "the file is not a SQLite database, or it is encrypted";
        case SQLITE_CANTOPEN:
            return "the folder must be there and, for writing, writable";
        case SQLITE_IOERR:
            return "the disk or file system reports an error";
        default:
            return {};
    }
}

/// The name at the end of a message that speaks of one; "" for every other message.
std::string_view name_in(std::string_view message) {
    for (const std::string_view lead :
         {"no such column: ", "no such table: ", "no such function: ", "no such view: ", "no such index: ",
          "no such trigger: ", " has no column named "}) {
        const std::size_t at = message.find(lead);
        if (at != std::string_view::npos) return message.substr(at + lead.size());
    }
    return {};
}

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_word_at(std::string_view sql, std::size_t at, std::size_t size) {
    return (at == 0 || !is_word_byte(sql[at - 1])) &&
           (at + size == sql.size() || !is_word_byte(sql[at + size]));
}

bool may_pass(int code) {
    const int primary = code & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
}

}  // namespace

std::string code_name(int code) {
    const auto find = [](int wanted) { return std::ranges::find(kNames, wanted, &Name::code); };
    auto found = find(code);
    if (found == kNames.end()) found = find(code & 0xff);
    return found == kNames.end() ? std::to_string(code) : std::string(found->name);
}

Error coded_error(int code, std::string message) {
    ErrorInfo info;
    const bool interrupted = (code & 0xff) == SQLITE_INTERRUPT;
    info.code = interrupted ? Errc::Interrupted : Errc::Statement;
    info.message = std::move(message);
    info.native_code = code_name(code);
    info.hint = hint_for(code);
    info.transient = may_pass(code);
    return Error(std::move(info));
}

Error database_error(sqlite3* connection, int code) {
    const int extended = connection == nullptr ? code : sqlite3_extended_errcode(connection);
    const bool same = (extended & 0xff) == (code & 0xff);
    return coded_error(same ? extended : code,
                       same && connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code));
}

std::optional<std::size_t> named_offset(std::string_view message, std::string_view sql) {
    std::string_view name = name_in(message);
    if (name.empty()) return std::nullopt;
    if (sql.find(name) == std::string_view::npos) name.remove_prefix(name.rfind('.') + 1);  // "main.t" for t
    std::optional<std::size_t> found;
    for (std::size_t at = sql.find(name); at != std::string_view::npos; at = sql.find(name, at + 1)) {
        if (!is_word_at(sql, at, name.size())) continue;
        if (found) return std::nullopt;
        found = at;
    }
    return found;
}

Error translate(const soci::soci_error& error, sqlite3* connection) {
    const int code = connection == nullptr ? SQLITE_OK : sqlite3_errcode(connection);
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
        return database_error(connection, code);
    return Error(Errc::Internal, error.get_error_message());
}

bool is_busy(const ErrorInfo& info) {
    return info.native_code.starts_with("SQLITE_BUSY") || info.native_code.starts_with("SQLITE_LOCKED");
}

bool is_the_files(const ErrorInfo& info) {
    static constexpr std::array<std::string_view, 9> codes{
        "SQLITE_PERM",     "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_FULL",
        "SQLITE_CANTOPEN", "SQLITE_NOTADB",   "SQLITE_NOMEM", "SQLITE_PROTOCOL"};
    return std::ranges::any_of(codes, [&](auto code) { return info.native_code.starts_with(code); });
}

void cannot_open(const std::string& shown, const std::string& what, std::string hint, bool transient) {
    ErrorInfo info;
    info.code = Errc::Connect;
    info.message = fmt::format("cannot open {}: {}", shown, what);
    info.hint = std::move(hint);
    info.state = "nothing was changed";
    info.transient = transient;
    throw Error(std::move(info));
}

Error opening_error(const std::string& shown, const ErrorInfo& info) {
    ErrorInfo out = info;
    out.code = info.code == Errc::Interrupted ? Errc::Interrupted
               : is_busy(info)                ? Errc::Locked
                                              : Errc::Connect;
    if (out.code == Errc::Locked) out.transient = true;
    out.message = fmt::format("cannot open {}: {}", shown, info.message);
    out.state = "nothing was changed";
    return Error(std::move(out));
}

}  // namespace godwit::sqlite
