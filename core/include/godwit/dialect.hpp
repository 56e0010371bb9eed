#pragma once

#include <cstdint>
#include <string>

#include "godwit/api.hpp"

namespace godwit {

/// How a dialect writes bodies that contain ';' without ending the statement.
enum class CompoundStyle : std::uint8_t {
    None,
    PostgresAtomic,  ///< CREATE FUNCTION|PROCEDURE … BEGIN ATOMIC … END (SQL-standard bodies, PostgreSQL 14)
    MySql,           ///< CREATE PROCEDURE|FUNCTION|TRIGGER|EVENT and MariaDB's BEGIN NOT ATOMIC
    SqliteTrigger,  ///< CREATE TRIGGER … BEGIN … END
};

/// Which rules decide a statement's kind and its attitude to transactions.
enum class StatementRules : std::uint8_t { Generic, PostgreSql, MySql, Sqlite };

/// The lexical rules of a database, as data: a fourth database is one more value. Drivers start from one
/// of the functions below and adjust what the server's settings change (sql_mode).
struct Dialect {
    std::string name;                ///< "postgresql", "mysql", "sqlite": matched by `only` directives
    std::string product;             ///< as `name`, or what the server turned out to be: "mariadb"
    bool backslash_escapes = false;  ///< '…\'…' in plain strings (MySQL unless NO_BACKSLASH_ESCAPES)
    bool e_strings = false;          ///< E'…' with backslashes (PostgreSQL)
    bool dollar_quotes = false;      ///< $tag$…$tag$
    bool nested_comments = false;    ///< /* /* */ */
    bool hash_comments = false;      ///< # to the end of the line
    bool dash_comment_needs_space = false;  ///< MySQL: `--x` is no comment
    bool cr_ends_comment = false;           ///< a carriage return alone ends a `--` comment (PostgreSQL)
    bool backticks = false;                 ///< `…`
    bool brackets = false;                  ///< […] as an identifier (SQLite)
    bool conditional_comments = false;      ///< /*! … */ and /*M! … */ are code
    bool delimiter_command = false;         ///< DELIMITER lines
    bool copy_from_stdin = false;           ///< COPY … FROM stdin with inline data up to \.
    bool psql_commands = false;             ///< a backslash at a statement's start is a psql meta-command
    bool double_quoted_strings = false;  ///< "…" is a string, with backslashes (MySQL without ANSI_QUOTES)
    CompoundStyle compound = CompoundStyle::None;
    StatementRules rules = StatementRules::Generic;

    friend bool operator==(const Dialect&, const Dialect&) = default;
};

GODWIT_API Dialect generic_dialect();
GODWIT_API Dialect postgresql_dialect();
GODWIT_API Dialect mysql_dialect();  ///< product "mysql"; a driver sets "mariadb" after asking the server
GODWIT_API Dialect sqlite_dialect();

}  // namespace godwit
