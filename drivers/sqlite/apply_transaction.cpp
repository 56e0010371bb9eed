#include <fmt/format.h>

#include "sqlite/apply.hpp"
#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

using std::chrono::microseconds;
using Clock = std::chrono::steady_clock;

/// A transaction that several steps share ends when it has lasted so long or holds so much, so that a stop is
/// obeyed soon and other programs get their turn.
constexpr microseconds kLongest{100'000};
constexpr std::size_t kMostBytes = 1U << 20U;
/// A step that takes longer is undone, and run again when those before it are durable: they must not wait for
/// it, nor must it be hidden behind them from whoever watches the run.
constexpr Milliseconds kLongestGuest{100};

microseconds since(Clock::time_point begin) {
    return std::chrono::duration_cast<microseconds>(Clock::now() - begin);
}

/// One transaction for one or several steps, each behind a savepoint.
class Shared {
  public:
    Shared(Run& run, std::vector<std::optional<Work>>& works)
        : run_(run), works_(works), first_(run.landed) {}

    Attempt run() {
        const Work& first = work(first_);
        run_.teller.started(first_);
        auto failure = guarded(first, [&] { open(first); });
        if (failure) return fail_whole(*failure);
        for (std::size_t step = first_; step < run_.steps.size(); ++step) {
            if (step > first_ && !may_join(step)) break;
            failure = run_step(step);
            if (failure) return failed(step, *failure);
        }
        return finish();
    }

  private:
    struct Done {
        StepResult result;
        std::vector<std::pair<std::size_t, microseconds>> statements;
    };

    const Work& work(std::size_t step) { return work_at(run_, works_, step); }

    [[nodiscard]] bool shares(std::size_t step) {
        return run_.batch && step >= run_.single_until && !work(step).alone;
    }

    bool may_join(std::size_t step) {
        if (!shares(first_) || !shares(step) || work(step).nul) return false;
        if (step == run_.no_guest || (run_.large_file && work(step).slow)) return false;
        return since(begin_) < kLongest && bytes_ < kMostBytes && !run_.teller.stop();
    }

    /// What an error of ours or of the script makes of the step: nothing but a moved version is thrown on.
    template <typename Body>
    std::optional<Error> guarded(const Work& current, Body&& body) {
        try {
            body();
            return std::nullopt;
        } catch (const Error& error) {
            if (error.code() == Errc::Validation) {
                run_.connection.rollback();
                throw;
            }
            ErrorInfo info = error.info();
            if (info.where.version.empty())
                sql::place(info, *current.step, current.script(), std::nullopt, info.position);
            return Error(std::move(info));
        }
    }

    void open(const Work& first) {
        for (std::size_t i = first.step->resume_at; i < first.lead && !first.skipped; ++i)
            execute_statement(run_.connection, run_.dialect, first, i);
        run_.connection.set_limits(limits_of(run_.connection, first.script().directives()));
        run_.connection.begin();
        run_.connection.set_limits(run_.connection.base_limits());
        run_.ledger.require_unmoved();
        begin_ = Clock::now();
        try {
            run_.ledger.create();
        } catch (const Error& error) {
            throw ledger_error(run_, first, error.info());
        }
    }

    std::optional<Error> run_step(std::size_t step) {
        const Work& current = work(step);
        run_.connection.set_guest_until(step > first_ ? Deadline::in(kLongestGuest) : Deadline::never());
        auto failure = guarded(current, [&] {
            if (shares(first_)) run_.connection.execute("SAVEPOINT godwit_step");
            Done done = run_script(step, current);
            if (shares(first_)) run_.connection.execute("RELEASE godwit_step");
            bytes_ += current.script().text().size();
            done_.push_back(std::move(done));
        });
        if (failure && run_.connection.outstayed() && !run_.connection.cancelled()) run_.no_guest = step;
        run_.connection.set_guest_until(Deadline::never());
        return failure;
    }

    Done run_script(std::size_t step, const Work& current) {
        Done done;
        ran_.clear();
        const Timestamp started = sql::now();
        const auto begin = Clock::now();
        const auto& skip_if = current.script().directives().skip_if;
        done.result.skipped = current.skipped || (skip_if && skips(current, *skip_if));
        if (!done.result.skipped) {
            const std::size_t first = std::max(current.step->resume_at, current.lead);
            auto statement = current.script().statements().begin() + static_cast<std::ptrdiff_t>(first);
            for (std::size_t i = first; i < current.total(); ++i, ++statement)
                run_statement(step, current, i, *statement, done);
            done.result.statements = current.total() - std::min(current.step->resume_at, current.total());
            require_references(current);
        }
        done.result.duration = since(begin);
        write_ledger(current, done.result, started);
        return done;
    }

    bool skips(const Work& current, const std::string& query) {
        try {
            return is_true(run_.connection, query);
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            info.message = "skip-if: " + info.message;
            sql::place(info, *current.step, current.script(), std::nullopt, std::nullopt);
            throw Error(std::move(info));
        }
    }

    void run_statement(std::size_t step, const Work& current, std::size_t index, const Statement& statement,
                       Done& done) {
        const microseconds took = execute_statement(run_.connection, run_.dialect, current, index, statement);
        if (!run_.connection.in_transaction()) ended_itself(current, index);
        // of a guest it is told when those before it are durable; the host may be a script of millions
        if (step == first_) {
            run_.teller.statement_done(step, index, took);
            return;
        }
        done.statements.emplace_back(index, took);
        ran_.emplace_back(index, took);
    }

    /// COMMIT in a script that was not seen to hold one.
    [[noreturn]] void ended_itself(const Work& current, std::size_t index) {
        ErrorInfo info;
        info.code = Errc::Statement;
        info.message = "the statement ended the transaction around the script";
        info.hint = "a script that controls its own transactions needs: -- godwit: no-transaction";
        sql::place(info, *current.step, current.script(), index, std::nullopt);
        throw Error(std::move(info));
    }

    /// Deferred foreign keys are looked at by COMMIT only; here the step must answer for itself.
    void require_references(const Work& current) {
        int open = 0;
        int highest = 0;
        sqlite3_db_status(run_.connection.handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &open, &highest, 0);
        if (open == 0) return;
        ErrorInfo info = coded_error(SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY constraint failed").info();
        info.detail = first_violation();
        info.hint = "a deferred foreign key is still violated at the end of the migration";
        sql::place(info, *current.step, current.script(), std::nullopt, std::nullopt);
        throw Error(std::move(info));
    }

    std::string first_violation() {
        Prepared check(run_.connection.handle(), "PRAGMA foreign_key_check");
        if (!check.next()) return {};
        return fmt::format("row {} of table {} refers to a row that table {} does not have", check.text(1),
                           check.text(0), check.text(2));
    }

    void write_ledger(const Work& current, const StepResult& result, Timestamp started) {
        try {
            run_.ledger.set_version(current.step->version_after, false);
            run_.ledger.append(finished_row(run_, current, result, started));
        } catch (const Error& error) {
            if (error.code() == Errc::Validation) throw;
            throw ledger_error(run_, current, error.info());
        }
    }

    /// Some errors (RAISE(ROLLBACK), ON CONFLICT ROLLBACK, a full disk, an interrupted write) take the whole
    /// transaction with them.
    Attempt failed(std::size_t step, const Error& failure) {
        if (!run_.connection.in_transaction()) return lost(step, failure);
        if (done_.empty()) return fail_whole(failure);
        // a guest will run again: whoever cancels meanwhile must be heard
        std::optional<Sheltered> sheltered;
        if (run_.no_guest != step) sheltered.emplace(run_.connection);
        try {
            run_.connection.execute("ROLLBACK TO godwit_step");
            run_.connection.execute("RELEASE godwit_step");
        } catch (const Error&) {
            return lost(step, failure);
        }
        Attempt attempt = finish();
        if (attempt.failure || run_.landed != step || run_.no_guest == step) return attempt;
        run_.teller.started(step);
        // a guest's statements are told when those before it are durable, and so when it failed
        for (const auto& [statement, took] : ran_)
            run_.teller.statement_done(step, statement, took);
        attempt.failure = failure;
        return attempt;
    }

    Attempt lost(std::size_t step, const Error& failure) {
        run_.connection.rollback();
        if (step == first_) return {failure};
        if (run_.no_guest == step) return {};
        if (failure.code() == Errc::Interrupted) return {interrupted(failure.info())};
        run_.single_until = step + 1;
        return {};
    }

    /// Whoever asked to stop does not want the steps before run again: all of them count as not begun.
    Error interrupted(const ErrorInfo& found) {
        ErrorInfo info;
        info.code = Errc::Interrupted;
        info.message = found.message;
        info.native_code = found.native_code;
        sql::place(info, *work(first_).step, work(first_).script(), std::nullopt, std::nullopt);
        return Error(std::move(info));
    }

    Attempt fail_whole(const Error& failure) {
        run_.connection.rollback();
        return {failure};
    }

    Attempt finish() {
        try {
            run_.connection.commit();
        } catch (const Error& error) {
            return commit_failed(error.info());
        }
        for (std::size_t i = 0; i < done_.size(); ++i)
            tell(first_ + i, done_[i]);
        return {};
    }

    Attempt commit_failed(ErrorInfo info) {
        run_.connection.rollback();
        const bool may_be_one = done_.size() > 1 && !is_busy(info) && info.code != Errc::Interrupted;
        if (may_be_one) {
            run_.single_until = first_ + done_.size();
            return {};
        }
        info.message = "at COMMIT: " + info.message;
        sql::place(info, *work(first_).step, work(first_).script(), std::nullopt, std::nullopt);
        return {Error(std::move(info))};
    }

    void tell(std::size_t step, const Done& done) {
        run_.teller.started(step);
        for (const auto& [statement, took] : done.statements)
            run_.teller.statement_done(step, statement, took);
        run_.land(step, done.result);
    }

    Run& run_;
    std::vector<std::optional<Work>>& works_;
    std::size_t first_;
    Clock::time_point begin_ = Clock::now();
    std::size_t bytes_ = 0;
    std::vector<Done> done_;
    std::vector<std::pair<std::size_t, microseconds>> ran_;  ///< statements of the step that runs
};

}  // namespace

Attempt run_transaction(Run& run, std::vector<std::optional<Work>>& works) {
    return Shared(run, works).run();
}

}  // namespace godwit::sqlite
