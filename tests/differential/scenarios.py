"""The table of scenarios that golang-migrate and godwit's `migrate` face run side by side.

A scenario is a name, the files of the migrations folder, and commands. `{src}` becomes the folder's file:// URL,
`{dir}` the folder, `{db}` the database's URL; `create` runs in an empty folder `{out}`. `kinds` limits it to some
databases. `sql` steps run SQL by the database's own client, the same for both.
"""
from dataclasses import dataclass, field

ALL = ("postgresql", "mariadb", "sqlite")


@dataclass
class Scenario:
    name: str
    commands: list
    files: dict = field(default_factory=dict)
    kinds: tuple = ALL
    stdin: str = ""


def pair(version, name, up, down=None, ext="sql"):
    files = {f"{version}_{name}.up.{ext}": up}
    if down is not None:
        files[f"{version}_{name}.down.{ext}"] = down
    return files


def table(n):
    return pair(n, f"t{n}", f"CREATE TABLE t{n} (id int);\n", f"DROP TABLE t{n};\n")


def tables(*numbers):
    files = {}
    for n in numbers:
        files.update(table(n))
    return files


# golang-migrate's own fixture: 1 up+down, 3 up, 4 up+down, 5 down, 7 up+down.
FIXTURE = {**table(1), "3_t3.up.sql": "CREATE TABLE t3 (id int);\n", **table(4),
           "5_t5.down.sql": "SELECT 1;\n", **table(7)}
TWO = tables(1, 2)
THREE = tables(1, 2, 3)
BAD_UP = {**table(1), **pair(2, "bad", "CREATE TABLEE x (id int);\n", "DROP TABLE x;\n"), **table(3)}
BAD_DOWN = {**table(1), **pair(2, "bad", "CREATE TABLE t2 (id int);\n", "DROP TABLEE t2;\n")}


def run(*words):
    return ["migrate", "-source", "{src}", "-database", "{db}", *words]


def sql(text):
    return ["sql", text]


