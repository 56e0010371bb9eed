#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "mysql/apply.hpp"
#include "mysql/replay.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

using Clock = std::chrono::steady_clock;

/// A step with transactions of its own, directives or unread text. The intent is committed first; then each
/// statement is sent by itself, together with the note that it is done.
class Statements {
  public:
    Statements(Run& run, const Work& work, std::size_t step)
        : run_(run),
          connection_(run.connection),
          work_(work),
          script_(work.script()),
          step_(step),
          committed_(work.step->resume_at) {}

    std::optional<Error> run() {
        run_.start(step_);
        if (auto error = intent()) return error;
        bool ok = replay() && ours(set_limits(run_, script_.directives()), std::nullopt);
        for (std::size_t i = work_.step->resume_at; ok && i < work_.total(); ++i)
            ok = statement(i);
        if (ok && end()) return std::nullopt;
        return failed();
    }

  private:
    std::optional<Error> intent() {
        const LedgerState& known = run_.ledger.known();
        before_ = {known.version, known.dirty};
        std::vector<std::string> all = intent_of(run_, work_);
        all.insert(all.begin(), "START TRANSACTION");
        all.emplace_back("COMMIT");
        try {
            connection_.query(joined(all));
        } catch (const Error& error) {
            Error told = step_error(run_, work_, {Part::Ours, Results::One, step_}, error.info());
            if (connection_.lost())
                return state_unknown(run_, work_, told, "nothing of this migration was run");
            connection_.rollback();
            return nothing_kept(run_, work_, told);
        }
        run_.ledger.remember(work_.step->version_after, true);
        return std::nullopt;
    }

    /// What the statements before the one to go on with left in a session that is gone.
    bool replay() {
        for (const std::size_t i : session_work(script_, work_.step->resume_at).again) {
            const std::string sql(script_.sql(script_.statements()[i]));
            if (!guarded(i, [&] { connection_.query(sql); })) return false;
            follow(word_at(sql, 0), word_at(sql, 1));
        }
        return true;
    }

    bool statement(std::size_t i) {
        const Directives& own = script_.directives(script_.statements()[i]);
        if (!applies_to(own, run_.dialect)) return note(i);
        if (own.skip_if) {
            bool skip = false;
            if (!guarded(i, [&] { skip = is_true(connection_, *own.skip_if); })) return false;
            if (skip) return note(i);
        }
        if (!ours(set_limits(run_, own), i)) return false;
        const bool ok = with_retries(i, own.retry.value_or(script_.directives().retry.value_or(0)));
        return ok && ours(unset_limits(run_, own), i);
    }

    bool with_retries(std::size_t i, unsigned again) {
        Milliseconds pause{100};
        for (unsigned tries = 0;; ++tries) {
            const bool idle = !connection_.in_transaction();
            error_.reset();
            if (run_one(i)) return true;
            if (tries >= again || !idle || connection_.lost() || !is_retryable(error_->info().native_code))
                return false;
            connection_.rollback();
            std::this_thread::sleep_for(pause);
            pause *= 2;
        }
    }

    bool run_one(std::size_t i) {
        const Statement& statement = script_.statements()[i];
        if (is_unread(script_)) return unread();
        if (statement.transaction == TransactionNeed::Controls) return controlling(i);
        const bool idle = !connection_.in_transaction();
        const bool own = idle && notes_ && is_transactional(statement);
        Packet packet;
        if (own) packet.add({Part::Ours, Results::One, step_}, "START TRANSACTION");
        add(packet, i);
        if (!send(packet, i) || !rows_fit(i)) return false;
        // the note is sent behind a statement whose rows are counted, else it could stand in the same packet
        return own ? ours(committed_note(i + 1), i) && counted(i + 1) : note(i);
    }

