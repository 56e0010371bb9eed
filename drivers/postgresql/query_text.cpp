#include "postgresql/query_text.hpp"

#include <algorithm>

namespace godwit::postgresql {

void QueryText::append(Part part, std::size_t step, std::size_t statement, std::string_view sql) {
    const std::size_t begin = text_.size();
    text_ += sql;
    pieces_.push_back({begin, text_.size(), step, statement, part});
    // the line break ends a comment in which the statement may end
    text_ += "\n;\n";
}

void QueryText::add_all(std::size_t step, const std::vector<std::string>& statements) {
    for (const std::string& sql : statements)
        add(Part::Ours, step, sql);
}

void QueryText::add_statement(std::size_t step, const Script& script, std::size_t statement) {
    append(Part::Script, step, statement, script.sql(script.statements()[statement]));
}

void QueryText::clear() {
    text_.clear();
    pieces_.clear();
}

std::size_t QueryText::piece_at(std::size_t offset) const noexcept {
    const auto behind = std::ranges::upper_bound(pieces_, offset, {}, &Piece::begin);
    if (behind == pieces_.begin()) return 0;
    return static_cast<std::size_t>(behind - pieces_.begin()) - 1;
}

}  // namespace godwit::postgresql
