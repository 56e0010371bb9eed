#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "mysql/exchange.hpp"
#include "mysql/ledger.hpp"
#include "mysql/settings.hpp"
#include "mysql/watchdog.hpp"
#include "mysql/work.hpp"
#include "sql/batch.hpp"
#include "sql/steps.hpp"

namespace godwit::mysql {

/// What all parts of one apply() share.
struct Run {
    Connection& connection;
    Ledger& ledger;
    Settings& settings;
    const Dialect& dialect;
    std::span<const Step> steps;
    const RunIdentity& identity;
    StepObserver& observer;
    sql::BatchSizer& sizer;  ///< lives as long as the connection: what it has learnt stays true
    bool batch = true;

    std::size_t landed = 0;
    std::size_t started = 0;  ///< steps the observer was told of

    /// Tells the observer once.
    void start(std::size_t step);
    void land(std::size_t step, const StepResult& result);
};

struct Notice {
    Severity severity = Severity::Info;
    std::string text;
};
/// Of a row of SHOW WARNINGS.
Notice notice_of(const Run& run, MYSQL_ROW row);

/// How a try to run steps ended.
struct Attempt {
    std::optional<Error> failure;  ///< of step Run::landed
    bool one_by_one = false;  ///< the server rolled back the transaction of several steps: do them singly
};

/// Steps [first, first + works.size()) in as few packets as their size allows.
Attempt run_packets(Run& run, const std::vector<Work>& works, std::size_t first);
/// One step with directives, in one transaction.
std::optional<Error> run_transaction(Run& run, const Work& work, std::size_t step);
/// One step with its own transactions or directives: intent, statement by statement, end.
std::optional<Error> run_statements(Run& run, const Work& work, std::size_t step);

/// The version table before a step's intent was written.
struct Before {
    std::optional<Version> version;
    bool dirty = false;
};

/// START TRANSACTION … COMMIT around what makes the ledger show the intent of a step, and the row for it.
std::vector<std::string> intent_of(const Run& run, const Work& work);
/// What makes the ledger show that the first `done` statements of a step with an intent are, with the
/// fingerprint of what the next one touches. The last of these is the note itself.
std::vector<std::string> progress_of(const Run& run, const Work& work, std::size_t done);
/// What makes the ledger show that a step with an intent is done; the version is set apart.
std::string completion_of(const Run& run, const Work& work);

/// Whether the server may leave this statement out when it is cancelled, and say that it is done: MariaDB
/// with a DELETE (10.11, by trial: one that is killed before its first row).
bool may_be_left_out(const Run& run, std::string_view sql);
/// The failure of a step in which such a statement was cancelled; `statement`: which, where it is known.
Error left_out(const Work& work, std::optional<std::size_t> statement);
/// The same of a statement that was sent alone and ended well; nullopt where nobody has cancelled meanwhile.
std::optional<Error> left_out(const Run& run, const Work& work, std::size_t statement);

/// A statement's SHOW WARNINGS; "" where the next one looks back at what this one did, or none can come.
std::string warnings_of(const Script& script, std::size_t statement);

/// Error of a piece in a step, with file, line, column and excerpt.
Error step_error(const Run& run, const Work& work, const Piece& piece, ErrorInfo info);
/// After a rollback of the whole step: the ledger by the step's DirtyPolicy, and what the error says of the
/// state.
Error nothing_kept(Run& run, const Work& work, const Error& error);
/// A step with an intent failed behind `committed` statements: the ledger, and what the error says. `open`:
/// in a transaction that is to be committed with it.
Error part_kept(Run& run, const Work& work, const Error& error, std::size_t committed, const Before& before,
                bool open);
/// A step in one transaction, of which changes to tables without transactions stay. `saved` is called when
/// the transaction is committed.
Error untransactional_kept(Run& run, const Work& work, const Error& error, std::size_t done, bool open,
                           const std::function<void()>& saved);
/// After the connection broke: nothing can be written any more.
Error state_unknown(Run& run, const Work& work, const Error& error, std::string state);

/// Whether the script names a table whose engine knows no transactions.
bool names_untransactional_table(Run& run, const Script& script);

/// The directives in force for a statement: its own, else the script's.
std::vector<std::string> set_limits(const Run& run, const Directives& directives);
std::vector<std::string> unset_limits(const Run& run, const Directives& directives);
/// What a statement may take, where the server does not see to it; see unwatched_limit().
Milliseconds timeout_of(const Run& run, const Script& script, std::size_t statement);
/// Whether the first value of a skip-if query is true. The server's error is thrown as it is.
bool is_true(Connection& connection, const std::string& query);

/// See Driver::apply().
Outcome apply_steps(Run& run);

}  // namespace godwit::mysql
