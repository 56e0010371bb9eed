#include "postgresql/exchange.hpp"

#include <algorithm>
#include <charconv>

namespace godwit::postgresql {
namespace {

using Clock = std::chrono::steady_clock;

/// "COPY t, line 3, column n: …" of an error's context.
std::optional<std::size_t> copy_line(const PGresult& result) {
    const std::string context = field(result, PG_DIAG_CONTEXT);
    if (!context.starts_with("COPY ")) return std::nullopt;
    const std::size_t at = context.find(", line ");
    if (at == std::string::npos) return std::nullopt;
    std::size_t line = 0;
    const char* const begin = context.data() + at + 7;
    const auto [stop, error] = std::from_chars(begin, context.data() + context.size(), line);
    if (error != std::errc() || line == 0) return std::nullopt;
    return line;
}

class Exchange {
  public:
    Exchange(Connection& connection, const QueryText& query, const OnPiece& on_piece, std::string_view data)
        : connection_(connection), query_(query), on_piece_(on_piece), data_(data) {}

    std::optional<ServerFailure> run() {
        const bool was_idle = connection_.transaction() == PQTRANS_IDLE;
        try {
            connection_.send(query_.text());
        } catch (const Error& error) {
            return unsent(error.info());
        }
        last_ = Clock::now();
        while (const Result result = connection_.next())
            if (!take(*result)) return failed(*result, was_idle);
        if (connection_.lost()) return unsent(connection_.lost_error().info());
        return std::nullopt;
    }

  private:
    /// False for an error.
    bool take(const PGresult& result) {
        switch (PQresultStatus(&result)) {
            case PGRES_FATAL_ERROR:
                return false;
            case PGRES_SINGLE_TUPLE:
                note_value(result);
                return true;
            case PGRES_COPY_IN:
                give_data();
                return true;
            case PGRES_COPY_OUT:
                for (char* line = nullptr; PQgetCopyData(connection_.handle(), &line, 0) > 0;)
                    PQfreemem(line);
                return true;
            default:
                done(result);
                return true;
        }
    }

    void note_value(const PGresult& result) {
        if (!first_row_ || PQnfields(&result) == 0) return;
        first_row_ = false;
        value_ = PQgetvalue(&result, 0, 0);
    }

    void give_data() {
        PGconn* const handle = connection_.handle();
        constexpr std::size_t kChunk = 1U << 16U;
        for (std::size_t at = 0; at < data_.size(); at += kChunk) {
            const std::string_view part = data_.substr(at, kChunk);
            if (PQputCopyData(handle, part.data(), static_cast<int>(part.size())) != 1) break;
        }
        // a COPY … FROM stdin that nobody has data for must end, or both sides wait for ever
        PQputCopyEnd(handle, data_.data() == nullptr ? "the script has no data for this COPY" : nullptr);
    }

    void done(const PGresult& result) {
        const auto now = Clock::now();
        PieceResult piece;
        piece.piece = std::min(at_, query_.pieces().size() - 1);
        piece.took = std::chrono::duration_cast<std::chrono::microseconds>(now - last_);
        piece.value = std::move(value_);
        const std::string_view affected = PQcmdTuples(const_cast<PGresult*>(&result));
        std::uint64_t rows = 0;
        if (!affected.empty() &&
            std::from_chars(affected.data(), affected.data() + affected.size(), rows).ec == std::errc())
            piece.affected = rows;
        value_.clear();
        first_row_ = true;
        last_ = now;
        ++at_;
        on_piece_(piece);
    }

    ServerFailure failed(const PGresult& result, bool was_idle) {
        ServerFailure failure;
        failure.info = connection_.error_of(result).info();
        const bool obeyed = connection_.cancelled() && failure.info.sqlstate == kQueryCanceled;
        if (obeyed) failure.info.code = Errc::Interrupted;
        failure.copy_line = copy_line(result);
        const auto character = character_position(result);
        connection_.drain();
        failure.lost = connection_.lost();
        if (failure.lost && failure.info.code != Errc::Connect)
            failure.info = connection_.lost_error().info();
        // the whole text is read before anything of it runs; BEGIN would have given a result otherwise
        failure.rejected = at_ == 0 && was_idle && !failure.lost && connection_.transaction() == PQTRANS_IDLE;
        locate(failure, character);
        return failure;
    }

    void locate(ServerFailure& failure, std::optional<std::size_t> character) {
        failure.piece = std::min(at_, query_.pieces().size() - 1);
        if (!character) return;
        const std::size_t offset = byte_offset_of_character(query_.text(), *character);
        const std::size_t piece = query_.piece_at(offset);
        // a position in an earlier statement belongs to another text, such as a prepared statement's
        if (piece != failure.piece && at_ > 0) return;
        failure.piece = piece;
        failure.offset = offset;
    }

    ServerFailure unsent(ErrorInfo info) {
        ServerFailure failure;
        failure.lost = info.code != Errc::Interrupted;
        failure.info = std::move(info);
        failure.piece = std::min(at_, query_.pieces().size() - 1);
        return failure;
    }

    Connection& connection_;
    const QueryText& query_;
    const OnPiece& on_piece_;
    std::string_view data_;
    std::size_t at_ = 0;  ///< the piece whose result comes next
    Clock::time_point last_;
    std::string value_;
    bool first_row_ = true;
};

}  // namespace

std::optional<ServerFailure> exchange(Connection& connection, const QueryText& query, const OnPiece& on_piece,
                                      std::string_view copy_data) {
    return Exchange(connection, query, on_piece, copy_data).run();
}

}  // namespace godwit::postgresql
