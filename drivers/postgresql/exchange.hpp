#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "postgresql/query_text.hpp"
#include "postgresql/session.hpp"

namespace godwit::postgresql {

/// A statement that the server refused, or a connection that broke under it.
struct ServerFailure {
    ErrorInfo info;                        ///< the server's words; nothing of the script yet
    std::size_t piece = 0;                 ///< index into the query's pieces
    std::optional<std::size_t> offset;     ///< byte in the query's text
    bool rejected = false;                 ///< the whole text was refused before anything of it ran
    bool lost = false;                     ///< the connection is gone
    std::optional<std::size_t> copy_line;  ///< 1-based line of the COPY data
};

/// What one statement gave.
struct PieceResult {
    std::size_t piece = 0;
    std::optional<std::uint64_t> affected;  ///< rows, where the command tag counts them
    std::string value;                      ///< first column of its first row
    std::chrono::microseconds took{0};
};

using OnPiece = std::function<void(const PieceResult&)>;

/// Sends a query text and reads what comes back, once; `on_piece` hears of each statement that ended well, in
/// order. `copy_data` is given to the COPY … FROM stdin in it.
std::optional<ServerFailure> exchange(Connection& connection, const QueryText& query, const OnPiece& on_piece,
                                      std::string_view copy_data = {});

}  // namespace godwit::postgresql
