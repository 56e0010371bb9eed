#include "integration/support/chain_scripts.hpp"

#include <fmt/format.h>

#include <utility>

namespace godwit::test {
namespace {

using Statements = std::vector<std::string>;

const Statements& one_of(Flavour flavour, const Statements& postgresql, const Statements& mysql,
                         const Statements& sqlite) {
    switch (flavour) {
        case Flavour::PostgreSql:
            return postgresql;
        case Flavour::MySql:
            return mysql;
        case Flavour::Sqlite:
            return sqlite;
    }
    return sqlite;
}

/// The value of a setting that an earlier migration may have changed, as an expression.
const Statements& witnesses(Flavour flavour) {
    static const Statements postgresql{
        "current_setting('search_path') = current_setting('search_path')",
        "current_setting('DateStyle')",
        "current_setting('work_mem')",
        "current_setting('lock_timeout')",
        "coalesce(current_setting('app.tenant', true), 'none')",
        "(SELECT count(*) FROM pg_prepared_statements WHERE name NOT LIKE 'godwit%')",
        "current_setting('synchronous_commit') <> ''",
        "to_regclass('pg_temp.passing') IS NULL",
        "current_user = session_user"};
    static const Statements mysql{"@@SESSION.sql_mode", "@@foreign_key_checks", "COALESCE(@tenant, 'none')",
                                  "@@unique_checks",    "@@time_zone",          "@@autocommit"};
    static const Statements sqlite{"(SELECT foreign_keys FROM pragma_foreign_keys)",
                                   "(SELECT cache_size FROM pragma_cache_size)",
                                   "(SELECT recursive_triggers FROM pragma_recursive_triggers)",
                                   "(SELECT count(*) FROM sqlite_temp_schema)", "total_changes() >= 0"};
    return one_of(flavour, postgresql, mysql, sqlite);
}

const Statements& settings(Flavour flavour) {
    static const Statements postgresql{
        "SET DateStyle = 'German'",
        "SET work_mem = '5MB'",
        "SET LOCAL work_mem = '6MB'",
        "SELECT set_config('app.tenant', 'acme', false)",
        "SELECT set_config('app.tenant', 'local', true)",
        "SET lock_timeout = '7s'",
        "SET synchronous_commit = off",
        "SET search_path TO pg_catalog",
        "CREATE TEMP TABLE passing (n int)",
        "PREPARE kept AS SELECT 1",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "RESET ALL",
        "DISCARD TEMP"};
    static const Statements mysql{"SET SESSION sql_mode = 'ANSI_QUOTES'",
                                  "SET foreign_key_checks = 0",
                                  "SET @tenant = 'acme'",
                                  "SET unique_checks = 0",
                                  "SET time_zone = '+05:00'",
                                  "CREATE TEMPORARY TABLE passing (n int)",
                                  "SET autocommit = 0"};
    static const Statements sqlite{"PRAGMA foreign_keys = OFF", "PRAGMA cache_size = 77",
                                   "PRAGMA recursive_triggers = ON", "CREATE TEMP TABLE passing (n int)",
                                   "PRAGMA defer_foreign_keys = ON"};
    return one_of(flavour, postgresql, mysql, sqlite);
}

const Statements& peculiars(Flavour flavour) {
    static const Statements postgresql{
        "DO $$ BEGIN RAISE NOTICE 'told; by {0}'; END $$",
        "CREATE INDEX CONCURRENTLY i{0} ON log (n)",
        "CREATE FUNCTION f{0}() RETURNS int LANGUAGE sql AS $body$ SELECT {0}; $body$",
        "VACUUM log",
        "COPY log FROM stdin;\n{0}\tcopied\n\\.\n",
        "SAVEPOINT s; INSERT INTO log VALUES ({0}, 'undone'); ROLLBACK TO s; RELEASE s",
        "DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$",
        "INSERT INTO child VALUES ({0}, {0}); INSERT INTO parent VALUES ({0})",
        "DROP TABLE IF EXISTS nosuch{0}",
        "LISTEN c{0}"};
    static const Statements mysql{
        "CREATE PROCEDURE p{0}() INSERT INTO log VALUES ({0}, 'called')",
        "CREATE TRIGGER g{0} BEFORE INSERT ON uniq FOR EACH ROW SET @seen = {0}",
        "SAVEPOINT s; INSERT INTO log VALUES ({0}, 'undone'); ROLLBACK TO s",
        "DO 1",
        "CREATE TABLE c{0} AS SELECT n FROM log",
        "INSERT INTO log SELECT n, 'again' FROM uniq",
        "DROP TABLE IF EXISTS nosuch{0}",
        "LOCK TABLES log WRITE; INSERT INTO log VALUES ({0}, 'locked'); UNLOCK TABLES",
        "TRUNCATE TABLE trash"};
    static const Statements sqlite{
        "CREATE TRIGGER g{0} AFTER INSERT ON uniq BEGIN INSERT INTO log VALUES ({0}, 'fired'); END",
        "INSERT OR IGNORE INTO uniq VALUES (1)",
        "SAVEPOINT s; INSERT INTO log VALUES ({0}, 'undone'); ROLLBACK TO s; RELEASE s",
        "VACUUM",
        "INSERT INTO child VALUES ({0}, {0}); INSERT INTO parent VALUES ({0})",
        "PRAGMA user_version = {0}",
        "ANALYZE"};
    return one_of(flavour, postgresql, mysql, sqlite);
}

const Statements& failures(Flavour flavour) {
    static const Statements common{"INSERT INTO uniq VALUES (1)",
                                   "UPDATE nosuch SET n = {0}",
                                   "SELEC {0}",
                                   "INSERT INTO log VALUES ({0}, 'Ärger žluť'",
                                   "CREATE TABLE log (n int)",
                                   "INSERT INTO log (nosuch) VALUES ({0})",
                                   "DELETE FROM parent WHERE"};
    static const Statements postgresql = [] {
        Statements all = common;
        for (const char* const more :
             {"SELECT 1 / (n - n) FROM uniq", "INSERT INTO child VALUES ({0}, -{0})",
              "DO $$ BEGIN INSERT INTO log VALUES ({0}, 'x'); RAISE EXCEPTION 'no; {0}'; END $$",
              "CREATE UNIQUE INDEX CONCURRENTLY u{0} ON twins (n)", "SELECT '{0}'::int::nosuch"})
            all.emplace_back(more);
        return all;
    }();
    static const Statements mysql = [] {
        Statements all = common;
        all.emplace_back("INSERT INTO child VALUES ({0}, -{0})");
        all.emplace_back("CREATE UNIQUE INDEX u{0} ON twins (n)");
        all.emplace_back("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no; {0}'");
        return all;
    }();
    static const Statements sqlite = [] {
        Statements all = common;
        all.emplace_back("INSERT OR ROLLBACK INTO uniq VALUES (1)");
        all.emplace_back("INSERT OR FAIL INTO uniq VALUES ({0} + 5000), (1)");
        all.emplace_back("CREATE UNIQUE INDEX u{0} ON twins (n)");
        all.emplace_back("INSERT INTO child VALUES ({0}, -{0})");
        return all;
    }();
    switch (flavour) {
        case Flavour::PostgreSql:
            return postgresql;
        case Flavour::MySql:
            return mysql;
        case Flavour::Sqlite:
            return sqlite;
    }
    return common;
}

/// fmt would take the braces of a text for its own.
std::string filled(std::string text, int version) {
    const std::string number = std::to_string(version);
    for (std::size_t at = 0; (at = text.find("{0}", at)) != std::string::npos; at += number.size())
        text.replace(at, 3, number);
    return text;
}

}  // namespace

std::string RandomScript::up() const {
    std::string text = head;
    for (const std::string& statement : statements)
        text += statement + (statement.ends_with("\\.\n") ? "" : ";\n");
    return text;
}

bool RandomScript::mend() {
    if (!wrong) return false;
    statements[*wrong] = mended;
    wrong.reset();
    return true;
}

std::size_t ScriptMaker::below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

RandomScript ScriptMaker::first() const {
    const std::string engine = flavour_ == Flavour::MySql ? " ENGINE=InnoDB" : "";
    const std::string later = flavour_ == Flavour::MySql ? "" : " DEFERRABLE INITIALLY DEFERRED";
    return {.statements = {"CREATE TABLE log (n int, what varchar(400))" + engine,
                           "CREATE TABLE uniq (n int PRIMARY KEY)" + engine, "INSERT INTO uniq VALUES (1)",
                           "CREATE TABLE twins (n int)" + engine, "INSERT INTO twins VALUES (2), (2)",
                           "CREATE TABLE parent (n int PRIMARY KEY)" + engine,
                           "CREATE TABLE trash (n int)" + engine,
                           "CREATE TABLE child (n int, p int, FOREIGN KEY (p) REFERENCES parent (n)" + later +
                               ")" + engine},
            .down =
                "DROP TABLE child; DROP TABLE parent; DROP TABLE trash; DROP TABLE twins; DROP TABLE uniq; "
                "DROP TABLE log;\n"};
}

/// A row that keeps what a script finds.
std::string ScriptMaker::note(int version, const std::string& value) const {
    const std::string text =
        flavour_ == Flavour::MySql ? "CAST(" + value + " AS CHAR)" : "CAST(" + value + " AS text)";
    return fmt::format("INSERT INTO log SELECT {}, {}", version, text);
}

std::string ScriptMaker::good(int version) {
    switch (below(5)) {
        case 0:
            return fmt::format("INSERT INTO log VALUES ({}, 'it''s; ✓ /* no comment */')", version);
        case 1:
            return fmt::format("UPDATE log SET what = 'seen' WHERE n < {} AND what IS NULL", version);
        case 2:
            return fmt::format("DELETE FROM log WHERE n = {}", below(static_cast<std::size_t>(version)));
        case 3:
            return note(version, one_of(witnesses(flavour_)));
        default:
            return fmt::format(
                "INSERT INTO parent SELECT {} + MAX(n) * 0 FROM uniq HAVING NOT EXISTS (SELECT "
                "1 FROM parent WHERE n = {})",
                version * 100, version * 100);
    }
}

std::string ScriptMaker::wrong(int version) {
    return filled(one_of(failures(flavour_)), version);
}

RandomScript ScriptMaker::rows(int version) {
    RandomScript script;
    for (std::size_t i = 0, count = 1 + below(3); i < count; ++i)
        script.statements.push_back(good(version));
    script.down = fmt::format("DELETE FROM log WHERE n = {};\n", version);
    return script;
}

RandomScript ScriptMaker::tables(int version) {
    RandomScript script = rows(version);
    const std::string table = fmt::format("t{}", version);
    script.statements.insert(script.statements.begin() + static_cast<std::ptrdiff_t>(below(2)),
                             fmt::format("CREATE TABLE {} (n int)", table));
    if (chance(50)) script.statements.push_back(fmt::format("ALTER TABLE {} ADD COLUMN what text", table));
    if (chance(30))
        script.statements.push_back(fmt::format("INSERT INTO {} (n) VALUES ({})", table, version));
    if (chance(20)) script.statements.push_back(fmt::format("CREATE INDEX x{0} ON t{0} (n)", version));
    script.down += fmt::format("DROP TABLE {};\n", table);
    return script;
}

RandomScript ScriptMaker::setting(int version) {
    RandomScript script;
    script.statements.push_back(one_of(settings(flavour_)));
    if (chance(60)) script.statements.push_back(note(version, one_of(witnesses(flavour_))));
    script.down = "SELECT 1;\n";
    return script;
}

RandomScript ScriptMaker::own_transaction(int version) {
    RandomScript script;
    const std::string begin = flavour_ == Flavour::MySql ? "START TRANSACTION" : "BEGIN";
    script.statements = {begin, good(version), chance(80) ? "COMMIT" : "ROLLBACK"};
    if (chance(50)) script.statements.push_back(good(version));
    // several statements on one line as well
    if (chance(30)) script.statements = {begin + "; " + good(version) + "; COMMIT"};
    script.down = fmt::format("{}; DELETE FROM log WHERE n = {}; COMMIT;\n", begin, version);
    return script;
}

RandomScript ScriptMaker::peculiar(int version) {
    RandomScript script;
    switch (below(7)) {
        case 0:
            script.head = "-- godwit: no-transaction\n";
            script.statements = {good(version), good(version)};
            break;
        case 1:
            script.head = fmt::format("-- godwit: skip-if SELECT {}\n", below(2));
            script.statements = {good(version)};
            break;
        case 2:
            script.head = chance(50) ? "-- godwit: only sqlite\n" : "-- godwit: only postgres\n";
            script.statements = {good(version)};
            break;
        case 3:
            script.head = "-- nothing but a comment: žluťoučký kůň ✓\n";
            break;
        default:
            script.statements = {filled(one_of(peculiars(flavour_)), version)};
            if (chance(50)) script.statements.push_back(good(version));
    }
    script.down = chance(50) ? "" : "-- nothing\n";
    return script;
}

void ScriptMaker::spoil(RandomScript& script, int version) {
    if (chance(50)) script.head += "/* ✓✓ žluť 🐦 */ ";
    const std::size_t at = below(script.statements.size() + 1);
    script.statements.insert(script.statements.begin() + static_cast<std::ptrdiff_t>(at), wrong(version));
    script.wrong = at;
    script.mended = good(version);
}

RandomScript ScriptMaker::next(int version) {
    const std::size_t kind = below(100);
    RandomScript script = kind < 45   ? rows(version)
                          : kind < 65 ? tables(version)
                          : kind < 77 ? setting(version)
                          : kind < 85 ? own_transaction(version)
                                      : peculiar(version);
    if (chance(9)) spoil(script, version);
    return script;
}

}  // namespace godwit::test