    /// The note of a statement that commits by itself goes in the same packet.
    void add(Packet& packet, std::size_t i) {
        const Statement& statement = script_.statements()[i];
        const std::string_view sql = script_.sql(statement);
        const bool many = statement.kind == StatementKind::Block || statement.kind == StatementKind::Other;
        const bool bare = goes_alone(sql);
        packet.add({Part::Script,
                    bare   ? Results::Rest
                    : many ? Results::Marked
                           : Results::One,
                    step_, i},
                   sql);
        noted_ = false;
        if (bare) return;
        const std::string warnings = warnings_of(script_, i);
        if (!warnings.empty()) packet.add({Part::Warnings, Results::One, step_, i}, warnings);
        const bool last = i + 1 == work_.total();
        const bool asked = !last && looks_back(script_.sql(script_.statements()[i + 1]));
        const bool counts = script_.directives(statement).expect_rows.has_value();
        if (!notes_ || asked || counts || is_transactional(statement) || last) return;
        for (const std::string& note : progress_of(run_, work_, i + 1))
            packet.add({Part::Progress, Results::One, step_, i + 1}, note);
        noted_ = true;
    }

    bool controlling(std::size_t i) {
        const std::string_view sql = script_.sql(script_.statements()[i]);
        const std::string word = word_at(sql, 0);
        Packet packet;
        const bool commits = word == "commit" && connection_.in_transaction() && notes_;
        if (commits)
            for (const std::string& note : progress_of(run_, work_, i + 1))
                packet.add({Part::Ours, Results::One, step_}, note);
        packet.add({Part::Script, Results::One, step_, i}, sql);
        if (!send(packet, i)) return false;
        follow(word, word_at(sql, 1));
        noted_ = commits;
        return note(i);
    }

    /// Between LOCK TABLES and UNLOCK TABLES, and inside XA transactions, our tables cannot be written.
    void follow(const std::string& word, const std::string& second) {
        if (word == "lock") tables_locked_ = true;
        if (word == "unlock" || word == "start" || word == "begin") tables_locked_ = false;
        if (word == "xa" && (second == "start" || second == "begin")) in_xa_ = true;
        if (word == "xa" && (second == "commit" || second == "rollback")) in_xa_ = false;
        notes_ = !tables_locked_ && !in_xa_;
    }

    /// Nobody could split it: it goes as it is, and all or nothing of it is known to be done.
    bool unread() {
        Packet packet;
        packet.add({Part::Script, Results::Rest, step_, 0}, script_.sql(script_.statements()[0]));
        return send(packet, 0) && note(0);
    }

    [[nodiscard]] std::vector<std::string> committed_note(std::size_t statements) const {
        std::vector<std::string> all = progress_of(run_, work_, statements);
        all.emplace_back("COMMIT");
        return all;
    }

    bool counted(std::size_t statements) {
        if (!connection_.in_transaction()) committed_ = statements;
        return true;
    }

    /// Statement `i` is done; the note is left out where it was sent with the statement, or cannot be
    /// written, or the statement behind it must not see it. The last one is noted by the end of the step.
    bool note(std::size_t i) {
        const bool last = i + 1 == work_.total();
        const bool asked = !last && looks_back(script_.sql(script_.statements()[i + 1]));
        const bool sent = std::exchange(noted_, false);
        counted(i + 1);
        return sent || last || asked || !notes_ || ours(progress_of(run_, work_, i + 1), i);
    }

    bool send(const Packet& packet, std::size_t i) {
        affected_ = 0;
        const auto failure = exchange(
            connection_, packet, timeout_of(run_, script_, i),
            [&](const PieceResult& r) { heard(packet.pieces()[r.piece], r); },
            [this](std::size_t, MYSQL_ROW row, unsigned) {
                const Notice notice = notice_of(run_, row);
                run_.observer.notice(step_, notice.severity, notice.text);
            });
        if (!failure) {
            error_ = left_out(run_, work_, i);
            return !error_;
        }
        const Piece& piece = packet.pieces()[failure->piece];
        if (piece.part == Part::Progress || piece.part == Part::Warnings) counted(i + 1);
        error_ = step_error(run_, work_, piece, failure->info);
        return false;
    }

