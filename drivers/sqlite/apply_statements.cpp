#include <fmt/format.h>

#include "sqlite/apply.hpp"
#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

using std::chrono::microseconds;
using Clock = std::chrono::steady_clock;
using Changes = std::vector<std::pair<std::string_view, sql::Value>>;

/// One step whose statements are not kept in one transaction: what is done is counted in the history, in the
/// same transaction as the statement where there is one.
class ByStatement {
  public:
    ByStatement(Run& run, const Work& work, std::size_t step)
        : run_(run), work_(work), step_(*work.step), index_(step), durable_(work.step->resume_at) {}

    Attempt run() {
        run_.teller.started(index_);
        auto failure = begin();
        for (unsigned tries = sql::retries(work_.script()); failure && tries > 0 && is_busy(failure->info());
             --tries)
            failure = begin();
        if (failure) return {nothing_kept(run_, work_, *failure)};
        try {
            run_script();
        } catch (const Error& error) {
            return fail(error.info());
        }
        return finish();
    }

  private:
    [[nodiscard]] Statement statement(std::size_t i) const { return work_.script().statements()[i]; }
    [[nodiscard]] std::optional<Version> version_before() const { return before_.version; }

    /// Intent: whoever finds it knows that the step was begun.
    std::optional<Error> begin() {
        try {
            run_.connection.set_limits(limits_of(run_.connection, work_.script().directives()));
            run_.connection.begin();
            run_.connection.set_limits(run_.connection.base_limits());
            run_.ledger.require_unmoved();
            before_ = run_.ledger.known();
            run_.ledger.create();
            run_.ledger.set_version(step_.version_after, true);
            row_ = run_.ledger.append(sql::started_row(step_, run_.identity, work_.script()));
            run_.connection.commit();
        } catch (const Error& error) {
            run_.connection.rollback();
            if (error.code() == Errc::Validation) throw;
            if (error.code() == Errc::Interrupted) return placed(error.info());
            return ledger_error(run_, work_, error.info());
        }
        remember(step_.version_after, true);
        return std::nullopt;
    }

    void run_script() {
        const auto& skip_if = work_.script().directives().skip_if;
        if (skip_if && is_true(run_.connection, *skip_if)) {
            result_.skipped = true;
            return;
        }
        for (std::size_t i = step_.resume_at; i < work_.total(); ++i) {
            run_statement(i);
            ++result_.statements;
        }
        if (run_.connection.in_transaction()) left_open();
    }

    void run_statement(std::size_t i) {
        unsigned tries = sql::retries(work_.script());
        const bool within = run_.connection.in_transaction();
        for (;; --tries) {
            try {
                const microseconds took = within || goes_bare(statement(i)) ? bare(i) : wrapped(i);
                run_.teller.statement_done(index_, i, took);
                return;
            } catch (const Error& error) {
                const bool again =
                    tries > 0 && !within && !run_.connection.in_transaction() && error.info().transient;
                if (!again) throw;
            }
        }
    }

    /// Statements that refuse a transaction or make one of their own. Settings and queries leave nothing that
    /// would have to be counted at once.
    static bool goes_bare(const Statement& statement) {
        return statement.transaction == TransactionNeed::Controls ||
               statement.transaction == TransactionNeed::Refuses ||
               statement.kind == StatementKind::Session || statement.kind == StatementKind::Query ||
               statement.kind == StatementKind::Other;
    }

    microseconds bare(std::size_t i) {
        const bool within = run_.connection.in_transaction();
        if (within && ends_transaction(i)) note(i + 1);
        const microseconds took = execute_statement(run_.connection, run_.dialect, work_, i);
        if (run_.connection.in_transaction()) return took;
        const StatementKind kind = statement(i).kind;
        if (within || (kind != StatementKind::Session && kind != StatementKind::Query)) {
            if (noted_ != i + 1) note(i + 1);
            durable_ = i + 1;
        }
        return took;
    }

    [[nodiscard]] bool ends_transaction(std::size_t i) const {
        const std::string word = first_word(work_.script().sql(statement(i)));
        return word == "commit" || word == "end" || word == "release";
    }

