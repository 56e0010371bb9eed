#include "godwit/dialect.hpp"

namespace godwit {

Dialect generic_dialect() {
    Dialect dialect;
    dialect.name = "generic";
    dialect.product = "generic";
    return dialect;
}

Dialect postgresql_dialect() {
    Dialect dialect;
    dialect.name = "postgresql";
    dialect.product = "postgresql";
    dialect.e_strings = true;
    dialect.dollar_quotes = true;
    dialect.nested_comments = true;
    dialect.cr_ends_comment = true;
    dialect.copy_from_stdin = true;
    dialect.psql_commands = true;
    dialect.compound = CompoundStyle::PostgresAtomic;
    dialect.rules = StatementRules::PostgreSql;
    return dialect;
}

Dialect mysql_dialect() {
    Dialect dialect;
    dialect.name = "mysql";
    dialect.product = "mysql";
    dialect.backslash_escapes = true;
    dialect.hash_comments = true;
    dialect.dash_comment_needs_space = true;
    dialect.backticks = true;
    dialect.conditional_comments = true;
    dialect.delimiter_command = true;
    dialect.double_quoted_strings = true;
    dialect.compound = CompoundStyle::MySql;
    dialect.rules = StatementRules::MySql;
    return dialect;
}

Dialect sqlite_dialect() {
    Dialect dialect;
    dialect.name = "sqlite";
    dialect.product = "sqlite";
    dialect.backticks = true;
    dialect.brackets = true;
    dialect.compound = CompoundStyle::SqliteTrigger;
    dialect.rules = StatementRules::Sqlite;
    return dialect;
}

}  // namespace godwit
