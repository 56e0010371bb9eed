#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "mysql/apply.hpp"

namespace godwit::mysql {
namespace {

constexpr std::string_view kSavepoint = "SAVEPOINT godwit_step";

/// Writes steps into packets and follows what the server says of them.
///
/// Steps of Way::Transaction share one transaction, with a savepoint before each. A step of Way::Statements
/// ends that transaction with its intent; each of its statements is followed by a note of progress: DML and
/// note in one transaction, DDL and note side by side in one packet.
class Packets {
  public:
    Packets(Run& run, const std::vector<Work>& works, std::size_t first)
        : run_(run), works_(works), first_(first), results_(works.size()) {}

    Attempt run() {
        if (const std::string idle = run_.connection.short_idle(); !idle.empty()) ours(0, idle);
        for (std::size_t i = 0; i < works_.size() && ok_; ++i) {
            const bool last = i + 1 == works_.size();
            if (works_[i].way == Way::Transaction)
                add_transaction(i);
            else
                add_statements(i);
            // its end must not wait for the work of others, only for the intent of the next
            const bool joins =
                !last && (works_[i].way == Way::Transaction || works_[i + 1].way == Way::Statements);
            if (!joins) commit(i);
        }
        flush();
        restore();
        return std::move(attempt_);
    }

  private:
    [[nodiscard]] const Work& work_of(std::size_t step) const { return works_[step - first_]; }

    void add_transaction(std::size_t i) {
        const Work& work = works_[i];
        begin(i);
        put({Part::Start, Results::One, first_ + i}, Ledger::start_clock());
        ours(i, std::string(kSavepoint));
        for (std::size_t k = work.step->resume_at; k < work.total() && !work.skipped && ok_; ++k)
            statement(i, k, false);
        ours(i, run_.ledger.append_finished(
                    sql::finished_row(*work.step, run_.identity, work.total(), work.skipped)));
        results_[i].skipped = work.skipped;
    }

    void add_statements(std::size_t i) {
        const Work& work = works_[i];
        begin(i);
        put({Part::Start, Results::One, first_ + i}, "DO 0");
        for (const std::string& sql : intent_of(run_, work))
            ours(i, sql);
        end_transaction({.part = Part::Commit, .step = first_ + i, .lands = first_ + i, .intent = true});
        for (std::size_t k = work.step->resume_at; k < work.total() && ok_; ++k)
            noted_statement(i, k);
        begin(i);
        ours(i, completion_of(run_, work));
    }

    /// DML in groups, each one transaction with its progress; the last group is ended with the step.
    void noted_statement(std::size_t i, std::size_t k) {
        const Work& work = works_[i];
        const auto& statements = work.script().statements();
        const bool grouped = fits_transaction(work.script(), statements[k]);
        if (grouped && !open_) {
            begin(i);
            ours(i, std::string(kSavepoint));
        }
        statement(i, k, grouped);
        if (k + 1 == work.total()) return;
        const bool fits = grouped && fits_transaction(work.script(), statements[k + 1]);
        const bool more = fits && !work.one_by_one && packet_.text().size() < kPacketSize / 2;
        const bool asks = looks_back(work.script().sql(statements[k + 1]));
        if (asks ? fits || !open_ : more) return;
        const Piece done{.part = Part::Commit, .step = first_ + i, .lands = 0, .done = k + 1};
        const auto notes = progress_of(run_, work, k + 1);
        for (std::size_t n = 0; n < notes.size(); ++n) {
            if (n + 1 == notes.size() && !open_)
                put(done, notes[n]);
            else
                ours(i, notes[n]);
        }
        if (open_) end_transaction(done);
    }

    void statement(std::size_t i, std::size_t k, bool grouped) {
        const Script& script = works_[i].script();
        const Statement& found = script.statements()[k];
        const std::string_view sql = script.sql(found);
        Piece piece{Part::Script, Results::One, first_ + i, k, grouped};
        const bool many = found.kind == StatementKind::Block || found.kind == StatementKind::Other;
        if (many) piece.results = Results::Marked;
        if (goes_alone(sql)) {
            flush();
            piece.results = Results::Rest;
        }
        put(piece, sql);
        doubtful_ = doubtful_ || may_be_left_out(run_, sql);
        if (piece.results == Results::Rest) flush();
        const std::string warnings = warnings_of(script, k);
        if (!warnings.empty()) put({Part::Warnings, Results::One, first_ + i, k}, warnings);
    }

    void begin(std::size_t i) {
        if (open_) return;
        ours(i, "START TRANSACTION");
        open_ = true;
    }

    /// Makes all steps up to this one durable.
    void commit(std::size_t i) {
        if (!open_) return;
        for (const std::string& sql : run_.ledger.set_version(works_[i].step->version_after, false))
            ours(i, sql);
        end_transaction({.part = Part::Commit, .step = first_ + i, .lands = first_ + i + 1});
    }

