#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "postgresql/apart.hpp"
#include "postgresql/apply.hpp"

namespace godwit::postgresql {
namespace {

using Clock = std::chrono::steady_clock;
using Changes = std::vector<std::pair<std::string_view, sql::Value>>;

std::string first_word(std::string_view sql) {
    std::string word;
    for (const char c : sql.substr(0, 16)) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter) break;
        word += static_cast<char>(c | 0x20);
    }
    return word;
}

bool is_prepare_transaction(const Script& script, const Statement& statement) {
    return statement.transaction == TransactionNeed::Controls &&
           first_word(script.sql(statement)) == "prepare";
}

sql::Value number(std::size_t value) {
    return static_cast<std::int64_t>(value);
}

/// A step outside of a transaction of ours. The intent is committed first; then each statement is sent
/// together with the note that it is done, in one implicit transaction where the statement allows that.
class Statements {
  public:
    Statements(Run& run, const Work& work, std::size_t step)
        : run_(run),
          connection_(run.connection),
          ledger_(run.ledger),
          work_(work),
          script_(work.script()),
          step_(step),
          committed_(work.step->resume_at) {
        notes_inside_ = !std::ranges::any_of(
            script_.statements(), [&](const Statement& s) { return is_prepare_transaction(script_, s); });
    }

    std::optional<Error> run() {
        run_.start(step_);
        if (auto error = intent()) return error;
        begin_ = Clock::now();
        warn_of_pooler();
        if (!set_session(set_limits(limits_of(script_.directives()), false), std::nullopt)) return failed();
        for (std::size_t i = work_.step->resume_at; i < work_.total(); ++i) {
            if (!statement(i)) return failed();
            unsettled_ = false;
        }
        return end();
    }

  private:
    std::optional<Error> intent() {
        const LedgerState& known = ledger_.known();
        before_ = known.version;
        dirty_before_ = known.dirty;
        resuming_ = work_.step->resume_at > 0 || (known.dirty && known.head && in_question(*known.head));
        unsettled_ = resuming_;
        const HistoryRow row = sql::started_row(*work_.step, run_.identity, script_);
        std::vector<std::string> all = ledger_.creation();
        std::ranges::move(ledger_.set_version(work_.step->version_after, true), std::back_inserter(all));
        all.push_back(ledger_.append(row, StartedAt::Now) + " RETURNING id");
        try {
            // RETURNING: the last of the rows
            std::string id;
            for (const Result& result : connection_.query(connection_.in_transaction(all)))
                if (PQntuples(result.get()) == 1) id = PQgetvalue(result.get(), 0, 0);
            id_ = std::stoll(id);
        } catch (const Error& error) {
            return not_begun(error.info());
        }
        ledger_.created();
        ledger_.remember(work_.step->version_after, true);
        run_.unflushed = false;
        return std::nullopt;
    }

    [[nodiscard]] bool refuses_transaction(std::size_t i) const {
        return i < work_.total() && script_.statements()[i].transaction == TransactionNeed::Refuses;
    }

    [[nodiscard]] bool in_question(const HistoryRow& row) const {
        return (row.state == HistoryState::Started || !row.fingerprint.empty()) &&
               row.version == work_.step->version.canonical() && row.direction == work_.step->direction;
    }

    /// The session's own settings reach a statement only where they can stand in the same transaction.
    void warn_of_pooler() {
        const bool bare = std::ranges::any_of(
            script_.statements(), [](const Statement& s) { return s.transaction != TransactionNeed::Any; });
        const bool sets = !connection_.leave_statements().empty() || !script_.directives().plain();
        if (connection_.facts().pooled && (work_.resets || (bare && sets)))
            run_.observer.notice(
                step_, Severity::Warning,
                "the pooler gives every statement outside of a transaction another session: what the script "
                "SETs, --init-sql and time-outs do not reach statements that refuse a transaction");
    }

    /// In a transaction of its own, or in none, a statement has what the session has; a pooler's has nothing.
    bool set_session(const std::vector<std::string>& statements, std::optional<std::size_t> i) {
        return connection_.facts().pooled || set(statements, i);
    }

    /// What a statement that stands in an implicit transaction must find there.
    std::vector<std::string> entering(std::size_t i) const {
        std::vector<std::string> all = connection_.enter_statements();
        if (!connection_.facts().pooled) return all;
        for (const Directives* from : {&script_.directives(), &script_.directives(script_.statements()[i])})
            std::ranges::move(set_limits(limits_of(*from), true), std::back_inserter(all));
        return all;
    }

