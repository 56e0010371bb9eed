#include "script/classify.hpp"

#include "script/characters.hpp"

namespace godwit::script {
namespace {

using enum StatementKind;
using enum TransactionNeed;

constexpr std::array kGenericRules{
    Rule{"insert", {Dml}},
    Rule{"update", {Dml}},
    Rule{"delete", {Dml}},
    Rule{"merge", {Dml}},
    Rule{"truncate", {Dml}},
    Rule{"select", {Query}},
    Rule{"values", {Query}},
    Rule{"explain", {Query}},
    Rule{"create", {Ddl}},
    Rule{"alter", {Ddl}},
    Rule{"drop", {Ddl}},
    Rule{"comment", {Ddl}},
    Rule{"grant", {Ddl}},
    Rule{"revoke", {Ddl}},
    Rule{"begin", {Transaction, Controls}},
    Rule{"start", {Transaction, Controls}},
    Rule{"commit", {Transaction, Controls}},
    Rule{"rollback", {Transaction, Controls}},
    Rule{"savepoint", {Transaction, Controls}},
    Rule{"release", {Transaction, Controls}},
    Rule{"set", {Session, Any, true}},
    Rule{"call", {Block, Any, true}},
};

Traits classify_generic(Head& head) {
    Traits traits = find_rule(kGenericRules, head.word(0));
    if (head.is(0, "with")) traits.kind = kind_of_with(head);
    if (head.is(0, "create") && head.any(1, "temp", "temporary")) traits.sets_session_state = true;
    return traits;
}

bool changes_data(std::string_view word) {
    return is_any(word, "insert", "update", "delete", "merge", "replace");
}

}  // namespace

Head::Head(std::string_view sql, const Dialect& dialect, const Modes& modes)
    : sql_(sql), dialect_(&dialect), lexer_(sql, dialect) {
    lexer_.set_modes(modes);
}

std::string_view Head::word(std::size_t index) {
    if (index >= kMost) return {};
    while (read_ <= index) {
        const Token token = lexer_.next();
        if (token.kind == TokenKind::ConditionalOpen || token.kind == TokenKind::ConditionalClose) continue;
        // SELECT may stand in parentheses.
        if (read_ == 0 && lexer_.text(token) == "(") continue;
        words_.at(read_++) = lexer_.text(token);
    }
    return words_.at(index);
}

bool Head::is(std::size_t index, std::string_view lower) {
    return iequals(word(index), lower);
}

Lexer Head::tokens() const {
    Lexer lexer(sql_, *dialect_);
    lexer.set_modes(lexer_.modes());
    return lexer;
}

Traits find_rule(std::span<const Rule> rules, std::string_view word) {
    for (const Rule& rule : rules)
        if (iequals(word, rule.word)) return rule.traits;
    return {};
}

StatementKind kind_of_with(const Head& head) {
    Lexer lexer = head.tokens();
    std::size_t depth = 0;
    std::string_view last;
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
        const std::string_view text = lexer.text(token);
        if (text == "(") ++depth;
        if (text == ")" && depth > 0) --depth;
        if (token.kind == TokenKind::Word && changes_data(text) && (last == "(" || last == ")")) return Dml;
        const bool query = is_any(text, "select", "values", "table");
        if (token.kind == TokenKind::Word && depth == 0 && last == ")" && query) return Query;
        last = text;
    }
    return Query;
}

StatementKind kind_of_explain(Head& head) {
    if (head.any(1, "analyze", "analyse")) return Dml;
    if (head.word(1) != "(") return Query;
    return contains_word(head, "analyze") ? Dml : Query;
}

bool contains_word(const Head& head, std::string_view lower) {
    Lexer lexer = head.tokens();
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next())
        if (token.kind == TokenKind::Word && iequals(lexer.text(token), lower)) return true;
    return false;
}

Traits classify(Head& head, const Features& features, StatementRules rules) {
    switch (rules) {
        case StatementRules::PostgreSql:
            return classify_postgresql(head, features);
        case StatementRules::MySql:
            return classify_mysql(head, features);
        case StatementRules::Sqlite:
            return classify_sqlite(head);
        case StatementRules::Generic:
            break;
    }
    return classify_generic(head);
}

}  // namespace godwit::script
