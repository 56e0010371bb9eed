#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "mysql/packet.hpp"
#include "mysql/session.hpp"

namespace godwit::mysql {

/// A statement that the server refused, or a connection that broke under it.
struct ServerFailure {
    ErrorInfo info;         ///< the server's words; nothing of the script yet
    std::size_t piece = 0;  ///< index into the packet's pieces
    bool lost = false;      ///< the connection is gone
};

/// What one piece gave.
struct PieceResult {
    std::size_t piece = 0;
    std::uint64_t affected = 0;  ///< rows matched or changed; 0 for a query
    unsigned warnings = 0;
    std::chrono::microseconds took{0};
};

using OnPiece = std::function<void(const PieceResult&)>;
using OnRow = std::function<void(std::size_t piece, MYSQL_ROW row, unsigned columns)>;

/// Sends a packet and reads all that comes back; `on_piece` hears of each piece that ended well, in order,
/// `on_row` (may be null) of the rows of Part::Warnings. The server stops at the first error. `timeout` as of
/// unwatched_limit().
std::optional<ServerFailure> exchange(Connection& connection, const Packet& packet, Milliseconds timeout,
                                      const OnPiece& on_piece, const OnRow& on_row = nullptr);

}  // namespace godwit::mysql
