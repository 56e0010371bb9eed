"""Migrations that give a cut something to hit: definitions, rows, slow statements, steps outside of a transaction."""

KINDS = ("sqlite", "postgresql", "mariadb", "mysql")
ROUNDS = 5  # of the six migrations below

SLEEP = {
    "sqlite": "INSERT INTO t{n} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
              "SELECT 1000 + max(i), 'slow' FROM n;",
    "postgresql": "SELECT pg_sleep(0.02);",
    "mariadb": "DO SLEEP(0.02);",
}

ROWS = ["INSERT INTO t{n} VALUES (1, 'one');", "INSERT INTO t{n} VALUES (2, 'two'), (3, 'three');",
        "UPDATE t{n} SET v = v || '!' WHERE id > 1;", "DELETE FROM t{n} WHERE id = 3;"]

COMPOUND = {
    "sqlite": ("CREATE TRIGGER g{n} AFTER INSERT ON t{n} BEGIN UPDATE t{n} SET v = 'seen' WHERE id = new.id; END;",
               "DROP TRIGGER g{n};"),
    "postgresql": ("CREATE FUNCTION f{n}() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN {n}; END $$;",
                   "DROP FUNCTION f{n}();"),
    "mariadb": ("CREATE PROCEDURE f{n}() BEGIN SELECT {n}; SELECT 2; END;", "DROP PROCEDURE f{n};"),
}

# each in the way of its database: what cannot be one transaction, or brings its own
APART = {
    "sqlite": ("BEGIN; CREATE TABLE own{n} (id INTEGER); INSERT INTO own{n} VALUES ({n}); COMMIT; "
               "CREATE TABLE behind{n} (id INTEGER);",
               "DROP TABLE behind{n}; DROP TABLE own{n};"),
    "postgresql": ("CREATE INDEX CONCURRENTLY i{n} ON t{n} (v);\nCREATE INDEX CONCURRENTLY j{n} ON t{n} (id, v);",
                   "DROP INDEX CONCURRENTLY j{n};\nDROP INDEX CONCURRENTLY i{n};"),
    "mariadb": ("CREATE INDEX i{n} ON t{n} (v);\nCREATE TABLE behind{n} (id INT PRIMARY KEY);\n"
                "INSERT INTO behind{n} VALUES ({n});\nALTER TABLE behind{n} ADD COLUMN v INT;",
                "DROP TABLE behind{n};\nDROP INDEX i{n} ON t{n};"),
}


def dialect(kind):
    return "mariadb" if kind == "mysql" else kind


def six(kind):
    """(name, up, down) of one round."""
    sleep, (compound, no_compound), (apart, not_apart) = SLEEP[kind], COMPOUND[kind], APART[kind]
    text = "VARCHAR(20)" if kind == "mariadb" else "TEXT"
    rows = [row.replace("v || '!'", "CONCAT(v, '!')") if kind == "mariadb" else row for row in ROWS]
    column = "ALTER TABLE t{n} ADD COLUMN extra INTEGER;"
    return [
        ("table", f"CREATE TABLE t{{n}} (id INTEGER PRIMARY KEY, v {text});", "DROP TABLE t{n};"),
        ("rows", "\n".join(rows), "DELETE FROM t{n};"),
        ("view", f"{sleep}\nCREATE VIEW w{{n}} AS SELECT id FROM t{{n}};", "DROP VIEW w{n};"),
        ("compound", compound, no_compound),
        ("apart", apart, not_apart),
        ("column", f"{column}\nUPDATE t{{n}} SET extra = id;", "ALTER TABLE t{n} DROP COLUMN extra;"),
    ]


def write(kind, folder):
    """Writes the pairs; how many."""
    version = 0
    for n in range(1, ROUNDS + 1):
        for name, up, down in six(dialect(kind)):
            version += 1
            for direction, text in (("up", up), ("down", down)):
                path = folder / f"{version:06}_{name}_{n}.{direction}.sql"
                path.write_text(text.replace("{n}", str(n)) + "\n", encoding="utf-8")
    return version