    Error not_begun(ErrorInfo info) {
        sql::place(info, *work_.step, script_, std::nullopt, std::nullopt);
        if (connection_.lost()) return state_unknown(run_, step_, Error(std::move(info)), true);
        connection_.rollback();
        if (info.sqlstate == kLockNotAvailable) {
            ledger_.explain_lock(info);
        } else {
            info.message =
                fmt::format("the ledger {} cannot be written: {}", ledger_.table().shown(), info.message);
            ledger_.explain_refusal(info);
        }
        info.kept = Kept::Nothing;
        info.state = "nothing of this migration was run";
        return Error(std::move(info));
    }

    bool statement(std::size_t i) {
        const Directives& own = script_.directives(script_.statements()[i]);
        // noted as well: after a cut the note tells which statement is in question
        if (!applies_to(own, run_.dialect)) return note_done(i);
        if (own.skip_if) {
            bool skip = false;
            if (!guarded(i, [&] { skip = is_true(connection_, *own.skip_if); })) return false;
            if (skip) return note_done(i);
        }
        const Limits limits = limits_of(own);
        if (!set_session(set_limits(limits, false), i)) return false;
        const bool ok = with_retries(i, own.retry.value_or(script_.directives().retry.value_or(0)));
        return ok && set_session(unset_limits(connection_, limits, false), i) && done(i);
    }

    bool with_retries(std::size_t i, unsigned again) {
        Milliseconds pause{100};
        for (unsigned tries = 0;; ++tries) {
            const bool was_idle = connection_.transaction() == PQTRANS_IDLE;
            error_.reset();
            if (run_one(i)) return true;
            if (tries >= again || !was_idle || lost_ || !is_retryable(error_->info().sqlstate)) return false;
            connection_.rollback();
            std::this_thread::sleep_for(pause);
            pause *= 2;
        }
    }

    bool run_one(std::size_t i) {
        const Statement& statement = script_.statements()[i];
        if (statement.transaction == TransactionNeed::Refuses) return refusing(i);
        if (statement.transaction == TransactionNeed::Controls) return controlling(i);
        const bool idle = connection_.transaction() == PQTRANS_IDLE;
        return idle && script_.directives(statement).expect_rows ? counted(i) : noted(i);
    }

    /// Its rows are counted before it is committed.
    bool counted(std::size_t i) {
        if (!guarded(i, [&] { connection_.query("BEGIN;\n" + joined(entering(i))); })) return false;
        QueryText query;
        query.add_statement(step_, script_, i);
        const std::string end = note(i + 1) + ";\n" + joined(connection_.leave_statements()) + "COMMIT";
        if (!send(query, i) || !guarded(i, [&] { connection_.query(end); })) return false;
        committed_ = i + 1;
        return true;
    }

    /// Statement and note in one implicit transaction.
    bool noted(std::size_t i) {
        const bool idle = connection_.transaction() == PQTRANS_IDLE;
        QueryText query;
        if (idle) query.add_all(step_, entering(i));
        query.add_statement(step_, script_, i);
        if (idle || notes_inside_) query.add(Part::Ours, step_, note(i + 1));
        if (idle) query.add_all(step_, connection_.leave_statements());
        if (send(query, i)) {
            if (idle) committed_ = i + 1;
            return true;
        }
        const std::string& sqlstate = error_->info().sqlstate;
        if (lost_ || !idle || (sqlstate != "25001" && sqlstate != "2D000")) return false;
        connection_.rollback();
        error_.reset();
        return bare(i);
    }

    /// The statement by itself, the note behind it.
    bool bare(std::size_t i) {
        if (connection_.fenced() && connection_.transaction() == PQTRANS_IDLE &&
            !guarded(i, [&] { connection_.keep_lock(); }))
            return false;
        QueryText query;
        query.add_statement(step_, script_, i);
        return send(query, i) && note_done(i);
    }

    bool note_done(std::size_t i) {
        if (connection_.transaction() != PQTRANS_IDLE) return true;
        committed_ = i + 1;
        return guarded(i, [&] { connection_.query(note(i + 1)); });
    }

