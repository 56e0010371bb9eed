#include "sqlite/execute.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/duration.hpp"
#include "sql/steps.hpp"
#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

using std::chrono::microseconds;
using Clock = std::chrono::steady_clock;

/// What went wrong at a byte of the text that SQLite was given.
struct Failure {
    Error error;
    std::size_t offset;
};

/// `sql` is what SQLite was given, and stands at byte `begin` of the statement.
[[noreturn]] void fail_at(Connection& connection, int code, std::size_t begin, std::string_view sql) {
    const int offset = sqlite3_error_offset(connection.handle());
    const Error error = database_error(connection.handle(), code);
    const std::size_t at =
        offset >= 0 ? static_cast<std::size_t>(offset) : named_offset(error.info().message, sql).value_or(0);
    throw Failure{error, begin + at};
}

/// A parameter without a value would be NULL without a word.
void refuse_parameters(sqlite3_stmt* statement, std::size_t begin) {
    const int wanted = sqlite3_bind_parameter_count(statement);
    if (wanted == 0) return;
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = fmt::format("not enough args to execute query: want {} got 0", wanted);
    const char* const name = sqlite3_bind_parameter_name(statement, 1);
    info.hint = fmt::format("the statement holds the parameter {}, to which a migration gives no value",
                            name == nullptr ? "?" : name);
    throw Failure{Error(std::move(info)), begin};
}

/// Runs one statement to its end and gives the rows it returned or changed.
std::uint64_t step_through(Connection& connection, sqlite3_stmt* statement, std::size_t begin,
                           std::string_view sql) {
    std::uint64_t rows = 0;
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement))
        ++rows;
    if (code != SQLITE_DONE) fail_at(connection, code, begin, sql);
    return sqlite3_stmt_readonly(statement) != 0
               ? rows
               : static_cast<std::uint64_t>(sqlite3_changes64(connection.handle()));
}

/// What sqlite3_prepare_v2() makes of a text's first statement.
struct Made {
    int code = SQLITE_OK;
    StatementHandle statement;
    std::size_t size = 0;  ///< bytes of the text that it took
};

Made prepare(Connection& connection, const char* text, int size) {
    sqlite3_stmt* made = nullptr;
    const char* tail = text;
    const int code = sqlite3_prepare_v2(connection.handle(), text, size, &made, &tail);
    return {code, StatementHandle(made), static_cast<std::size_t>(tail - text)};
}

/// The first statement of `sql`, behind which the script's text goes on to a NUL byte. A text with an end in
/// it is copied by SQLite: it gets one where both do not see the same end, and not for what is no matter of
/// the text: a lock has been waited for already.
Made prepare_first(Connection& connection, std::string_view sql) {
    constexpr std::size_t kTerminator = 1;
    Made made = prepare(connection, sql.data(), -1);
    if (made.code == SQLITE_OK && made.size <= sql.size() + kTerminator) {
        made.size = std::min(made.size, sql.size());
        return made;
    }
    constexpr int kPrimary = 0xFF;  // the rest of an extended code says more of the same
    const int code = made.code & kPrimary;
    if (code != SQLITE_OK && code != SQLITE_ERROR && code != SQLITE_TOOBIG) return made;
    return prepare(connection, sql.data(), static_cast<int>(sql.size()));
}

/// All statements in `sql`: one, but for a script that nobody could split.
std::uint64_t run_sql(Connection& connection, std::string_view sql) {
    std::uint64_t rows = 0;
    for (std::size_t at = 0; at < sql.size();) {
        if (connection.cancelled()) throw Failure{coded_error(SQLITE_INTERRUPT, "interrupted"), at};
        connection.start_clock();
        const Made made = prepare_first(connection, sql.substr(at));
        if (made.code != SQLITE_OK) fail_at(connection, made.code, at, sql.substr(at));
        if (made.statement) {
            refuse_parameters(made.statement.get(), at);
            rows = step_through(connection, made.statement.get(), at, sql.substr(at));
        }
        at += made.size;
    }
    return rows;
}

void expect_rows(std::uint64_t expected, std::uint64_t found) {
    if (expected != found) throw Failure{sql::wrong_row_count(expected, found), 0};
}

/// Limits in force for one statement; the connection's own come back afterwards.
class LimitScope {
  public:
    LimitScope(Connection& connection, const Limits& limits) : connection_(connection), limits_(limits) {
        connection_.set_limits(limits);
    }
    ~LimitScope() { connection_.set_limits(connection_.base_limits()); }
    LimitScope(const LimitScope&) = delete;
    LimitScope& operator=(const LimitScope&) = delete;
    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

  private:
    Connection& connection_;
    Limits limits_;
};

void run_with_directives(Connection& connection, const Dialect& dialect, const Script& script,
                         const Statement& statement) {
    const Directives& own = script.directives(statement);
    if (own.plain()) {
        run_sql(connection, script.sql(statement));
        return;
    }
    if (!applies_to(own, dialect)) return;
    if (own.skip_if && is_true(connection, *own.skip_if)) return;
    const std::uint64_t rows = run_sql(connection, script.sql(statement));
    if (own.expect_rows) expect_rows(*own.expect_rows, rows);
}

void explain_timeout(ErrorInfo& info, const Limits& limits) {
    info.code = Errc::Statement;
    info.message =
        fmt::format("the statement took longer than its limit of {}", format_duration(limits.statement));
    info.hint = "give it more time with --statement-timeout or: -- godwit: timeout 10m";
}

}  // namespace

microseconds execute_statement(Connection& connection, const Dialect& dialect, const Work& work,
                               std::size_t index) {
    return execute_statement(connection, dialect, work, index, work.script().statements()[index]);
}

microseconds execute_statement(Connection& connection, const Dialect& dialect, const Work& work,
                               std::size_t index, const Statement& statement) {
    const Script& script = work.script();
    const LimitScope scope(connection,
                           limits_of(connection, script.directives(), &script.directives(statement)));
    const auto begin = Clock::now();
    try {
        run_with_directives(connection, dialect, script, statement);
    } catch (const Failure& failure) {
        ErrorInfo info = failure.error.info();
        if (connection.timed_out()) explain_timeout(info, scope.limits());
        sql::place(info, *work.step, work.script(), index,
                   std::min<std::size_t>(statement.begin + failure.offset, statement.end));
        throw Error(std::move(info));
    } catch (const Error& error) {
        ErrorInfo info = error.info();
        info.message = "skip-if: " + info.message;
        sql::place(info, *work.step, work.script(), index, std::nullopt);
        throw Error(std::move(info));
    }
    return std::chrono::duration_cast<microseconds>(Clock::now() - begin);
}

bool is_true(Connection& connection, const std::string& query) {
    connection.start_clock();
    Prepared prepared(connection.handle(), query);
    if (!prepared.next() || prepared.is_null(0)) return false;
    const std::string text = prepared.text(0);
    return text == "true" || text == "t" || prepared.integer(0) != 0;
}

Limits limits_of(const Connection& connection, const Directives& directives, const Directives* own) {
    Limits limits = connection.base_limits();
    for (const Directives* level : {&directives, own}) {
        if (level == nullptr) continue;
        if (level->timeout) limits.statement = *level->timeout;
        if (level->lock_timeout) limits.busy = *level->lock_timeout;
    }
    return limits;
}

}  // namespace godwit::sqlite