    void end_transaction(const Piece& piece) {
        // whether somebody has cancelled meanwhile must be known before it is made durable
        if (doubtful_) flush();
        put(piece, "COMMIT");
        open_ = doubtful_ = false;
    }

    void ours(std::size_t i, const std::string& sql) { put({Part::Ours, Results::One, first_ + i}, sql); }

    void put(const Piece& piece, std::string_view sql) {
        if (!ok_) return;
        const std::size_t limit = std::min(kPacketSize, run_.connection.facts().max_packet / 2);
        if (!packet_.empty() && packet_.text().size() + sql.size() > limit) flush();
        if (ok_) packet_.add(piece, sql);
    }

    void flush() {
        if (!ok_ || packet_.empty()) return;
        const auto failure = exchange(
            run_.connection, packet_, unwatched_limit(run_.connection, std::nullopt),
            [this](const PieceResult& r) { heard(r); },
            [this](std::size_t piece, MYSQL_ROW row, unsigned) {
                warned(packet_.pieces()[piece].step, row);
            });
        const bool lost = failure && failure->lost;
        ok_ = !failure;
        if (doubtful_ && !lost && run_.connection.cancelled())
            undo(failure);
        else if (failure)
            failed(packet_.pieces()[failure->piece], *failure);
        packet_.clear();
    }

    void heard(const PieceResult& result) {
        const Piece& piece = packet_.pieces()[result.piece];
        if (piece.part == Part::Start && piece.step == run_.landed) tell_start(piece.step);
        if (piece.part == Part::Script) {
            StepResult& step = results_[piece.step - first_];
            step.duration += result.took;
            ++step.statements;
            ran_ = piece.statement + 1;
            tell(piece.step, [this, piece, took = result.took] {
                run_.observer.statement_done(piece.step, piece.statement, took);
            });
        }
        if (piece.part == Part::Commit) committed(piece);
    }

    void warned(std::size_t step, MYSQL_ROW row) {
        tell(step, [this, step, notice = notice_of(run_, row)] {
            run_.observer.notice(step, notice.severity, notice.text);
        });
    }

    /// To the observer steps come one after the other: what is heard of one while those before it are not
    /// durable yet waits.
    void tell(std::size_t step, std::function<void()> event) {
        if (step < run_.started)
            event();
        else
            waiting_.emplace_back(step, std::move(event));
    }

    void tell_start(std::size_t step) {
        run_.start(step);
        const auto behind = std::ranges::find_if(waiting_, [&](const auto& w) { return w.first > step; });
        for (auto at = waiting_.begin(); at != behind; ++at)
            if (at->first == step) at->second();
        waiting_.erase(waiting_.begin(), behind);
    }

    void land(std::size_t step) {
        tell_start(step);
        run_.land(step, results_[step - first_]);
    }

    void committed(const Piece& piece) {
        while (run_.landed < piece.lands)
            land(run_.landed);
        if (piece.done > 0) committed_ = piece.done;
        if (!piece.intent) return;
        const Step& step = *work_of(piece.step).step;
        before_ = {run_.ledger.known().version, run_.ledger.known().dirty};
        intent_ = piece.step;
        committed_ = step.resume_at;
        ran_ = step.resume_at;
        run_.ledger.remember(step.version_after, true);
        tell_start(piece.step);
    }

    /// A DELETE may be missing in the open transaction, whatever came of the statements behind it. `failure`:
    /// what the server says of one of them, which is told where that is of the step that fails.
    void undo(const std::optional<ServerFailure>& failure) {
        ok_ = false;
        const std::size_t step = run_.landed;
        const Work& work = work_of(step);
        const Piece* const piece = failure ? &packet_.pieces()[failure->piece] : nullptr;
        const Error error = piece != nullptr && piece->step == step
                                ? step_error(run_, work, *piece, failure->info)
                                : left_out(work, std::nullopt);
        std::optional<Error> refused;
        const bool stays = leaves_part("ROLLBACK", refused);
        if (refused) run_.connection.rollback();
        if (intent_ == step)
            attempt_.failure = part_kept(run_, work, error, committed_, before_, false);
        else
            attempt_.failure = stays ? untransactional_kept(run_, work, error, 0, false, nullptr)
                                     : nothing_kept(run_, work, error);
        tell_start(step);
    }

    void failed(const Piece& piece, const ServerFailure& failure) {
        // what is ours may fail for a step whose work is done, or for the intent of the next
        const bool own = piece.part == Part::Script || piece.part == Part::Warnings;
        const std::size_t step = own ? piece.step : run_.landed;
        const Work& work = work_of(step);
        Error error = step_error(run_, work, piece, failure.info);
        const bool begun = intent_ == step;
        if (failure.lost)
            attempt_.failure = lost(work, error, piece, begun);
        else if (begun)
            attempt_.failure = recover_statements(work, error, piece);
        else if (own)
            recover_transaction(step, error, piece);
        else
            attempt_.failure = not_written(work, error);
        if (attempt_.failure) tell_start(run_.landed);
    }

