#include <charconv>
#include <cmath>

#include "postgresql/apply.hpp"

namespace godwit::postgresql {
namespace {

using std::chrono::microseconds;

/// Of a text like "12.345", in milliseconds.
microseconds duration(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return microseconds(std::llround(value * 1000));
}

/// Preparing pays off after so many steps.
constexpr std::size_t kWorthPreparing = 8;
/// A round trip of its own pays off after so many.
constexpr std::size_t kWorthTurn = 64;
/// Of the scripts in a text in which statements are prepared.
constexpr std::size_t kShort = std::size_t{8} << 10U;
constexpr std::size_t kFew = 16;
constexpr std::string_view kNoSuchStatement = "26000";

/// Several steps as one query text.
class Batch {
  public:
    Batch(Run& run, const std::vector<Work>& works, std::size_t first)
        : run_(run), works_(works), first_(first), relaxes_(run.connection.facts().group_commit) {}

    /// Steps [from, to).
    Attempt run(std::size_t from, std::size_t to) {
        if (to - from >= kWorthTurn && may_prepare(from, from + 1)) {
            Attempt first = run(from, from + 1);
            if (first.failure || first.change_way) return first;
            return run(from + 1, to);
        }
        preparing_ = to - from <= kFew && may_prepare(from, to);
        begin_ = from;
        QueryText query;
        for (std::size_t step = from; step < to; ++step)
            add(query, step);
        run_.start(from);
        const auto failure = exchange(run_.connection, query, [&](const PieceResult& r) { heard(query, r); });
        if (!failure) return {};
        if (failure->lost) return lost(query, *failure);
        if (failure->rejected) return rejected(query, *failure, from, to);
        run_.connection.rollback();
        if (is_of_landing(query.pieces()[failure->piece], *failure)) {
            run_.landing.give_up();
            return run(run_.landed, to);
        }
        return failed(query, *failure);
    }

  private:
    [[nodiscard]] const Work& work(std::size_t step) const { return works_[step - first_]; }
    /// The commit of the last step of a run waits for the disk, and with it all before it get there.
    [[nodiscard]] bool relaxed(std::size_t step) const { return relaxes_ && step + 1 < run_.steps.size(); }

    /// With the first of steps [from, to).
    [[nodiscard]] bool may_prepare(std::size_t from, std::size_t to) const {
        if (!run_.batch || !run_.landing.may_prepare() || !run_.connection.facts().direct ||
            run_.connection.fenced() || run_.steps.size() - from < kWorthPreparing)
            return false;
        std::size_t bytes = 0;
        for (std::size_t step = from; step < to; ++step)
            bytes += work(step).script().text().size();
        return bytes <= kShort;
    }

    /// Somebody took the statements away, or they cannot be made: the tables may have rules.
    [[nodiscard]] bool is_of_landing(const Piece& piece, const ServerFailure& failure) const {
        if (piece.part == Part::Prepare) return failure.info.code == Errc::Statement;
        return run_.landing.is_prepared() && piece.part != Part::Script &&
               failure.info.sqlstate == kNoSuchStatement;
    }

    void add(QueryText& query, std::size_t step) {
        const Work& current = work(step);
        const bool prepared = run_.landing.is_prepared() || (preparing_ && step > begin_);
        const bool as_prepared = prepared && relaxed(step) == relaxes_;
        query.add(Part::Begin, step, "BEGIN");
        query.add_all(step, run_.connection.enter_statements());
        query.add(Part::Ours, step, as_prepared ? run_.landing.begin() : start_clock(relaxed(step)));
        for (std::size_t i = 0; i < current.total(); ++i)
            query.add_told_statement(step, current.script(), i);
        if (step == run_.landed) query.add_all(step, run_.ledger.creation());
        add_record(query, step);
        query.add_all(step, run_.connection.leave_statements());
        query.add(Part::Commit, step, "COMMIT");
    }

    void add_record(QueryText& query, std::size_t step) {
        const Work& current = work(step);
        const HistoryRow row = sql::finished_row(*current.step, run_.identity, current.total(), false);
        if (preparing_ && step == begin_)
            for (const std::string& sql : run_.landing.prepare(row, relaxes_))
                query.add(Part::Prepare, step, sql);
        const auto& version = current.step->version_after;
        if (version && (preparing_ || run_.landing.is_prepared()))
            if (const auto prepared = run_.landing.record(row, *version))
                return query.add(Part::Record, step, *prepared);
        query.add_all(step, run_.ledger.set_version(version, false));
        query.add(Part::Record, step, run_.ledger.append(row, StartedAt::Setting) + " RETURNING duration_ms");
    }

    void heard(const QueryText& query, const PieceResult& result) {
        const Piece& piece = query.pieces()[result.piece];
        if (piece.part == Part::Begin) run_.start(piece.step);
        if (piece.part == Part::Record && preparing_) run_.landing.prepared();
        if (piece.part == Part::Record) spent_ = duration(result.value);
        const bool only = work(piece.step).total() == 1;
        if (piece.part == Part::Script && !only)
            run_.observer.statement_done(piece.step, piece.statement, result.took);
        // the server's clock: here several results may come at once
        if (piece.part == Part::Record && only) run_.observer.statement_done(piece.step, 0, spent_);
        if (piece.part == Part::Commit)
            run_.land(piece.step, {spent_, work(piece.step).total(), false}, relaxed(piece.step));
    }

    /// The server refused the whole text before anything ran: what stands before the culprit is sent without
    /// it.
    Attempt rejected(const QueryText& query, const ServerFailure& failure, std::size_t from, std::size_t to) {
        const bool located = failure.offset.has_value() || to - from == 1;
        if (!located) return one_by_one(from, to);
        const std::size_t culprit = query.pieces()[failure.piece].step;
        if (culprit > from) {
            Attempt before = run(from, culprit);
            if (before.failure || before.change_way) return before;
        }
        return failed(query, failure);
    }

    Attempt one_by_one(std::size_t from, std::size_t to) {
        for (std::size_t step = from; step < to; ++step) {
            Attempt attempt = run(step, step + 1);
            if (attempt.failure || attempt.change_way) return attempt;
        }
        return {};
    }

    Attempt failed(const QueryText& query, const ServerFailure& failure) {
        const std::size_t step = query.pieces()[failure.piece].step;
        run_.start(step);
        const Work& current = work(step);
        const bool refuses = failure.info.sqlstate == "25001" || failure.info.sqlstate == "2D000";
        if (refuses && current.may_change_way) return {std::nullopt, true};
        return {nothing_kept(run_, current, step_error(run_, current, step, query, failure)), false};
    }

    Attempt lost(const QueryText& query, const ServerFailure& failure) {
        const Piece& piece = query.pieces()[failure.piece];
        run_.start(piece.step);
        const Error error = step_error(run_, work(piece.step), piece.step, query, failure);
        // the results of a text come when the server likes: the COMMIT may be done and its word on the way,
        // unless the server has said in which statement it ended the session
        const bool told = failure.info.sqlstate.starts_with("57P");
        const bool committing = !told || piece.part == Part::Commit;
        return {state_unknown(run_, piece.step, error, committing), false};
    }

    Run& run_;
    const std::vector<Work>& works_;
    std::size_t first_;
    bool relaxes_;
    bool preparing_ = false;  ///< in the text that is being made, with its first step
    std::size_t begin_ = 0;   ///< its first step
    microseconds spent_{0};
};

}  // namespace

Attempt run_batch(Run& run, const std::vector<Work>& works, std::size_t first) {
    return Batch(run, works, first).run(first, first + works.size());
}

}  // namespace godwit::postgresql