SCENARIOS = [
    # The matrix of up, down, goto, force, version.
    Scenario("up-all", [run("up"), run("version")], THREE),
    Scenario("up-twice-no-change", [run("up"), run("up")], THREE),
    Scenario("up-one", [run("up", "1"), run("version")], THREE),
    Scenario("up-one-by-one", [run("up", "1"), run("up", "1"), run("up", "1"), run("up", "1")], THREE),
    Scenario("up-zero", [run("up", "0"), run("version")], THREE),
    Scenario("up-more-than-there-are", [run("up", "9"), run("version")], THREE),
    Scenario("up-n-at-the-end", [run("up"), run("up", "2")], TWO),
    Scenario("up-max-uint", [run("up", "18446744073709551615"), run("version")], TWO),
    Scenario("up-extra-arguments", [run("up", "1", "7", "x"), run("version")], TWO),
    Scenario("up-bad-argument", [run("up", "x"), run("up", "-5"), run("up", "1.5")], TWO),
    Scenario("fixture-up", [run("up"), run("version")], FIXTURE),
    Scenario("fixture-down", [run("up"), run("down", "-all"), run("version")], FIXTURE),
    Scenario("fixture-steps", [run("up", "2"), run("up", "2"), run("down", "3"), run("version")], FIXTURE),
    Scenario("fixture-goto", [run("goto", "4"), run("goto", "7"), run("goto", "3"), run("goto", "1"), run("version")], FIXTURE),
    Scenario("fixture-goto-absent", [run("goto", "2"), run("goto", "6"), run("goto", "8"), run("goto", "0")], FIXTURE),
    Scenario("from-absent-version", [run("force", "2"), run("up"), run("down", "1"), run("goto", "4"), run("version")], FIXTURE),
    Scenario("down-one", [run("up"), run("down", "1"), run("version")], THREE),
    Scenario("down-two", [run("up"), run("down", "2"), run("version")], THREE),
    Scenario("down-short", [run("up"), run("down", "5"), run("version")], TWO),
    Scenario("down-at-nothing", [run("down", "1"), run("down", "-all")], TWO),
    Scenario("down-zero", [run("up"), run("down", "0"), run("version")], TWO),
    Scenario("down-all-flag", [run("up"), run("down", "-all"), run("version")], TWO),
    Scenario("down-prompt-no", [run("up"), run("down"), run("version")], TWO, stdin="n\n"),
    Scenario("down-prompt-eof", [run("up"), run("down"), run("version")], TWO),
    Scenario("down-prompt-yes", [run("up"), run("down"), run("version")], TWO, stdin="Y\n"),
    Scenario("down-prompt-yes-with-more", [run("up"), run("down"), run("version")], TWO, stdin="y n\n"),
    Scenario("down-prompt-yes-word", [run("up"), run("down")], TWO, stdin="yes\n"),
    Scenario("down-bad-arguments", [run("down", "x"), run("down", "1", "2"), run("down", "-all", "2"), run("down", "-5")], TWO),
    Scenario("goto-up-and-down", [run("goto", "2"), run("goto", "3"), run("goto", "1"), run("version")], THREE),
    Scenario("goto-same", [run("goto", "2"), run("goto", "2")], THREE),
    Scenario("goto-max-uint", [run("up"), run("goto", "18446744073709551615"), run("version")], TWO),
    Scenario("goto-bad-arguments", [run("goto"), run("goto", "x"), run("goto", "-1"), run("goto", "--", "-1")], TWO),
    Scenario("force", [run("force", "2"), run("version"), run("up")], THREE),
    Scenario("force-minus-one", [run("up"), run("force", "--", "-1"), run("version")], TWO),
    Scenario("force-minus-one-plain", [run("force", "-1")], TWO),
    Scenario("force-minus-two", [run("force", "--", "-2")], TWO),
    Scenario("force-bad-arguments", [run("force"), run("force", "x"), run("force", "99999999999999999999")], TWO),
    Scenario("force-unknown-version", [run("force", "77"), run("version"), run("up")], TWO),
    Scenario("version-of-nothing", [run("version")], TWO),
    Scenario("version-extra", [run("version", "1", "2")], TWO),
    # Failures and the dirty state.
    Scenario("bad-up", [run("up"), run("version"), run("up"), run("down", "1"), run("goto", "1")], BAD_UP),
    Scenario("bad-up-forced-back", [run("up"), run("force", "1"), run("version"), run("up", "1")], BAD_UP),
    Scenario("bad-up-forced-on", [run("up"), run("force", "2"), run("up"), run("version")], BAD_UP),
    Scenario("bad-down", [run("up"), run("down", "1"), run("version"), run("down", "1")], BAD_DOWN),
    Scenario("bad-last-down", [run("up"), run("down", "1"), run("version"), run("up")],
             pair(1, "bad", "CREATE TABLE t1 (id int);\n", "DROP TABLEE t1;\n")),
    Scenario("bad-second-statement", [run("up"), run("version")],
             pair(1, "bad", "CREATE TABLE a (id int);\nINSERT INTO nosuch VALUES (1);\n")),
    Scenario("error-position", [run("up")], pair(1, "bad", "CREATE TABLE a (id int);\n\nSELECT nosuch\n  FROM a;\n")),
    Scenario("error-position-multibyte", [run("up")],
             pair(1, "bad", "CREATE TABLE a (id int); -- żółć ąę\n/* ß */ SELECT 'ä', nosuch FROM a;\n")),
    Scenario("error-position-crlf", [run("up")],
             pair(1, "bad", "CREATE TABLE a (id int);\r\nCREATE TABLE b (id int);\r\nSELECT nosuch FROM a;\r\n"), kinds=("postgresql",)),
    Scenario("error-with-detail", [run("up")],
             pair(1, "bad", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);\n"),
             kinds=("postgresql", "sqlite")),
    Scenario("error-quoted-tabellee", [run("up")],
             pair(1, "bad", "CREATE TABLE foo (foo text); CREATE TABLEE bar (bar text);"), kinds=("postgresql",)),
    Scenario("dirty-row-by-hand", [run("up", "1"), sql("UPDATE schema_migrations SET dirty = {true}"), run("up"), run("version"), run("force", "1"), run("up")], TWO),
    Scenario("row-minus-one-dirty", [run("version"), sql("INSERT INTO schema_migrations (version, dirty) VALUES (-1, {true})"), run("version"), run("up")], TWO),
    # Files.
    Scenario("no-files", [run("up"), run("down", "1"), run("version"), run("goto", "1")], {}),
    Scenario("other-files-ignored", [run("up"), run("version")],
             {**TWO, "README.md": "x", "3_x.sql": "x", "notes.sql.bak": "x", "4_a.upp.sql": "x", "5.up.sql": "x", "-6_a.up.sql": "x"}),
    Scenario("leading-zeros", [run("up"), run("version"), run("goto", "1"), run("goto", "002")],
             {**pair("0001", "a", "CREATE TABLE a (id int);", "DROP TABLE a;"), **pair("0002", "b", "CREATE TABLE b (id int);", "DROP TABLE b;")}),
    Scenario("version-zero", [run("up"), run("version"), run("goto", "0"), run("down", "1"), run("version")], tables(0, 1)),
    Scenario("odd-extensions", [run("up"), run("version")],
             {"1_a.up.foo": "CREATE TABLE a (id int);", "2_b.c.up.sql.tmpl": "CREATE TABLE b (id int);", "3_.up.": "CREATE TABLE c (id int);"}),
    Scenario("greedy-names", [run("up")], {"1_x.up.y.up.sql": "CREATE TABLE a (id int);", "2_x.down.y.up.sql": "CREATE TABLE b (id int);"}),
    Scenario("titles-differ", [run("up"), run("down", "1")], {"1_create.up.sql": "CREATE TABLE a (id int);", "1_remove.down.sql": "DROP TABLE a;"}),
    Scenario("missing-up", [run("up"), run("version")], {**table(1), "2_x.down.sql": "SELECT 1;", **table(3)}),
    Scenario("missing-down", [run("up"), run("down", "1"), run("version"), run("down", "1")], {**table(1), "2_x.up.sql": "CREATE TABLE x (id int);"}),
    Scenario("duplicate-version", [run("up")], {**table(1), "1_other.up.sql": "SELECT 1;"}),
    Scenario("duplicate-by-zeros", [run("up")], {**table(1), "01_other.up.sql": "SELECT 1;"}),
    Scenario("duplicate-bak", [run("up")], {**table(1), "1_t1.up.sql.bak": "SELECT 1;"}),
    Scenario("big-version", [run("up"), run("version"), run("down", "-all")],
             pair(9223372036854775807, "big", "CREATE TABLE big (id int);", "DROP TABLE big;")),
    Scenario("timestamps", [run("up"), run("version"), run("goto", "20200101000000")],
             {**pair(20200101000000, "a", "CREATE TABLE a (id int);", "DROP TABLE a;"), **pair(20210101000000, "b", "CREATE TABLE b (id int);", "DROP TABLE b;")}),
    Scenario("numeric-order", [run("up"), run("version")], tables(2, 10, 9, 100)),
    Scenario("empty-file", [run("up"), run("version")], {**table(1), "2_e.up.sql": "", "2_e.down.sql": ""}),
    Scenario("blank-file", [run("up"), run("version")], {**table(1), "2_e.up.sql": " \n\t\n"}, kinds=("postgresql", "sqlite")),
    Scenario("comment-only-file", [run("up"), run("version")], {**table(1), "2_e.up.sql": "-- nothing here\n"}),
    Scenario("no-final-semicolon", [run("up"), run("version")], {"1_a.up.sql": "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1)"}),
    Scenario("crlf", [run("up"), run("version")], {"1_a.up.sql": "CREATE TABLE a (id int);\r\nINSERT INTO a VALUES (1);\r\n"}),
    Scenario("semicolons-in-strings", [run("up"), run("version")], {"1_a.up.sql": "CREATE TABLE a (s varchar(40));\nINSERT INTO a VALUES ('x;y'), ('it''s; fine'); -- don't; stop\n"}),
    Scenario("sub-folder-ignored", [run("up"), run("version")], {**TWO, "sub/3_x.up.sql": "SELECT nosuch;"}),
    Scenario("long-script", [run("up"), run("version")], {"1_a.up.sql": "CREATE TABLE a (id int);\n" + "INSERT INTO a VALUES (1);\n" * 2000}),
    # Databases' own features.
    Scenario("pg-function-body", [run("up"), run("version")],
             {"1_f.up.sql": "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END; $$ LANGUAGE plpgsql;\nSELECT f();\n"}, kinds=("postgresql",)),
    Scenario("pg-own-transaction", [run("up"), run("version")], {"1_a.up.sql": "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"}, kinds=("postgresql",)),
    Scenario("pg-concurrently-alone", [run("up"), run("version")],
             {"1_a.up.sql": "CREATE TABLE a (id int);", "2_i.up.sql": "CREATE INDEX CONCURRENTLY i ON a (id);"}, kinds=("postgresql",)),
    Scenario("pg-search-path", [sql("CREATE SCHEMA other"), ["migrate", "-source", "{src}", "-database", "{db}&search_path=other", "up"],
                                run("version")], TWO, kinds=("postgresql",)),
    Scenario("pg-migrations-table", [["migrate", "-source", "{src}", "-database", "{db}&x-migrations-table=my_versions", "up"],
                                     sql("SELECT version, dirty FROM my_versions")], TWO, kinds=("postgresql",)),
    Scenario("pg-migrations-table-quoted", [sql("CREATE SCHEMA meta"),
                                            ["migrate", "-source", "{src}", "-database", "{db}&x-migrations-table=%22meta%22.%22v%22&x-migrations-table-quoted=true", "up"],
                                            sql("SELECT version, dirty FROM meta.v")], TWO, kinds=("postgresql",)),
    Scenario("pg-multi-statement", [["migrate", "-source", "{src}", "-database", "{db}&x-multi-statement=true", "up"]],
             {"1_a.up.sql": "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\n"}, kinds=("postgresql",)),
    Scenario("pg-unknown-run-time-parameter", [["migrate", "-source", "{src}", "-database", "{db}&nosuch_parameter=1", "up"]], TWO, kinds=("postgresql",)),
    Scenario("pgx5-scheme", [["migrate", "-source", "{src}", "-database", "{pgx5}", "up"], ["migrate", "-source", "{src}", "-database", "{pgx5}", "version"]], TWO, kinds=("postgresql",)),
    Scenario("pgx5-error", [["migrate", "-source", "{src}", "-database", "{pgx5}", "up"]], BAD_UP, kinds=("postgresql",)),
    Scenario("mysql-migrations-table", [["migrate", "-source", "{src}", "-database", "{db}?x-migrations-table=my_versions", "up"],
                                        sql("SELECT version, dirty FROM my_versions")], TWO, kinds=("mariadb",)),
    Scenario("mysql-session-setting", [["migrate", "-source", "{src}", "-database", "{db}?sql_mode=%27ANSI_QUOTES%27", "up"]],
             {"1_a.up.sql": 'CREATE TABLE "a" ("id" int);'}, kinds=("mariadb",)),
    Scenario("mysql-like-pattern-table", [["sql", "CREATE TABLE schemaXmigrations (version bigint NOT NULL PRIMARY KEY, dirty tinyint(1) NOT NULL)"], run("up"), run("version")],
             TWO, kinds=("mariadb",)),
    Scenario("mysql-procedure", [run("up"), run("version")],
             {"1_p.up.sql": "CREATE PROCEDURE p() SELECT 1;\nCALL p();\n"}, kinds=("mariadb",)),
    Scenario("sqlite-trigger", [run("up"), run("version")],
             {"1_a.up.sql": "CREATE TABLE a (id int);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET id = 1; SELECT 1; END;\n"}, kinds=("sqlite",)),
    Scenario("sqlite-no-tx-wrap", [["migrate", "-source", "{src}", "-database", "{db}?x-no-tx-wrap=true", "up"], run("version")],
             {"1_a.up.sql": "PRAGMA foreign_keys = OFF;\nBEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"}, kinds=("sqlite",)),
    Scenario("sqlite-migrations-table", [["migrate", "-source", "{src}", "-database", "{db}?x-migrations-table=v", "up"], sql("SELECT version, dirty FROM v")], TWO, kinds=("sqlite",)),
    # Opening.
    Scenario("missing-folder", [["migrate", "-source", "file://{dir}/nosuch", "-database", "{db}", "up"]], TWO),
    Scenario("path-option", [["migrate", "-path", "{dir}", "-database", "{db}", "up"], ["migrate", "-path={dir}", "--database={db}", "version"]], TWO),
    Scenario("source-wins-over-path", [["migrate", "-path", "/nosuch", "-source", "{src}", "-database", "{db}", "up"]], TWO),
    Scenario("unknown-database-scheme", [["migrate", "-source", "{src}", "-database", "bogus://x", "up"]], TWO, kinds=("sqlite",)),
    Scenario("unknown-source-scheme", [["migrate", "-source", "bogus://x", "-database", "{db}", "up"]], TWO),
    Scenario("no-scheme", [["migrate", "-source", "{src}", "-database", "nonsense", "up"], ["migrate", "-source", "nonsense", "-database", "{db}", "up"]], TWO, kinds=("sqlite",)),
    Scenario("no-urls", [["migrate", "up"], ["migrate", "-source", "{src}", "up"], ["migrate", "-database", "{db}", "version"], ["migrate", "force", "1"], ["migrate", "drop", "-f"]], TWO, kinds=("sqlite",)),
    Scenario("connection-refused", [["migrate", "-source", "{src}", "-database", "{refused}", "up"]], TWO, kinds=("postgresql", "mariadb")),
    Scenario("no-such-database", [["migrate", "-source", "{src}", "-database", "{nodb}", "up"]], TWO, kinds=("postgresql", "mariadb")),
    Scenario("wrong-password", [["migrate", "-source", "{src}", "-database", "{badpw}", "up"]], TWO, kinds=("postgresql", "mariadb")),
    # Flags, usage and help.
    Scenario("flag-unknown", [["migrate", "-nosuch", "up"], ["migrate", "--nosuch=1", "up"]], kinds=("sqlite",)),
    Scenario("flag-bad-number", [["migrate", "-prefetch", "x", "up"], ["migrate", "-lock-timeout", "-1", "up"], ["migrate", "-verbose=x", "up"]], kinds=("sqlite",)),
    Scenario("flag-needs-argument", [["migrate", "-database"]], kinds=("sqlite",)),
    Scenario("flag-bad-syntax", [["migrate", "--=x", "up"], ["migrate", "---x", "up"]], kinds=("sqlite",)),
    Scenario("flag-numbers-of-any-base", [["migrate", "-prefetch", "0x10", "-lock-timeout", "1_0", "-source", "{src}", "-database", "{db}", "up"]], TWO),
    Scenario("flag-after-command", [run("up", "-verbose"), run("up", "-help"), run("goto", "-h")], TWO, kinds=("sqlite",)),
    Scenario("flag-repeated", [["migrate", "-database", "bogus://x", "-database", "{db}", "-source", "{src}", "up"]], TWO, kinds=("sqlite",)),
    Scenario("help", [["migrate", "-help"], ["migrate", "-h"], ["migrate"], run(), run("nosuch")], TWO, kinds=("sqlite",)),
    Scenario("help-of-commands", [["migrate", c, "-help"] for c in ("create", "goto", "up", "down", "drop", "force")], kinds=("sqlite",)),
    Scenario("help-of-commands-bad-flag", [["migrate", c, "-zz"] for c in ("create", "goto", "up", "down", "drop", "force")], kinds=("sqlite",)),
    Scenario("double-dash", [["migrate", "--", "up"], ["migrate", "-source", "{src}", "-database", "{db}", "--", "up"]], TWO, kinds=("sqlite",)),
    Scenario("verbose", [["migrate", "-verbose", "-source", "{src}", "-database", "{db}", "up"], ["migrate", "-verbose", "-source", "{src}", "-database", "{db}", "up"],
                         ["migrate", "-verbose", "-source", "{src}", "-database", "{db}", "version"]], FIXTURE),
    Scenario("verbose-no-prefetch", [["migrate", "-verbose", "-prefetch", "0", "-source", "{src}", "-database", "{db}", "up"]], TWO),
    Scenario("verbose-error", [["migrate", "-verbose", "-source", "{src}", "-database", "{db}", "up"]], BAD_UP),
    Scenario("verbose-missing-version", [run("force", "9"), ["migrate", "-verbose", "-source", "{src}", "-database", "{db}", "up"]], TWO),
    # drop.
    Scenario("drop-force", [run("up"), run("drop", "-f"), run("version")], TWO),
    Scenario("drop-prompt-no", [run("up"), run("drop"), run("version")], TWO, stdin="no\n"),
    Scenario("drop-prompt-yes", [run("up"), run("drop"), run("version")], TWO, stdin="y\n"),
    Scenario("drop-then-up", [run("up"), run("drop", "-f"), run("up"), run("version")], TWO),
    Scenario("drop-nothing", [run("drop", "-f")], TWO),
    # create.
    Scenario("create-sequence", [["migrate", "create", "-ext", "sql", "-dir", "{out}", "-seq", "first"], ["migrate", "create", "-ext", ".sql", "-dir", "{out}", "-seq", "second"],
                                 ["migrate", "create", "-ext", "sql", "-dir", "{out}/sub/deep", "-seq", "-digits", "3", "third"]], kinds=("sqlite",)),
    Scenario("create-default", [["migrate", "create", "-ext", "sql", "-dir", "{out}", "name"]], kinds=("sqlite",)),
    Scenario("create-in-working-folder", [["migrate", "create", "-ext", "sql", "-seq", "name"]], kinds=("sqlite",)),
    Scenario("create-format", [["migrate", "create", "-ext", "sql", "-dir", "{out}", "-format", "2006-01-02", "name"], ["migrate", "create", "-ext", "sql", "-dir", "{out}", "-format", "unix", "name"],
                               ["migrate", "create", "-ext", "sql", "-dir", "{out}", "-format", "20060102", "-tz", "Europe/Berlin", "name"], ["migrate", "create", "-ext", "sql", "-dir", "{out}", "-format", "Jan _2 Monday Z07:00", "name"]], kinds=("sqlite",)),
    Scenario("create-errors", [["migrate", "create"], ["migrate", "create", "name"], ["migrate", "create", "name", "-ext", "sql"], ["migrate", "create", "-ext", "sql", "-seq", "-digits", "0", "name"],
                               ["migrate", "create", "-ext", "sql", "-seq", "-format", "unix", "name"], ["migrate", "create", "-ext", "sql", "-format", "", "name"], ["migrate", "create", "-ext", "sql", "-tz", "Mars/Base", "name"]], kinds=("sqlite",)),
    Scenario("create-sequence-overflow", [["migrate", "create", "-ext", "sql", "-dir", "{out}", "-seq", "-digits", "1", "n"] for _ in range(10)], kinds=("sqlite",)),
    Scenario("create-malformed-neighbour", [["migrate", "create", "-ext", "sql", "-dir", "{dir}", "-seq", "name"]], {"nounderscore.sql": ""}, kinds=("sqlite",)),
    Scenario("create-neighbour-no-number", [["migrate", "create", "-ext", "sql", "-dir", "{dir}", "-seq", "name"]], {"x_y.sql": ""}, kinds=("sqlite",)),
    Scenario("create-duplicate", [["migrate", "create", "-ext", "sql", "-dir", "{out}", "-format", "2006", "a"], ["migrate", "create", "-ext", "sql", "-dir", "{out}", "-format", "2006", "b"]], kinds=("sqlite",)),
    Scenario("create-odd-name", [["migrate", "create", "-ext", "sql", "-dir", "{out}", "-seq", "a b.c ä"]], kinds=("sqlite",)),
]