    microseconds wrapped(std::size_t i) {
        microseconds took{0};
        try {
            run_.connection.begin();
            took = execute_statement(run_.connection, run_.dialect, work_, i);
            note(i + 1);
            run_.connection.commit();
        } catch (const Error& error) {
            run_.connection.rollback();
            ErrorInfo info = error.info();
            if (info.where.version.empty()) sql::place(info, *work_.step, work_.script(), i, std::nullopt);
            throw Error(std::move(info));
        }
        durable_ = i + 1;
        return took;
    }

    void note(std::size_t done) {
        const Changes changes{{"statements_done", static_cast<std::int64_t>(done)}};
        run_.ledger.update(row_, changes);
        noted_ = done;
    }

    [[noreturn]] void left_open() {
        ErrorInfo info;
        info.code = Errc::Statement;
        info.message = "the script begins a transaction and does not end it";
        info.hint = "end it with COMMIT";
        sql::place(info, *work_.step, work_.script(), work_.total() - 1, std::nullopt);
        throw Error(std::move(info));
    }

    Attempt finish() {
        result_.duration = since_begin();
        try {
            const Changes changes{
                {"state", std::string(history_state_name(sql::finished_state(step_)))},
                {"statements_done", static_cast<std::int64_t>(result_.skipped ? 0 : work_.total())},
                {"duration_ms", static_cast<double>(result_.duration.count()) / 1000.0}};
            write(changes, step_.version_after, false);
        } catch (const Error& error) {
            ErrorInfo info = ledger_error(run_, work_, error.info()).info();
            info.kept = Kept::All;
            info.statements_done = work_.total();
            return {Error(std::move(info))};
        }
        run_.land(index_, result_);
        return {};
    }

    [[nodiscard]] Error placed(ErrorInfo info) const {
        if (info.where.version.empty())
            sql::place(info, *work_.step, work_.script(), std::nullopt, info.position);
        return Error(std::move(info));
    }

    Attempt fail(const ErrorInfo& found) {
        const Sheltered sheltered(run_.connection);
        run_.connection.rollback();
        ErrorInfo info = placed(found).info();
        info.statements_done = durable_;
        info.kept = durable_ == 0 ? Kept::Nothing : Kept::Part;
        const bool marks = durable_ > 0 || step_.dirty_policy == DirtyPolicy::Always;
        const auto version = marks ? step_.version_after : version_before();
        const Changes changes{{"state", std::string(history_state_name(HistoryState::Failed))},
                              {"statements_done", static_cast<std::int64_t>(durable_)},
                              {"duration_ms", static_cast<double>(since_begin().count()) / 1000.0},
                              {"error", info.message},
                              {"version_after", sql::version_text(version)}};
        try {
            write(changes, version, marks);
            remember(version, marks);
        } catch (const Error& error) {
            run_.ledger.forget();
            info.state = fmt::format(
                "{} of {} statements of this migration were kept; the history says so, but not that it "
                "failed: {}",
                durable_, work_.total(), error.info().message);
        }
        return {Error(std::move(info))};
    }

    void write(const Changes& changes, const std::optional<Version>& version, bool dirty) {
        const Sheltered sheltered(run_.connection);
        try {
            run_.connection.begin();
            run_.ledger.update(row_, changes);
            run_.ledger.set_version(version, dirty);
            run_.connection.commit();
        } catch (const Error&) {
            run_.connection.rollback();
            throw;
        }
    }

    void remember(const std::optional<Version>& version, bool dirty) {
        LedgerState state = run_.ledger.known();
        state.has_version_table = state.has_history_table = true;
        state.version = version;
        state.dirty = dirty;
        run_.ledger.remember(std::move(state));
    }

    [[nodiscard]] microseconds since_begin() const {
        return std::chrono::duration_cast<microseconds>(Clock::now() - begin_);
    }

    Run& run_;
    const Work& work_;
    const Step& step_;
    std::size_t index_;
    Clock::time_point begin_ = Clock::now();
    LedgerState before_;
    std::int64_t row_ = 0;
    std::size_t durable_;
    std::size_t noted_ = 0;
    StepResult result_;
};

}  // namespace

Attempt run_statements(Run& run, const Work& work, std::size_t step) {
    return ByStatement(run, work, step).run();
}

}  // namespace godwit::sqlite
