#include <algorithm>
#include <thread>

#include "mysql/apply.hpp"

namespace godwit::mysql {
namespace {

using std::chrono::microseconds;
constexpr Milliseconds kLongestPause{2000};

/// One try at one step in one transaction, statement by statement.
class Try {
  public:
    Try(Run& run, const Work& work, std::size_t step)
        : run_(run), work_(work), script_(work.script()), step_(step), skipped_(work.skipped) {}

    /// True where the step has landed.
    bool run() {
        const bool ok = begin() && statements() && ledger();
        if (!ok && !run_.connection.lost()) limits(unset_limits(run_, script_.directives()), std::nullopt);
        return ok;
    }

    [[nodiscard]] Error& error() { return *error_; }
    [[nodiscard]] bool committing() const noexcept { return committing_; }

  private:
    bool begin() {
        if (!ours({"START TRANSACTION", Ledger::start_clock()}, std::nullopt)) return false;
        if (skipped_) return true;
        const Directives& own = script_.directives();
        return limits(set_limits(run_, own), std::nullopt) &&
               (!own.skip_if || ask(*own.skip_if, skipped_, std::nullopt));
    }

    bool statements() {
        for (std::size_t i = work_.step->resume_at; i < work_.total() && !skipped_; ++i)
            if (!statement(i)) return false;
        return true;
    }

    bool statement(std::size_t i) {
        const Directives& own = script_.directives(script_.statements()[i]);
        if (!applies_to(own, run_.dialect)) return true;
        bool skip = false;
        if (own.skip_if && !ask(*own.skip_if, skip, i)) return false;
        if (skip) return true;
        if (!limits(set_limits(run_, own), i)) return false;
        const bool ok = send(i) && (!own.expect_rows || check_rows(*own.expect_rows, last_affected_, i));
        const bool alive = !run_.connection.lost();
        return (!alive || limits(unset_limits(run_, own), i)) && ok;
    }

    bool send(std::size_t i) {
        Packet packet;
        const bool bare = goes_alone(script_.sql(script_.statements()[i]));
        packet.add({Part::Script, bare ? Results::Rest : Results::One, step_, i},
                   script_.sql(script_.statements()[i]));
        const std::string warnings = warnings_of(script_, i);
        if (!bare && !warnings.empty()) packet.add({Part::Warnings, Results::One, step_, i}, warnings);
        const auto failure = exchange(
            run_.connection, packet, timeout_of(run_, script_, i),
            [&](const PieceResult& r) { heard(packet.pieces()[r.piece], r); },
            [this](std::size_t, MYSQL_ROW row, unsigned) {
                const Notice notice = notice_of(run_, row);
                run_.observer.notice(step_, notice.severity, notice.text);
            });
        error_ = failure ? step_error(run_, work_, packet.pieces()[failure->piece], failure->info)
                         : left_out(run_, work_, i);
        return !error_;
    }

    void heard(const Piece& piece, const PieceResult& result) {
        spent_ += result.took;
        if (piece.part != Part::Script) return;
        ++executed_;
        last_affected_ = result.affected;
        run_.observer.statement_done(step_, piece.statement, result.took);
    }

    bool ledger() {
        const HistoryRow row = sql::finished_row(*work_.step, run_.identity, work_.total(), skipped_);
        // the script's time-outs are not the ledger's
        std::vector<std::string> all = unset_limits(run_, script_.directives());
        std::ranges::move(run_.ledger.set_version(work_.step->version_after, false), std::back_inserter(all));
        all.push_back(run_.ledger.append_finished(row));
        all.emplace_back("COMMIT");
        committing_ = true;
        if (!ours(all, std::nullopt)) return false;
        run_.land(step_, {spent_, executed_, skipped_});
        return true;
    }

    bool ours(const std::vector<std::string>& statements, std::optional<std::size_t> i) {
        if (statements.empty()) return true;
        try {
            run_.connection.query(joined(statements));
            return true;
        } catch (const Error& error) {
            error_ = step_error(run_, work_, {Part::Ours, Results::One, step_, i.value_or(0)}, error.info());
            return false;
        }
    }

    bool limits(const std::vector<std::string>& statements, std::optional<std::size_t> i) {
        if (statements.empty()) return true;
        try {
            run_.connection.query(joined(statements));
            return true;
        } catch (const Error& error) {
            return fail_at(error.info(), i);
        }
    }

    bool ask(const std::string& query, bool& answer, std::optional<std::size_t> statement) {
        try {
            answer = is_true(run_.connection, query);
            return true;
        } catch (const Error& error) {
            ErrorInfo info = error.info();
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
    bool skipped_;
    bool committing_ = false;
    std::optional<Error> error_;
    std::size_t executed_ = 0;
    std::uint64_t last_affected_ = 0;
    microseconds spent_{0};
};

Error lost(Run& run, const Work& work, const Error& error, bool committing) {
    const std::string version = work.step->version.text();
    return state_unknown(
        run, work, error,
        committing ? "whether " + version +
                         " was committed is not known: the connection broke before the server "
                         "said so; the ledger has been written in the same transaction and tells"
                   : "the server rolls back what " + version + " had begun; migrations before it are kept");
}

std::optional<Error> attempts(Run& run, const Work& work, std::size_t step) {
    const unsigned again = sql::retries(work.script());
    Milliseconds pause{100};
    for (unsigned tries = 0;; ++tries) {
        Try attempt(run, work, step);
        if (attempt.run()) return std::nullopt;
        Error& error = attempt.error();
        if (run.connection.lost()) return lost(run, work, error, attempt.committing());
        const bool named = names_untransactional_table(run, work.script());
        const auto warnings = run.connection.query("ROLLBACK\n;\nSHOW WARNINGS");
        if (named && !warnings.empty() && warnings[0].at(1) == "1196")
            return untransactional_kept(run, work, error, 0, false, nullptr);
        if (tries >= again || !is_retryable(error.info().native_code) || run.observer.stop())
            return nothing_kept(run, work, error);
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

}  // namespace

std::optional<Error> run_transaction(Run& run, const Work& work, std::size_t step) {
    run.start(step);
    auto failure = attempts(run, work, step);
    if (work.resets && !run.connection.lost()) run.settings.restore(session_names(work.script()));
    return failure;
}

}  // namespace godwit::mysql
