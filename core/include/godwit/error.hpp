#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

/// What kind of thing went wrong. The word in the comment is the `kind` of `--json` output
/// (docs/schema/error.json); the number is the exit code of the native command line.
enum class Errc : std::uint8_t {
    Usage,        ///< "usage", 2: the call itself is wrong: option, argument, URL
    Config,       ///< "config", 2: configuration file or a value from it
    Source,       ///< "source", 2: migrations cannot be listed or read whole
    Connect,      ///< "connect", 7: no session on the database
    Locked,       ///< "locked", 6: the lock was not free in time; the message names the holder
    Dirty,        ///< "dirty", 4: the ledger says a migration is half-done
    Validation,   ///< "validation", 5: files and ledger disagree, or the files among themselves
    Statement,    ///< "statement", 1: a script could not be split, or the server refused a statement
    Plugin,       ///< "plugin", 2: a plugin is missing, refused or broken
    Interrupted,  ///< "interrupted", 130: asked to stop, and stopped
    Pending,      ///< "pending", 3: something is pending where that was asked to be an error
    Internal,     ///< "internal", 1: a bug of ours or an unforeseen answer of a library
};

/// The `kind` word of an error, as in `--json`.
GODWIT_API std::string_view kind_name(Errc code) noexcept;

/// The documented exit code of an error kind (docs/cli.md, exit codes).
GODWIT_API int exit_code(Errc code) noexcept;

/// Where in the input an error is. Empty and zero mean unknown.
struct Where {
    std::string file;            ///< path as the source lists it
    std::string version;         ///< as written in the file name
    std::size_t line = 0;        ///< 1-based line of `file`
    std::size_t column = 0;      ///< 1-based, in characters (code points), not bytes
    std::size_t statement = 0;   ///< 1-based number of the statement in the script
    std::size_t statements = 0;  ///< how many the script has
};

/// What of a failed migration the database kept.
enum class Kept : std::uint8_t {
    Unknown,  ///< not about a migration, or it cannot be told
    Nothing,  ///< rolled back whole: the database is as before the migration
    Part,     ///< some statements took effect and the migration is not finished
    All,      ///< every statement took effect, only the ledger is behind
};

/// Everything that is known of an error. Never holds a secret: whoever fills it redacts first.
struct ErrorInfo {
    Errc code = Errc::Internal;
    std::string
        message;  ///< lower case, no full stop, says what failed; a server's own text is kept verbatim
    Where where;
    std::string sqlstate;     ///< five characters, or empty
    std::string native_code;  ///< the server's own number or name, e.g. "1064", "SQLITE_BUSY"
    std::string detail;       ///< the server's DETAIL
    std::string hint;         ///< the server's HINT, or ours
    std::string excerpt;      ///< the failing line with a caret line below it, at most 3 lines; of an edited
                              ///< migration the unified diff
    std::string state;        ///< the state of the database now, as a sentence
    std::string next;         ///< what to type next
    Kept kept = Kept::Unknown;
    std::size_t statements_done = 0;      ///< statements of the script that are durable
    std::optional<std::size_t> position;  ///< byte offset of the error in the script's text
    bool transient = false;  ///< trying again may help (server starting, connection refused, deadlock)
};

/// The one exception type that crosses modules. Drivers and sources translate their libraries' errors
/// at their own edge; nothing else may leave a plugin. Copyable and safe to hold after the throwing
/// object is gone (plugins are never unloaded).
class GODWIT_API Error : public std::runtime_error {
  public:
    explicit Error(ErrorInfo info);
    Error(Errc code, std::string message, std::string hint = {});
    ~Error() override;
    Error(const Error&) = default;
    Error& operator=(const Error&) = default;

    [[nodiscard]] Errc code() const noexcept { return info_.code; }
    [[nodiscard]] const ErrorInfo& info() const noexcept { return info_; }
    /// For whoever knows more than the thrower: `catch (Error& e) { e.edit().where.file = …; throw; }`.
    [[nodiscard]] ErrorInfo& edit() noexcept { return info_; }

  private:
    ErrorInfo info_;
};

/// Throws Error{code, message, hint}.
[[noreturn]] GODWIT_API void fail(Errc code, std::string message, std::string hint = {});

}  // namespace godwit
