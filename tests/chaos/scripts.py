"""The workload: 60 migrations that give a cut something to hit, each statement with a mark.

Ten groups of six: a table; rows; a slow file; something with a body; what cannot be one transaction; a column. Tables
have no key and counters are counted up, so that a statement that ran twice shows as a row, an index or a constraint too
many, and one that did not run as one too few.
"""
KINDS = ("sqlite", "postgresql", "mariadb", "mysql")
GROUPS = 10
MADE_DATABASE = "chaos_made"  # by a migration, on PostgreSQL; of the server, not of the database under test

ROWS = (["INSERT INTO t{n} (id, v) VALUES (1, 'one');", "INSERT INTO t{n} (id, v) VALUES (2, 'two'), (3, 'three');",
         "UPDATE t{n} SET hits = hits + 1 WHERE id > 1;", "DELETE FROM t{n} WHERE id = 3;",
         "INSERT INTO t{n} (id, v, hits) SELECT id + 10, 'copy', hits FROM t{n};"], ["DELETE FROM t{n};"])


def mark(name):
    """A statement that can be counted afterwards."""
    return f"INSERT INTO t{{n}} (id, v) VALUES (100, '{name}');"


SLEEP = {
    "sqlite": "INSERT INTO t{n} (id, v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
              "SELECT 1000 + max(i), 'slow' FROM n;",
    "postgresql": "SELECT pg_sleep(0.02);",
    "mariadb": "DO SLEEP(0.02);",
}

SLOW = {
    "sqlite": ([mark("before"), SLEEP["sqlite"], "CREATE VIEW w{n} AS SELECT id FROM t{n};", mark("behind")],
               ["DROP VIEW w{n};"]),
    "postgresql": ([mark("before"), SLEEP["postgresql"], "CREATE VIEW w{n} AS SELECT id FROM t{n};", mark("behind")],
                   ["DROP VIEW w{n};"]),
    # the last is a slow definition; a SLEEP that is cancelled says 1
    "mariadb": ([mark("before"), SLEEP["mariadb"], "CREATE VIEW w{n} AS SELECT id FROM t{n};", mark("behind"),
                 "CREATE TABLE s{n} AS SELECT SLEEP(0.02) * 0 AS slept, {n} AS n;"],
                ["DROP TABLE s{n};", "DROP VIEW w{n};"]),
}

COMPOUND = {
    "sqlite": (["CREATE TRIGGER g{n} AFTER UPDATE ON t{n} BEGIN INSERT INTO t{n} (id, v) VALUES (200, 'seen'); END;",
                "UPDATE t{n} SET hits = hits + 1 WHERE id = 1;"], ["DROP TRIGGER g{n};"]),
    "postgresql": (["CREATE FUNCTION f{n}() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
                    "INSERT INTO t{n} (id, v) VALUES (200, 'called'); RETURN {n}; END $$;",
                    "SELECT f{n}();", "CREATE TYPE e{n} AS ENUM ('one');"], ["DROP TYPE e{n};", "DROP FUNCTION f{n}();"]),
    "mariadb": (["CREATE TRIGGER g{n} AFTER UPDATE ON t{n} FOR EACH ROW SET @seen = 1;",
                 "CREATE PROCEDURE f{n}() BEGIN SELECT {n}; SELECT 2; END;",
                 "UPDATE t{n} SET hits = hits + 1 WHERE id = 1;"], ["DROP PROCEDURE f{n};", "DROP TRIGGER g{n};"]),
}

