#include "script/characters.hpp"
#include "script/classify.hpp"

namespace godwit::script {
namespace {

using enum StatementKind;
using enum TransactionNeed;

constexpr Traits kCommits{Ddl, Any, false, true};
constexpr Traits kControls{Transaction, Controls};
constexpr Traits kBegins{Transaction, Controls, false, true};
constexpr Traits kAnything{Block, Any, true};

/// Implicit commits as in the manual, "Statements That Cause an Implicit Commit".
constexpr std::array kRules{
    Rule{"insert", {Dml}},
    Rule{"update", {Dml}},
    Rule{"delete", {Dml}},
    Rule{"replace", {Dml}},
    Rule{"load", {Dml}},
    Rule{"select", {Query}},
    Rule{"values", {Query}},
    Rule{"table", {Query}},
    Rule{"show", {Query}},
    Rule{"desc", {Query}},
    Rule{"describe", {Query}},
    Rule{"explain", {Query}},
    Rule{"help", {Query}},
    Rule{"handler", {Query}},
    Rule{"do", {Query}},
    Rule{"create", kCommits},
    Rule{"alter", kCommits},
    Rule{"drop", kCommits},
    Rule{"truncate", kCommits},
    Rule{"rename", kCommits},
    Rule{"grant", kCommits},
    Rule{"revoke", kCommits},
    Rule{"install", kCommits},
    Rule{"uninstall", kCommits},
    Rule{"analyze", kCommits},
    Rule{"optimize", kCommits},
    Rule{"check", kCommits},
    Rule{"repair", kCommits},
    Rule{"cache", kCommits},
    Rule{"flush", kCommits},
    Rule{"reset", kCommits},
    Rule{"change", kCommits},
    Rule{"stop", kCommits},
    Rule{"checksum", {Query}},
    Rule{"begin", kBegins},
    Rule{"start", kBegins},
    Rule{"commit", kControls},
    Rule{"rollback", kControls},
    Rule{"savepoint", kControls},
    Rule{"release", kControls},
    Rule{"xa", kControls},
    Rule{"lock", kBegins},
    Rule{"unlock", kBegins},
    Rule{"set", {Session, Any, true}},
    Rule{"use", {Session, Any, true}},
    Rule{"prepare", {Session, Any, true}},
    Rule{"deallocate", {Session, Any, true}},
    Rule{"call", kAnything},
    Rule{"execute", kAnything},
    Rule{"if", kAnything},
    Rule{"case", kAnything},
    Rule{"loop", kAnything},
    Rule{"repeat", kAnything},
    Rule{"while", kAnything},
    Rule{"for", kAnything},
    Rule{"signal", {Block}},
};

/// CREATE and DROP of what lives in the session only.
bool temporary(Head& head) {
    return head.is(head.skip(1, "or", "replace"), "temporary");
}

/// The name that SET assigns first, behind scopes and "@@".
std::size_t assigned(Head& head) {
    return head.skip(1, "@", "global", "session", "local", "persist", "persist_only", ".");
}

void set(Head& head, Traits& traits) {
    const std::size_t name = assigned(head);
    if (head.is(name, "password") || (head.is(name, "default") && head.is(name + 1, "role"))) {
        traits = kCommits;
    } else if (head.is(name, "statement")) {
        traits = kAnything;  // MariaDB: SET STATEMENT x = y FOR any statement
    } else if (contains_word(head, "autocommit")) {
        traits = {Transaction, Controls, true, true};
    }
}

void refine(Head& head, Traits& traits) {
    if (head.is(0, "set")) return set(head, traits);
    if (head.any(0, "create", "drop") && temporary(head)) traits = {Ddl, Any, true};
    if (head.is(0, "drop") && head.is(1, "prepare")) traits = {Session, Any, true};
    if (head.is(0, "begin") && head.is(1, "not")) traits = kAnything;
    if (head.is(0, "start") && !head.is(1, "transaction")) traits = kCommits;
    if (head.is(0, "reset") && head.is(1, "persist")) traits.implicit_commit = false;
    if (head.is(0, "with")) traits.kind = kind_of_with(head);
    if (head.any(0, "explain", "desc", "describe") && head.is(1, "analyze")) traits.kind = Dml;
    // MariaDB: ANALYZE runs the statement behind it.
    if (head.is(0, "analyze") && !head.any(1, "table", "tables", "local", "no_write_to_binlog"))
        traits = {Dml};
}

}  // namespace

Traits classify_mysql(Head& head, const Features& features) {
    Traits traits = find_rule(kRules, head.word(0));
    if (traits.kind != Dml) refine(head, traits);
    if (head.is(0, "load") && head.is(1, "index")) traits = kCommits;
    if (features.user_variable && traits.kind != Ddl) traits.sets_session_state = true;
    return traits;
}

}  // namespace godwit::script
