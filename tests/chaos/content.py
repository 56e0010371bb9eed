"""What a database holds, as text in which a statement that ran twice or not at all shows; the history left out."""
import contextlib
import os
import pathlib
import sqlite3
import sys

import scripts

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
import databases  # noqa: E402

HISTORY = "schema_migrations_history"


class Failure(Exception):
    """The campaign itself does not work."""


def tool(name):
    folder = os.environ.get("GODWIT_TEST_POSTGRESQL_BIN", "")
    return str(pathlib.Path(folder) / name) if folder else name


def output_of(command):
    done = databases.run(command)
    if done.returncode != 0:
        raise Failure(f"{command[0]}: {done.stderr}")
    return done.stdout


class PostgreSql(databases.PostgreSql):
    # what pg_dump leaves out: INVALID indexes; what belongs to the server
    BESIDE = ("SELECT 'invalid', indexrelid::regclass FROM pg_index WHERE NOT indisvalid; "
              f"SELECT 'database', datname FROM pg_database WHERE datname LIKE '{scripts.MADE_DATABASE}%' ORDER BY 2; "
              "SELECT 'setting', setting FROM pg_file_settings WHERE name = 'deadlock_timeout'")

    def execute(self, sql):
        databases.run(["psql", "-XqAt", "-c", sql, self.base])

    def content(self):
        """Rows in an order of their own: where a roll-back leaves room, later ones fill it."""
        schema, rows = [], []
        in_rows = False
        for line in output_of([tool("pg_dump"), "--no-owner", f"--exclude-table={HISTORY}*", self.url]).splitlines():
            in_rows = (in_rows or line.startswith("COPY ")) and line != "\\."
            # a token of chance, and version comments
            if not line.startswith(("\\", "--")):
                (rows if in_rows and not line.startswith("COPY ") else schema).append(line)
            if line == "\\.":
                schema += sorted(rows)
                rows = []
        return "\n".join([*schema, output_of(["psql", "-XqAt", "-c", self.BESIDE, self.url])])

    def drop(self):
        super().drop()
        for n in range(1, scripts.GROUPS + 1):
            self._admin(f"DROP DATABASE IF EXISTS {scripts.MADE_DATABASE}{n} WITH (FORCE)")
        self._admin("ALTER SYSTEM RESET deadlock_timeout")


class MariaDb(databases.MariaDb):
    def execute(self, sql):
        databases.run([*self.client, "-e", sql])

    def content(self):
        client = [word for word in self.client[1:] if word not in ("-N", "-B")]
        dump = output_of(["mariadb-dump", *client, "--skip-comments", "--routines", "--skip-dump-date",
                          "--skip-extended-insert", f"--ignore-table={self.name}.{HISTORY}", self.name])
        lines = dump.splitlines()
        inserts = sorted(line for line in lines if line.startswith("INSERT "))
        return "\n".join([*(line for line in lines if not line.startswith("INSERT ")), *inserts])


class Sqlite(databases.Sqlite):
    def content(self):
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            return "\n".join(line for line in connection.iterdump() if HISTORY not in line)


KINDS = {"postgresql": PostgreSql, "mariadb": MariaDb, "mysql": MariaDb, "sqlite": Sqlite}
