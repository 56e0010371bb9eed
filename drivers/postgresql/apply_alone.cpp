#include <algorithm>
#include <thread>

#include "postgresql/apply.hpp"

namespace godwit::postgresql {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kChunk = 1U << 20U;
constexpr Milliseconds kLongestPause{2000};

/// One try at one step in one transaction.
class Try {
  public:
    Try(Run& run, const Work& work, std::size_t step)
        : run_(run), work_(work), script_(work.script()), step_(step), skipped_(work.skipped) {}

    /// True where the step has landed.
    bool run() {
        run_.start(step_);
        query_.add(Part::Begin, step_, "BEGIN");
        query_.add_all(step_, run_.connection.enter_statements());
        return file_directives() && statements() && ledger();
    }

    [[nodiscard]] const Error& error() const { return *error_; }
    [[nodiscard]] bool lost() const noexcept { return lost_; }
    [[nodiscard]] bool committing() const noexcept { return committing_; }

  private:
    bool file_directives() {
        if (skipped_) return true;
        const Directives& own = script_.directives();
        query_.add_all(step_, set_limits(limits_of(own), true));
        if (!own.skip_if) return true;
        return flush() && ask(*own.skip_if, skipped_, std::nullopt);
    }

    bool statements() {
        for (std::size_t i = work_.step->resume_at; i < work_.total() && !skipped_; ++i) {
            if (!statement(i)) return false;
            if (query_.text().size() > kChunk && !flush()) return false;
        }
        return true;
    }

    bool statement(std::size_t i) {
        const Statement& statement = script_.statements()[i];
        const Directives& own = script_.directives(statement);
        if (!applies_to(own, run_.dialect)) return true;
        if (own.skip_if) {
            bool skip = false;
            if (!flush() || !ask(*own.skip_if, skip, i)) return false;
            if (skip) return true;
        }
        query_.add_all(step_, set_limits(limits_of(own), true));
        const bool copies = statement.kind == StatementKind::Copy;
        if (copies && !flush()) return false;
        query_.add_told_statement(step_, script_, i);
        if (copies && !flush(script_.copy_data(statement))) return false;
        if (own.expect_rows && (!flush() || !check_rows(*own.expect_rows, last_affected_, i))) return false;
        query_.add_all(step_, unset_limits(run_.connection, limits_of(own), true));
        return true;
    }

    bool ledger() {
        // the script's time-outs are not the ledger's
        query_.add_all(step_, unset_limits(run_.connection, limits_of(script_.directives()), true));
        if (work_.resets && !skipped_) query_.add_all(step_, run_.connection.reset_statements());
        const HistoryRow row = sql::finished_row(*work_.step, run_.identity, work_.total(), skipped_);
        query_.add_all(step_, run_.ledger.creation());
        query_.add_all(step_, run_.ledger.set_version(work_.step->version_after, false));
        query_.add(Part::Ours, step_, run_.ledger.append(row, StartedAt::Transaction));
        query_.add_all(step_, run_.connection.leave_statements());
        query_.add(Part::Commit, step_, "COMMIT");
        committing_ = true;
        return flush();
    }

    bool flush(std::string_view copy_data = {}) {
        if (query_.empty()) return true;
        const auto failure = exchange(
            run_.connection, query_, [this](const PieceResult& r) { heard(r); }, copy_data);
        if (failure) {
            run_.start(step_);
            lost_ = failure->lost;
            error_ = step_error(run_, work_, step_, query_, *failure);
        }
        query_.clear();
        return !failure;
    }

    void heard(const PieceResult& result) {
        const Piece& piece = query_.pieces()[result.piece];
        if (piece.part == Part::Begin) run_.start(step_);
        spent_ += result.took;
        if (piece.part == Part::Script) {
            ++executed_;
            last_affected_ = result.affected.value_or(0);
            run_.observer.statement_done(step_, piece.statement, result.took);
        }
        if (piece.part == Part::Commit) run_.land(step_, {spent_, executed_, skipped_}, false);
    }

    bool ask(const std::string& query, bool& answer, std::optional<std::size_t> statement) {
        try {
            answer = is_true(run_.connection, query);
            return true;
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            lost_ = run_.connection.lost();
            info.message = "skip-if: " + info.message;
            return fail_at(std::move(info), statement);
        }
    }

    bool check_rows(std::uint64_t expected, std::uint64_t found, std::optional<std::size_t> statement) {
        return expected == found || fail_at(sql::wrong_row_count(expected, found).info(), statement);
    }

    bool fail_at(ErrorInfo info, std::optional<std::size_t> statement) {
        sql::place(info, *work_.step, script_, statement, std::nullopt);
        error_ = Error(std::move(info));
        return false;
    }

    Run& run_;
    const Work& work_;
    const Script& script_;
    std::size_t step_;
    QueryText query_;
    bool skipped_;
    bool lost_ = false;
    bool committing_ = false;
    std::optional<Error> error_;
    std::size_t executed_ = 0;
    std::uint64_t last_affected_ = 0;
    microseconds spent_{0};
};

}  // namespace

Attempt run_alone(Run& run, const Work& work, std::size_t step) {
    const unsigned again = sql::retries(work.script());
    Milliseconds pause{100};
    for (unsigned tries = 0;; ++tries) {
        Try attempt(run, work, step);
        if (attempt.run()) return {};
        const Error& error = attempt.error();
        if (attempt.lost()) return {state_unknown(run, step, error, attempt.committing()), false};
        run.connection.rollback();
        const std::string& sqlstate = error.info().sqlstate;
        if ((sqlstate == "25001" || sqlstate == "2D000") && work.may_change_way) return {std::nullopt, true};
        if (tries >= again || !is_retryable(sqlstate) || run.observer.stop())
            return {nothing_kept(run, work, error), false};
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

}  // namespace godwit::postgresql