    void heard(const Piece& piece, const PieceResult& result) {
        if (piece.part != Part::Script) return;
        affected_ = result.affected;
        ++executed_;
        spent_ += result.took;
        run_.observer.statement_done(step_, piece.statement, result.took);
    }

    bool rows_fit(std::size_t i) {
        const auto& expected = script_.directives(script_.statements()[i]).expect_rows;
        if (!expected || *expected == affected_) return true;
        ErrorInfo info = sql::wrong_row_count(*expected, affected_).info();
        sql::place(info, *work_.step, script_, i, std::nullopt);
        error_ = Error(std::move(info));
        return false;
    }

    bool ours(const std::vector<std::string>& statements, std::optional<std::size_t> i) {
        return statements.empty() || guarded(i, [&] { connection_.query(joined(statements)); });
    }

    /// Something of ours beside statement `i`.
    bool guarded(std::optional<std::size_t> i, const auto& action) {
        try {
            action();
            return true;
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            sql::place(info, *work_.step, script_, i, std::nullopt);
            error_ = Error(std::move(info));
            return false;
        }
    }

    bool end() {
        const bool open = connection_.in_transaction();
        if (open)
            run_.observer.notice(step_, Severity::Warning,
                                 "the script leaves its transaction open; it is committed with the ledger");
        if (tables_locked_ && !ours({"UNLOCK TABLES"}, std::nullopt)) return false;
        std::vector<std::string> all = run_.ledger.set_version(work_.step->version_after, false);
        all.push_back(completion_of(run_, work_));
        if (!connection_.in_transaction()) all.insert(all.begin(), "START TRANSACTION");
        all.emplace_back("COMMIT");
        if (!ours(all, std::nullopt)) return false;
        run_.land(step_, {spent_, executed_, false});
        return restore();
    }

    bool restore() {
        if (connection_.lost()) return true;
        if (work_.resets)
            run_.settings.restore(session_names(script_));
        else
            connection_.query(joined(restored_limits()) + "DO 0");
        return true;
    }

    [[nodiscard]] std::vector<std::string> restored_limits() const {
        std::vector<std::string> all = unset_limits(run_, script_.directives());
        for (const Statement& statement : script_.statements())
            std::ranges::move(unset_limits(run_, script_.directives(statement)), std::back_inserter(all));
        std::ranges::sort(all);
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    std::optional<Error> failed() {
        if (connection_.lost())
            return state_unknown(
                run_, work_, *error_,
                fmt::format(
                    "at least {} of {} statements are kept; whether the one behind them took effect is "
                    "not known; the ledger has it as begun",
                    committed_, work_.total()));
        connection_.query(tables_locked_ ? "ROLLBACK\n;\nUNLOCK TABLES" : "ROLLBACK");
        Error told = part_kept(run_, work_, *error_, committed_, before_, false);
        restore();
        return told;
    }

    Run& run_;
    Connection& connection_;
    const Work& work_;
    const Script& script_;
    std::size_t step_;
    std::size_t committed_;  ///< statements of the script that are durable
    bool notes_ = true;      ///< our tables can be written
    bool noted_ = false;     ///< the note of the last statement was in its packet
    bool tables_locked_ = false;
    bool in_xa_ = false;
    Before before_;
    std::chrono::microseconds spent_{0};
    std::size_t executed_ = 0;
    std::uint64_t affected_ = 0;
    std::optional<Error> error_;
};

/// An error here is left to the transaction below, which asks again and reports it in its place.
bool is_to_be_skipped(Run& run, const Work& work) {
    const auto& query = work.script().directives().skip_if;
    if (!query) return false;
    try {
        return is_true(run.connection, *query);
    } catch (const Error&) {
        return true;
    }
}

}  // namespace

std::optional<Error> run_statements(Run& run, const Work& work, std::size_t step) {
    if (!is_to_be_skipped(run, work)) return Statements(run, work, step).run();
    return run_transaction(run, work, step);
}

}  // namespace godwit::mysql
