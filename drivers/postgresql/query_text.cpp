#include "postgresql/query_text.hpp"

#include <algorithm>
#include <array>

#include "postgresql/text.hpp"
#include "postgresql/tokens.hpp"

namespace godwit::postgresql {
namespace {

/// In a NOTICE of ours: the server repeats the text that it has found no words in.
constexpr std::string_view kMark = "\t  \t \t\t  \t \t\t";

constexpr std::size_t kLookedAt = 512;  ///< bytes: rows by the megabyte are not searched

/// Under REPEATABLE READ the snapshot of a flush before LOCK TABLE would hide what was committed while the
/// lock was waited for; before SET TRANSACTION it would be an error.
bool needs_no_snapshot(std::string_view word) {
    constexpr std::array<std::string_view, 9> kWords = {"lock",   "set",    "reset",    "show",      "fetch",
                                                        "listen", "notify", "unlisten", "checkpoint"};
    return std::ranges::find(kWords, word) != kWords.end();
}

/// The server keeps results until its buffer is full or the whole text is done; a NOTICE takes them along.
/// This is the cheapest one that needs no right, no language and no transaction, and reaches no server log.
std::string flush_statement() {
    return "SELECT pg_catalog.to_tsquery('simple', '" + std::string(kMark) + "')";
}

}  // namespace

bool is_quick(std::string_view sql) {
    const std::string word = Tokens(sql).next_word();
    const std::string_view begin = sql.substr(0, kLookedAt);
    if (word == "insert") return !mentions(begin, "select");
    if (word == "create")
        return !mentions(begin, "select") && !mentions(begin, "index") && !mentions(begin, "materialized");
    return word == "comment" || needs_no_snapshot(word);
}

bool is_of_flush(std::string_view notice) {
    return notice.find(kMark) != std::string_view::npos;
}

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

void QueryText::add_told_statement(std::size_t step, const Script& script, std::size_t statement) {
    if (!is_quick(script.sql(script.statements()[statement])))
        append(Part::Flush, step, 0, flush_statement());
    add_statement(step, script, statement);
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
