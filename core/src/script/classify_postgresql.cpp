#include "script/characters.hpp"
#include "script/classify.hpp"

namespace godwit::script {
namespace {

using enum StatementKind;
using enum TransactionNeed;

constexpr std::array kRules{
    Rule{"insert", {Dml}},
    Rule{"update", {Dml}},
    Rule{"delete", {Dml}},
    Rule{"merge", {Dml}},
    Rule{"truncate", {Dml}},
    Rule{"select", {Query}},
    Rule{"values", {Query}},
    Rule{"table", {Query}},
    Rule{"show", {Query}},
    Rule{"fetch", {Query}},
    Rule{"move", {Query}},
    Rule{"close", {Query}},
    Rule{"create", {Ddl}},
    Rule{"alter", {Ddl}},
    Rule{"drop", {Ddl}},
    Rule{"comment", {Ddl}},
    Rule{"grant", {Ddl}},
    Rule{"revoke", {Ddl}},
    Rule{"reassign", {Ddl}},
    Rule{"security", {Ddl}},
    Rule{"import", {Ddl}},
    Rule{"refresh", {Ddl}},
    Rule{"analyze", {Ddl}},
    Rule{"analyse", {Ddl}},
    Rule{"checkpoint", {Ddl}},
    Rule{"vacuum", {Ddl, Refuses}},
    Rule{"cluster", {Ddl}},
    Rule{"reindex", {Ddl}},
    Rule{"begin", {Transaction, Controls}},
    Rule{"start", {Transaction, Controls}},
    Rule{"commit", {Transaction, Controls}},
    Rule{"end", {Transaction, Controls}},
    Rule{"rollback", {Transaction, Controls}},
    Rule{"abort", {Transaction, Controls}},
    Rule{"savepoint", {Transaction, Controls}},
    Rule{"release", {Transaction, Controls}},
    Rule{"lock", {Session, Needs}},
    Rule{"set", {Session, Any, true}},
    Rule{"reset", {Session, Any, true}},
    Rule{"prepare", {Session, Any, true}},
    Rule{"deallocate", {Session, Any, true}},
    Rule{"listen", {Session, Any, true}},
    Rule{"unlisten", {Session, Any, true}},
    Rule{"load", {Session, Any, true}},
    Rule{"discard", {Session, Any, true}},
    Rule{"notify", {Session}},
    Rule{"do", {Block}},
    Rule{"call", {Block, Any, true}},
    Rule{"execute", {Block}},
};

/// `option = false` in the statement's option list.
bool switched_off(const Head& head, std::string_view option) {
    Lexer lexer = head.tokens();
    bool found = false;
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
        const std::string_view text = lexer.text(token);
        if (found && text != "=") return is_any(text, "false", "off", "0", "'false'", "'off'", "'0'");
        found = found || (token.kind == TokenKind::Word && iequals(text, option));
    }
    return false;
}

void create(Head& head, const Features& features, Traits& traits) {
    const std::size_t what = head.skip(1, "or", "replace", "unique", "global", "local");
    if (head.any(what, "temp", "temporary") || features.temporary) traits.sets_session_state = true;
    const bool index = head.is(what, "index") && head.is(what + 1, "concurrently");
    const bool subscription =
        head.is(what, "subscription") && !switched_off(head, "connect") && !switched_off(head, "create_slot");
    if (index || subscription || head.any(what, "database", "tablespace")) traits.transaction = Refuses;
}

void drop(Head& head, Traits& traits) {
    const bool index = head.is(1, "index") && head.is(2, "concurrently");
    if (index || head.any(1, "database", "tablespace", "subscription")) traits.transaction = Refuses;
}

/// Those that move a subscription's publications also fetch the list of tables, unless told not to.
bool refreshes_subscription(Head& head) {
    if (!head.is(1, "subscription")) return false;
    if (head.is(3, "refresh")) return true;
    return head.any(3, "set", "add", "drop") && head.is(4, "publication") && !switched_off(head, "refresh");
}

void alter(Head& head, const Features& features, Traits& traits) {
    const bool tablespace = head.is(1, "database") && head.is(3, "set") && head.is(4, "tablespace");
    const bool detach = features.concurrently && head.is(1, "table") && contains_word(head, "detach");
    if (head.is(1, "system") || tablespace || detach || refreshes_subscription(head))
        traits.transaction = Refuses;
}

/// The index behind a parenthesised list that begins at `from`; `from` where there is none.
std::size_t behind_options(Head& head, std::size_t from) {
    if (head.word(from) != "(") return from;
    while (!head.word(from).empty() && head.word(from) != ")")
        ++from;
    return from + 1;
}

void reindex(Head& head, const Features& features, Traits& traits) {
    const std::size_t what = head.skip(behind_options(head, 1), "verbose");
    if (features.concurrently || head.any(what, "schema", "database", "system")) traits.transaction = Refuses;
}

void cluster(Head& head, Traits& traits) {
    const std::size_t table = head.skip(behind_options(head, 1), "verbose");
    if (head.word(table).empty()) traits.transaction = Refuses;
}

void set(Head& head, Traits& traits) {
    if (!head.any(1, "local", "constraints", "transaction")) return;
    traits.transaction = Needs;
    traits.sets_session_state = false;
}

void declare(Head& head, Traits& traits) {
    traits.kind = Query;
    Lexer lexer = head.tokens();
    bool with = false;
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
        const std::string_view text = lexer.text(token);
        if (with && iequals(text, "hold")) traits.sets_session_state = true;
        if (iequals(text, "for")) break;
        with = iequals(text, "with");
    }
    if (!traits.sets_session_state) traits.transaction = Needs;
}