# What cannot be one transaction, or brings its own; in turn, one for each group.
APART = {
    "sqlite": [
        (["BEGIN;", "CREATE TABLE own{n} (id INTEGER);", "INSERT INTO own{n} VALUES ({n});", "COMMIT;",
          "CREATE TABLE behind{n} (id INTEGER);", mark("apart")], ["DROP TABLE behind{n};", "DROP TABLE own{n};"]),
        ([mark("apart"), "VACUUM;", mark("behind")], ["VACUUM;"]),
    ],
    "postgresql": [
        (["CREATE INDEX CONCURRENTLY i{n} ON t{n} (v);", "CREATE INDEX CONCURRENTLY IF NOT EXISTS j{n} ON t{n} (id, v);"],
         ["DROP INDEX CONCURRENTLY j{n};", "DROP INDEX CONCURRENTLY i{n};"]),
        (["CREATE INDEX CONCURRENTLY ON t{n} (v);", mark("between"), "CREATE INDEX CONCURRENTLY ON t{n} ((id + 1));"],
         ["DROP INDEX CONCURRENTLY t{n}_expr_idx;", "DROP INDEX CONCURRENTLY t{n}_v_idx;"]),
        (["CREATE INDEX CONCURRENTLY i{n} ON t{n} (v);", mark("apart"), "REINDEX TABLE CONCURRENTLY t{n};", "VACUUM t{n};",
          "REINDEX INDEX CONCURRENTLY i{n};", mark("behind")], ["DROP INDEX CONCURRENTLY i{n};"]),
        ([mark("apart"), "VACUUM (ANALYZE) t{n};", "ALTER TYPE e{n} ADD VALUE 'two';",
          "INSERT INTO t{n} (id, v) VALUES (101, 'two'::e{n}::text);",
          "CREATE UNIQUE INDEX CONCURRENTLY i{n} ON t{n} (v) WHERE id = 100;", "DROP INDEX CONCURRENTLY i{n};",
          mark("last")], ["SELECT 1;"]),
        (["BEGIN;", mark("inside"), "CREATE TABLE own{n} (id int);", "COMMIT;", mark("behind"),
          "ALTER SYSTEM SET deadlock_timeout = '{n}s';", "CREATE DATABASE " + MADE_DATABASE + "{n};", mark("last")],
         ["DROP DATABASE " + MADE_DATABASE + "{n};", "ALTER SYSTEM RESET deadlock_timeout;", "DROP TABLE own{n};"]),
    ],
    "mariadb": [
        (["CREATE INDEX i{n} ON t{n} (v);", "CREATE TABLE behind{n} (id INT);", "INSERT INTO behind{n} VALUES ({n});",
          "ALTER TABLE behind{n} ADD COLUMN v INT;", mark("apart")], ["DROP TABLE behind{n};", "DROP INDEX i{n} ON t{n};"]),
        # names left to the server: a second time is no error
        (["ALTER TABLE t{n} ADD INDEX (v);", mark("between"), "ALTER TABLE t{n} ADD CHECK (hits >= 0);",
          "UPDATE t{n} SET hits = hits + 1;"], ["ALTER TABLE t{n} DROP INDEX v;"]),
        (["START TRANSACTION;", mark("inside"), "UPDATE t{n} SET hits = hits + 1;", "COMMIT;",
          "CREATE TABLE behind{n} (id INT);", "RENAME TABLE behind{n} TO moved{n};", mark("behind")],
         ["DROP TABLE moved{n};"]),
    ],
}

COLUMN = (["ALTER TABLE t{n} ADD COLUMN extra INTEGER;", "UPDATE t{n} SET extra = id, hits = hits + 1;", mark("column")],
          ["ALTER TABLE t{n} DROP COLUMN extra;"])


def dialect(kind):
    return "mariadb" if kind == "mysql" else kind


def six(kind, n):
    """(name, up, down) of one group."""
    text = "VARCHAR(20)" if kind == "mariadb" else "TEXT"
    table = f"CREATE TABLE t{{n}} (id INTEGER, v {text}, hits INTEGER NOT NULL DEFAULT 0);"
    kinds = APART[kind]
    return [("table", ([table], ["DROP TABLE t{n};"])), ("rows", ROWS), ("slow", SLOW[kind]),
            ("compound", COMPOUND[kind]), ("apart", kinds[n % len(kinds)]), ("column", COLUMN)]


def write(kind, folder):
    """Writes the pairs. How many statements each up has."""
    statements = []
    for n in range(1, GROUPS + 1):
        for name, (up, down) in six(dialect(kind), n):
            statements.append(len(up))
            for direction, all_of_them in (("up", up), ("down", down)):
                path = folder / f"{len(statements):06}_{name}_{n}.{direction}.sql"
                path.write_text("\n".join(all_of_them).replace("{n}", str(n)) + "\n", encoding="utf-8")
    return statements