    Error lost(const Work& work, const Error& error, const Piece& piece, bool begun) {
        if (begun)
            return state_unknown(
                run_, work, error,
                fmt::format(
                    "at least {} of {} statements are kept; whether the one behind them took effect is "
                    "not known; the ledger has it as begun",
                    committed_, work.total()));
        const std::string version = run_.steps[run_.landed].version.text();
        return state_unknown(
            run_, work, error,
            piece.part == Part::Commit
                ? fmt::format("whether {} was committed is not known: the connection broke before the server "
                              "said so; the ledger has been written in the same transaction and tells",
                              version)
                : fmt::format("the server rolls back what {} had begun; migrations before it are kept",
                              version));
    }

    /// The statements before the failed one stay: those of its group in the transaction that is still open.
    Error recover_statements(const Work& work, const Error& error, const Piece& piece) {
        if (piece.part != Part::Script) {
            run_.connection.rollback();
            return part_kept(run_, work, error, std::max(committed_, open_group_ran()), before_, false);
        }
        const bool open = piece.grouped && transaction_lives();
        if (piece.grouped && !open) run_.connection.rollback();
        const std::size_t kept = piece.grouped && !open ? committed_ : std::max(committed_, ran_);
        return part_kept(run_, work, error, kept, before_, open);
    }

    /// Statements that ran and cannot be rolled back any more.
    [[nodiscard]] std::size_t open_group_ran() const {
        const auto& statements = works_[run_.landed - first_].script().statements();
        const bool ended = ran_ > 0 && ran_ <= statements.size();
        return ended && !fits_transaction(works_[run_.landed - first_].script(), statements[ran_ - 1]) ? ran_
                                                                                                       : 0;
    }

    /// A deadlock rolls back the whole transaction, and its savepoint is gone with it.
    bool transaction_lives() {
        std::optional<Error> failure;
        run_.connection.query_all("RELEASE " + std::string(kSavepoint), failure);
        return !failure;
    }

    void recover_transaction(std::size_t step, const Error& error, const Piece& piece) {
        const Work& work = work_of(step);
        const std::size_t before = step - run_.landed;  // steps that share the transaction
        const bool named = names_untransactional_table(run_, work.script());
        if (named && piece.statement > work.step->resume_at && transaction_lives()) {
            attempt_.failure =
                untransactional_kept(run_, work, error, piece.statement, true, [&] { land_before(step); });
            return;
        }
        std::optional<Error> failure;
        const bool part = leaves_part("ROLLBACK TO " + std::string(kSavepoint), failure);
        if (failure) {
            run_.connection.rollback();
            attempt_.one_by_one = before > 0;
            if (before > 0) return;
        }
        commit_before(step);
        attempt_.failure = named && part ? untransactional_kept(run_, work, error, 0, false, nullptr)
                                         : nothing_kept(run_, work, error);
    }

    /// Runs it; true where the server warns that it could not undo what was done to some tables.
    bool leaves_part(const std::string& rollback, std::optional<Error>& failure) {
        const auto rows = run_.connection.query_all(rollback + "\n;\nSHOW WARNINGS", failure);
        return !rows.empty() && !rows.back().empty() && rows.back()[0].at(1) == "1196";
    }

    /// Commits the steps of the open transaction that ended well.
    void commit_before(std::size_t step) {
        if (step == run_.landed) return run_.connection.rollback();
        std::vector<std::string> all = run_.ledger.set_version(run_.steps[step - 1].version_after, false);
        all.emplace_back("COMMIT");
        run_.connection.query(joined(all));
        land_before(step);
    }

    void land_before(std::size_t step) {
        while (run_.landed < step)
            land(run_.landed);
    }

    Error not_written(const Work& work, const Error& error) {
        run_.connection.rollback();
        return nothing_kept(run_, work, error);
    }

    /// Only a step that is alone may leave something in the session.
    void restore() {
        if (!works_.front().resets || run_.connection.lost()) return;
        run_.settings.restore(session_names(works_.front().script()));
    }

    Run& run_;
    const std::vector<Work>& works_;
    std::size_t first_;
    std::vector<StepResult> results_;
    Packet packet_;
    bool open_ = false;      ///< a transaction, where the text of the packet ends
    bool doubtful_ = false;  ///< it has a statement for which a success means nothing once it was cancelled
    bool ok_ = true;
    Attempt attempt_;
    std::vector<std::pair<std::size_t, std::function<void()>>> waiting_;  ///< events by step

    std::optional<std::size_t> intent_;  ///< the step whose intent was durable last
    Before before_;
    std::size_t committed_ = 0;  ///< its statements that are durable by a note
    std::size_t ran_ = 0;        ///< statements of the running step that ended well
};

}  // namespace

Attempt run_packets(Run& run, const std::vector<Work>& works, std::size_t first) {
    return Packets(run, works, first).run();
}

}  // namespace godwit::mysql
