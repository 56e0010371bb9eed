#include "mysql/packet.hpp"

namespace godwit::mysql {

void Packet::add(Piece piece, std::string_view sql) {
    piece.begin = text_.size();
    text_ += sql;
    pieces_.push_back(piece);
    if (piece.results == Results::Rest) return;  // alone in its packet: see is_bare()
    // the line break ends a comment in which the statement may end
    text_ += "\n;\n";
    if (piece.results == Results::Marked) text_.append("SELECT 1 AS ").append(kMarker).append("\n;\n");
}

void Packet::clear() {
    text_.clear();
    pieces_.clear();
}

}  // namespace godwit::mysql