/// Text of the first string in the statement without its quotes.
std::string_view first_string(const Head& head) {
    Lexer lexer = head.tokens();
    Token token = lexer.next();
    while (token.kind != TokenKind::String && token.kind != TokenKind::End)
        token = lexer.next();
    std::string_view text = lexer.text(token);
    const char quote = text.empty() ? '\'' : text.front();
    const std::size_t open = text.find(quote, quote == '$' ? 1 : 0);
    if (open == std::string_view::npos || text.size() < 2 * open + 2) return {};
    return text.substr(open + 1, text.size() - 2 * (open + 1));
}

/// Whether a DO body has a word that may leave something in the session. SET counts where it begins a
/// statement; EXECUTE may run anything.
bool body_sets_session_state(std::string_view body, const Dialect& dialect) {
    Lexer lexer(body, dialect);
    bool start = true;
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
        const std::string_view text = lexer.text(token);
        if (token.kind == TokenKind::Unterminated) return true;
        if (start && is_any(text, "set", "reset", "listen", "load", "discard")) return true;
        if (is_any(text, "set_config", "temp", "temporary", "pg_temp", "execute", "call")) return true;
        start = token.kind == TokenKind::Terminator || is_any(text, "begin", "then", "else", "loop");
    }
    return false;
}

/// What only some statements of a leading keyword do.
void refine(Head& head, const Features& features, Traits& traits) {
    if (head.is(0, "create")) return create(head, features, traits);
    if (head.is(0, "alter")) return alter(head, features, traits);
    if (head.is(0, "drop")) return drop(head, traits);
    if (head.is(0, "set")) return set(head, traits);
    if (head.is(0, "reindex")) return reindex(head, features, traits);
    if (head.is(0, "cluster")) return cluster(head, traits);
    if (head.is(0, "declare")) return declare(head, traits);
    if (head.is(0, "discard") && head.is(1, "all")) traits.transaction = Refuses;
    if (head.is(0, "prepare") && head.is(1, "transaction")) traits = {Transaction, Controls};
    if (head.is(0, "copy"))
        traits.kind = features.inline_data ? Copy : contains_word(head, "from") ? Dml : Query;
    if (head.is(0, "do"))
        traits.sets_session_state = body_sets_session_state(first_string(head), postgresql_dialect());
    if (head.is(0, "with")) traits.kind = kind_of_with(head);
    if (head.is(0, "explain")) traits.kind = kind_of_explain(head);
    if (features.temporary) traits.sets_session_state = true;
}

}  // namespace

Traits classify_postgresql(Head& head, const Features& features) {
    Traits traits = find_rule(kRules, head.word(0));
    if (traits.kind != Dml) refine(head, features, traits);
    if (features.set_config) traits.sets_session_state = true;
    return traits;
}

}  // namespace godwit::script
