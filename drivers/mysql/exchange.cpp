#include "mysql/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mysql/engines.hpp"
#include "mysql/watchdog.hpp"

namespace godwit::mysql {
namespace {

using Clock = std::chrono::steady_clock;

class Reading {
  public:
    Reading(Connection& connection, const Packet& packet, Milliseconds timeout, const OnPiece& on_piece,
            const OnRow& on_row)
        : connection_(connection),
          packet_(packet),
          on_piece_(on_piece),
          on_row_(on_row),
          watchdog_(connection, timeout) {}

    std::optional<ServerFailure> run() {
        last_ = Clock::now();
        if (connection_.cancelled())
            if (const auto script = first_script()) return unsent(*script);
        auto failed = talk(packet_.text());
        if (failed && can_go_on(*failed)) failed = talk(packet_.text_from(piece_));
        return failed;
    }

  private:
    /// Sends the packet, or what is left of it, and reads all that comes back.
    std::optional<ServerFailure> talk(const std::string& text) {
        if (!connection_.send(text)) return failure();
        while (true) {
            if (!take_result()) return failure();
            if (!connection_.more_results()) break;
            if (!connection_.next_result()) return failure();
        }
        finish_rest();
        if (piece_ != packet_.pieces().size())
            fail(Errc::Internal, fmt::format("the server gave results for {} of {} statements", piece_,
                                             packet_.pieces().size()));
        return std::nullopt;
    }

    /// A statement that met an unread trigger is undone, where every table can be. What is made of several
    /// statements may have done part of them.
    bool can_go_on(ServerFailure& failure) {
        if (!is_unread_trigger(failure.info)) return false;
        failure.info.hint =
            "the server could not read a trigger when it opened a table, as happens when the statement "
            "that opens it is killed; it reads it again after FLUSH TABLES, which takes the right RELOAD";
        const bool one = piece().results == Results::One;
        if (!one || !connection_.facts().mariadb || connection_.cancelled()) return false;
        try {
            if (!untransactional_tables(connection_).empty()) return false;
            connection_.reopen_tables();
            connection_.set_scripting(true);  // our own query has ended it
            return !connection_.cancelled();
        } catch (const Error&) {  // the statement's failure is told, and what helps
            return false;
        }
    }

    [[nodiscard]] ServerFailure failure() {
        ServerFailure found{connection_.error(), std::min(piece_, packet_.pieces().size() - 1), false};
        found.lost = connection_.lost();
        const bool ended = found.info.native_code == "1317";
        if (ended && connection_.cancelled()) found.info.code = Errc::Interrupted;
        if (found.lost && connection_.cancelled())
            found.info.hint =
                "it was cancelled; a server that is told so between two statements may never answer, "
                "and its session is ended then";
        if (watchdog_.fired() && ended)
            found.info.message = fmt::format("the statement ran longer than its time-out of {} ms: {}",
                                             watchdog_.limit().count(), found.info.message);
        return found;
    }

    [[nodiscard]] std::optional<std::size_t> first_script() const {
        const auto& pieces = packet_.pieces();
        const auto found = std::ranges::find(pieces, Part::Script, &Piece::part);
        if (found == pieces.end()) return std::nullopt;
        return static_cast<std::size_t>(found - pieces.begin());
    }

    static ServerFailure unsent(std::size_t piece) {
        ErrorInfo info;
        info.code = Errc::Interrupted;
        info.message = "cancelled before the statement was sent";
        return {info, piece, false};
    }

    [[nodiscard]] const Piece& piece() const {
        if (piece_ >= packet_.pieces().size())
            fail(Errc::Internal, "the server gave more results than statements were sent");
        return packet_.pieces()[piece_];
    }

    bool take_result() {
        MYSQL* const handle = connection_.handle();
        const Piece& current = piece();
        const unsigned columns = mysql_field_count(handle);
        if (columns > 0) {
            // row by row: a large result never stands in memory
            const Result result(mysql_use_result(handle));
            if (!result || !rows(*result, columns)) return false;
            if (current.results == Results::Marked && is_marker(*result, columns)) return done();
        } else {
            affected_ += mysql_affected_rows(handle);
        }
        warnings_ += mysql_warning_count(handle);
        return current.results != Results::One || done();
    }

    bool rows(MYSQL_RES& result, unsigned columns) {
        const bool heard = on_row_ && piece().part == Part::Warnings;
        while (MYSQL_ROW row = mysql_fetch_row(&result))
            if (heard) on_row_(piece_, row, columns);
        return mysql_errno(connection_.handle()) == 0;
    }

    static bool is_marker(MYSQL_RES& result, unsigned columns) {
        return columns == 1 && mysql_fetch_field_direct(&result, 0)->name == kMarker;
    }

    bool done() {
        const auto now = Clock::now();
        const PieceResult result{piece_, affected_, warnings_,
                                 std::chrono::duration_cast<std::chrono::microseconds>(now - last_)};
        last_ = now;
        affected_ = 0;
        warnings_ = 0;
        on_piece_(result);
        ++piece_;
        watchdog_.next();
        // a killed SLEEP() is a success to MySQL: what comes behind it is not to run
        const auto& pieces = packet_.pieces();
        if (connection_.cancelled() && piece_ < pieces.size() && pieces[piece_].part == Part::Script)
            connection_.kill_running();
        return true;
    }

    void finish_rest() {
        if (piece_ < packet_.pieces().size() && piece().results == Results::Rest) done();
    }

    Connection& connection_;
    const Packet& packet_;
    const OnPiece& on_piece_;
    const OnRow& on_row_;
    std::size_t piece_ = 0;
    std::uint64_t affected_ = 0;
    unsigned warnings_ = 0;
    Clock::time_point last_;
    Watchdog watchdog_;
};

}  // namespace

std::optional<ServerFailure> exchange(Connection& connection, const Packet& packet, Milliseconds timeout,
                                      const OnPiece& on_piece, const OnRow& on_row) {
    const Scripting scripting(connection);
    return Reading(connection, packet, timeout, on_piece, on_row).run();
}

}  // namespace godwit::mysql
