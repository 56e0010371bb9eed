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

/// Several steps as one query text.
class Batch {
  public:
    Batch(Run& run, const std::vector<Work>& works, std::size_t first)
        : run_(run), works_(works), first_(first), relaxes_(run.connection.facts().group_commit) {}

    /// Steps [from, to).
    Attempt run(std::size_t from, std::size_t to) {
        QueryText query;
        for (std::size_t step = from; step < to; ++step)
            add(query, step);
        run_.start(from);
        const auto failure = exchange(run_.connection, query, [&](const PieceResult& r) { heard(query, r); });
        if (!failure) return {};
        if (failure->lost) return lost(query, *failure);
        if (failure->rejected) return rejected(query, *failure, from, to);
        run_.connection.rollback();
        return failed(query, *failure);
    }

  private:
    [[nodiscard]] const Work& work(std::size_t step) const { return works_[step - first_]; }
    /// The commit of the last step of a run waits for the disk, and with it all before it get there.
    [[nodiscard]] bool relaxed(std::size_t step) const { return relaxes_ && step + 1 < run_.steps.size(); }

    void add(QueryText& query, std::size_t step) {
        const Work& current = work(step);
        query.add(Part::Begin, step, "BEGIN");
        query.add_all(step, run_.connection.enter_statements());
        query.add(Part::Ours, step, start_clock(relaxed(step)));
        for (std::size_t i = 0; i < current.total(); ++i)
            query.add_told_statement(step, current.script(), i);
        if (step == run_.landed) query.add_all(step, run_.ledger.creation());
        query.add_all(step, run_.ledger.set_version(current.step->version_after, false));
        query.add(Part::Record, step,
                  run_.ledger.append(sql::finished_row(*current.step, run_.identity, current.total(), false),
                                     StartedAt::Setting) +
                      " RETURNING duration_ms");
        query.add_all(step, run_.connection.leave_statements());
        query.add(Part::Commit, step, "COMMIT");
    }

    void heard(const QueryText& query, const PieceResult& result) {
        const Piece& piece = query.pieces()[result.piece];
        if (piece.part == Part::Begin) run_.start(piece.step);
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
    microseconds spent_{0};
};

}  // namespace

Attempt run_batch(Run& run, const std::vector<Work>& works, std::size_t first) {
    return Batch(run, works, first).run(first, first + works.size());
}

}  // namespace godwit::postgresql