    bool refusing(std::size_t i) {
        if (connection_.transaction() != PQTRANS_IDLE) return bare(i);  // the server refuses it
        const bool in_question = (resuming_ && i == work_.step->resume_at) || !left_over_.empty();
        Apart apart(connection_, script_.sql(script_.statements()[i]),
                    ledger_.age_of_note(work_.step->version, work_.step->direction, i), in_question);
        bool is_done = false;
        if (!guarded(i, [&] { is_done = apart.prepare(); })) {
            left_over_ = apart.left_over(*error_);
            return false;
        }
        left_over_.clear();
        unsettled_ = false;
        if (is_done) return note_done(i);
        if (bare(i)) return true;
        if (lost_) return false;
        if (apart.had_run(error_->info().sqlstate)) {
            error_.reset();
            return note_done(i);
        }
        left_over_ = apart.tidy_up();
        return false;
    }

    bool controlling(std::size_t i) {
        const std::string word = first_word(script_.sql(script_.statements()[i]));
        const bool commits =
            (word == "commit" || word == "end") && connection_.transaction() == PQTRANS_INTRANS;
        if (!commits || !notes_inside_) return bare(i);
        QueryText query;
        query.add(Part::Ours, step_, note(i + 1));
        query.add_statement(step_, script_, i);
        if (!send(query, i)) return false;
        committed_ = i + 1;
        return true;
    }

    [[nodiscard]] std::string note(std::size_t statements) const {
        return ledger_.update(id_, {{"statements_done", number(statements)}});
    }

    bool send(const QueryText& query, std::size_t i) {
        std::uint64_t affected = 0;
        std::chrono::microseconds took{0};
        const Statement& statement = script_.statements()[i];
        const std::string_view data =
            statement.kind == StatementKind::Copy ? script_.copy_data(statement) : std::string_view();
        const auto heard = [&](const PieceResult& result) {
            if (query.pieces()[result.piece].part != Part::Script) return;
            affected = result.affected.value_or(0);
            took += result.took;
        };
        if (const auto failure = exchange(connection_, query, heard, data)) {
            lost_ = failure->lost;
            error_ = step_error(run_, work_, step_, query, *failure);
            return false;
        }
        const auto& expected = script_.directives(statement).expect_rows;
        if (expected && *expected != affected) {
            ErrorInfo info = sql::wrong_row_count(*expected, affected).info();
            sql::place(info, *work_.step, script_, i, std::nullopt);
            error_ = Error(std::move(info));
            return false;
        }
        run_.observer.statement_done(step_, i, took);
        ++executed_;
        return true;
    }

    bool set(const std::vector<std::string>& statements, std::optional<std::size_t> i) {
        return statements.empty() || guarded(i, [&] { connection_.query(joined(statements)); });
    }

    /// Something of ours beside statement `i`.
    bool guarded(std::optional<std::size_t> i, const auto& action) {
        try {
            action();
            return true;
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            lost_ = connection_.lost();
            sql::place(info, *work_.step, script_, i, std::nullopt);
            error_ = Error(std::move(info));
            return false;
        }
    }

    bool done(std::size_t i) {
        if (connection_.transaction() == PQTRANS_IDLE) committed_ = std::max(committed_, i + 1);
        return true;
    }

    [[nodiscard]] double elapsed_ms() const {
        return std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
    }

