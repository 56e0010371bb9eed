#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::mysql {

enum class Part : std::uint8_t {
    Start,     ///< of a step: its clock begins
    Script,    ///< a statement of its script
    Warnings,  ///< SHOW WARNINGS of the statement before
    Progress,  ///< note that statements of a step are done; not yet durable by itself
    Ours,      ///< other ledger statements and settings
    Commit,    ///< makes durable what came before it
};

/// How many results a piece gives.
enum class Results : std::uint8_t {
    One,
    Marked,  ///< any number, then the marker that follows it in the packet
    Rest,    ///< all to the end of the packet
};

/// What a statement in a packet means to who reads its result.
struct Piece {
    Part part = Part::Ours;
    Results results = Results::One;
    std::size_t step = 0;
    std::size_t statement = 0;  ///< Script, Warnings: which; Progress: how many are done
    bool grouped = false;       ///< Script: in a transaction with the statements before it
    std::size_t lands = 0;      ///< Commit: so many steps have landed by it
    bool intent = false;        ///< Commit: the intent of `step` is durable
    std::size_t done = 0;       ///< Commit: statements of `step` that are durable
    std::size_t begin = 0;      ///< where it stands in the packet's text; add() sets it
};

/// Packets stay below it, so that a kill is never far behind in the server's work.
inline constexpr std::size_t kPacketSize = 1U << 20U;

inline constexpr std::string_view kMarker = "godwit_marker";

/// The text of one multi-statement packet, and what each of its results means.
class Packet {
  public:
    void add(Piece piece, std::string_view sql);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// From one of the pieces to the end.
    [[nodiscard]] std::string text_from(std::size_t piece) const {
        return text_.substr(pieces_[piece].begin);
    }
    [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
    [[nodiscard]] bool empty() const noexcept { return pieces_.empty(); }
    void clear();

  private:
    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace godwit::mysql
