#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/script.hpp"

namespace godwit::postgresql {

enum class Part : std::uint8_t {
    Begin,    ///< the BEGIN of a step
    Script,   ///< a statement of its script
    Ours,     ///< settings and ledger
    Flush,    ///< makes the server send what it has to say by now
    Prepare,  ///< a statement of Landing's
    Record,   ///< the history row, which gives the step's duration in milliseconds back
    Commit,   ///< its COMMIT: the result says that the step has landed
};

/// One statement in the text of a query: the server gives one result for each, in order.
struct Piece {
    std::size_t begin = 0;  ///< bytes into the query's text
    std::size_t end = 0;
    std::size_t step = 0;
    std::size_t statement = 0;  ///< of the script; meaningful for Part::Script
    Part part = Part::Ours;
};

/// Rows as they stand, and objects that hold none yet. A wrong guess costs a few microseconds, or a late
/// word.
[[nodiscard]] bool is_quick(std::string_view sql);

/// Whether a NOTICE came of a Part::Flush: nobody's news.
[[nodiscard]] bool is_of_flush(std::string_view notice);

/// The text of a simple-protocol query made of statements from several places, and the way back from a
/// position in it.
class QueryText {
  public:
    void add(Part part, std::size_t step, std::string_view sql) { append(part, step, 0, sql); }
    void add_all(std::size_t step, const std::vector<std::string>& statements);
    void add_statement(std::size_t step, const Script& script, std::size_t statement);
    /// Within a transaction: the results of all before a statement that may take long come before it runs.
    void add_told_statement(std::size_t step, const Script& script, std::size_t statement);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
    [[nodiscard]] bool empty() const noexcept { return pieces_.empty(); }
    void clear();

    /// Index of the piece that a byte of the text belongs to.
    [[nodiscard]] std::size_t piece_at(std::size_t offset) const noexcept;

  private:
    void append(Part part, std::size_t step, std::size_t statement, std::string_view sql);

    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace godwit::postgresql
