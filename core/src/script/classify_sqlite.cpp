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
    Rule{"replace", {Dml}},
    Rule{"select", {Query}},
    Rule{"values", {Query}},
    Rule{"explain", {Query}},
    Rule{"create", {Ddl}},
    Rule{"alter", {Ddl}},
    Rule{"drop", {Ddl}},
    Rule{"reindex", {Ddl}},
    Rule{"analyze", {Ddl}},
    Rule{"vacuum", {Ddl, Refuses}},
    Rule{"begin", {Transaction, Controls}},
    Rule{"commit", {Transaction, Controls}},
    Rule{"end", {Transaction, Controls}},
    Rule{"rollback", {Transaction, Controls}},
    Rule{"savepoint", {Transaction, Controls}},
    Rule{"release", {Transaction, Controls}},
    Rule{"attach", {Session, Refuses, true}},
    Rule{"detach", {Session, Refuses, true}},
    Rule{"pragma", {Session, Any, true}},
};

/// Those that answer a question even where they have an argument.
bool only_asks(std::string_view pragma) {
    return is_any(pragma, "table_info", "table_xinfo", "table_list", "index_list", "index_info",
                  "index_xinfo", "foreign_key_list", "foreign_key_check", "integrity_check", "quick_check",
                  "database_list", "collation_list", "compile_options", "function_list", "module_list",
                  "pragma_list");
}

/// Inside a transaction these fail, or do nothing without a word.
bool refuses_transaction(std::string_view pragma) {
    return is_any(pragma, "journal_mode", "foreign_keys", "synchronous", "wal_checkpoint");
}

Traits pragma(Head& head) {
    const std::size_t name = head.word(2) == "." ? 3 : 1;
    const bool assigns = head.word(name + 1) == "=" || head.word(name + 1) == "(";
    if (only_asks(head.word(name))) return {Query};
    if (!assigns && !head.is(name, "wal_checkpoint")) return {Query};
    return {Session, refuses_transaction(head.word(name)) ? Refuses : Any, true};
}

}  // namespace

Traits classify_sqlite(Head& head) {
    if (head.is(0, "pragma")) return pragma(head);
    Traits traits = find_rule(kRules, head.word(0));
    if (head.is(0, "with")) traits.kind = kind_of_with(head);
    if (head.is(0, "create") && head.any(1, "temp", "temporary")) traits.sets_session_state = true;
    return traits;
}

}  // namespace godwit::script