    std::optional<Error> end() {
        const bool open = connection_.transaction() == PQTRANS_INTRANS;
        if (open)
            run_.observer.notice(step_, Severity::Warning,
                                 "the script leaves its transaction open; it is committed with the ledger");
        const HistoryState state = sql::finished_state(*work_.step);
        std::vector<std::string> all;
        // the script's own settings (a role, a search_path) must not decide over the ledger
        if (work_.resets) all = connection_.reset_statements();
        std::ranges::move(ledger_.set_version(work_.step->version_after, false), std::back_inserter(all));
        all.push_back(ledger_.update(id_, {{"state", std::string(history_state_name(state))},
                                           {"statements_done", number(work_.total())},
                                           {"duration_ms", elapsed_ms()}}));
        if (!guarded(std::nullopt, [&] {
                connection_.query(open ? joined(all) + "COMMIT" : connection_.in_transaction(all));
            }))
            return failed();
        restore_limits();
        run_.land(
            step_,
            {std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin_), executed_, false},
            false);
        return std::nullopt;
    }

    void restore_limits() {
        if (!work_.resets)
            set_session(unset_limits(connection_, limits_of(script_.directives()), false), std::nullopt);
    }

    std::optional<Error> failed() {
        if (lost_) return connection_gone();
        connection_.rollback();
        ErrorInfo info = error_->info();
        info.statements_done = committed_;
        if (unsettled_ && left_over_.empty() && refuses_transaction(work_.step->resume_at))
            left_over_ = "what an earlier try left behind was not looked at";
        const bool nothing = committed_ == 0 && left_over_.empty();
        info.kept = nothing ? Kept::Nothing : committed_ == work_.total() ? Kept::All : Kept::Part;
        const bool restores = nothing && work_.step->dirty_policy == DirtyPolicy::OnlyWhenKept;
        describe(info, restores);
        save(info, restores);
        return Error(std::move(info));
    }

    void describe(ErrorInfo& info, bool restores) const {
        const auto& version = restores ? before_ : work_.step->version_after;
        const std::string where =
            fmt::format("the database is at {}, {}", version ? version->text() : std::string("no version"),
                        restores && !dirty_before_ ? "clean" : "dirty");
        info.state = info.kept == Kept::Nothing
                         ? "nothing of this migration was kept; " + where
                         : fmt::format("{} of {} statements are kept; {}", committed_, work_.total(), where);
        if (left_over_.empty()) return;
        info.state += "; " + left_over_;
        info.next = fmt::format("remove the cause, then run: godwit {}; it clears that away and goes on",
                                direction_name(work_.step->direction));
    }

    void save(ErrorInfo& info, bool restores) {
        const std::optional<Version> version = restores ? before_ : work_.step->version_after;
        const bool dirty = restores ? dirty_before_ : true;
        std::vector<std::string> all;
        if (work_.resets) all = connection_.reset_statements();
        std::ranges::move(ledger_.set_version(version, dirty), std::back_inserter(all));
        all.push_back(left_over_.empty() ? failure_of_row(info, version) : failure_behind_row(info, version));
        try {
            connection_.query(connection_.in_transaction(all));
            ledger_.remember(version, dirty);
            restore_limits();
        } catch (const Error& error) {
            ledger_.forget();
            info.state += "; that it failed could not be written down: " + error.info().message;
        }
    }

    [[nodiscard]] std::string failure_of_row(const ErrorInfo& info,
                                             const std::optional<Version>& version) const {
        return ledger_.update(id_, {{"state", std::string(history_state_name(HistoryState::Failed))},
                                    {"statements_done", number(committed_)},
                                    {"duration_ms", elapsed_ms()},
                                    {"error", info.message},
                                    {"version_after", sql::version_text(version)}});
    }

    /// A row of its own: what was left behind is told by its age, and a changed row is younger than that.
    [[nodiscard]] std::string failure_behind_row(const ErrorInfo& info,
                                                 const std::optional<Version>& version) const {
        HistoryRow row = sql::failed_row(*work_.step, run_.identity, script_, committed_, info.message);
        row.version_after = sql::version_text(version);
        row.fingerprint = fmt::format("{}:left", committed_ + 1);
        return ledger_.append(row, StartedAt::Now);
    }

    Error connection_gone() {
        Error error = state_unknown(run_, step_, *error_, true);
        ErrorInfo& info = error.edit();
        info.statements_done = committed_;
        info.state = fmt::format(
            "{} of {} statements are kept; whether the one behind them took effect is not known; "
            "the ledger has it as begun",
            committed_, work_.total());
        return error;
    }

    Run& run_;
    Connection& connection_;
    Ledger& ledger_;
    const Work& work_;
    const Script& script_;
    std::size_t step_;
    std::size_t committed_;     ///< statements of the script that are durable
    bool notes_inside_ = true;  ///< progress may be written inside the script's own transactions
    bool resuming_ = false;
    bool unsettled_ = false;  ///< what the statement to go on at left in an earlier try was not looked at yet
    std::optional<Version> before_;
    bool dirty_before_ = false;
    std::int64_t id_ = 0;
    Clock::time_point begin_;
    std::size_t executed_ = 0;
    bool lost_ = false;
    std::optional<Error> error_;
    std::string left_over_;  ///< by the statement at hand, which could not be cleared away
};

}  // namespace

Attempt run_statements(Run& run, const Work& work, std::size_t step) {
    bool skip = false;
    if (const auto& query = work.script().directives().skip_if) {
        try {
            skip = is_true(run.connection, *query);
        } catch (const Error&) {
            skip = true;  // asked again in the transaction below, which reports the error in its place
        }
    }
    if (!skip) return {Statements(run, work, step).run(), false};
    Work whole = work;
    whole.way = Way::Transaction;
    whole.may_change_way = false;
    return run_alone(run, whole, step);
}

}  // namespace godwit::postgresql
