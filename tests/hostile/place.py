"""A fresh database of one kind, a folder for files, and godwit between them."""
import contextlib
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "differential"))
import databases  # noqa: E402

LIMIT = 120  # seconds that one run may take; nothing here may hang
HIDDEN = re.compile(r"^(GODWIT_(?!TEST_).*|DATABASE_URL|PG.*|MYSQL_.*|NO_COLOR|CLICOLOR.*|XDG_.*)$")
NOBODY = 65534

# Every table and view with the schema it is in; hexadecimal, because a name may hold anything.
LISTINGS = {
    "postgresql": "SELECT encode(convert_to(table_schema, 'UTF8'), 'hex') || '.' || encode(convert_to(table_name, 'UTF8'), 'hex') "
                  "FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    "mysql": "SELECT concat(hex(table_schema), '.', hex(table_name)) FROM information_schema.tables "
             "WHERE table_schema = database()",
}


class Failure(Exception):
    pass


class Run:
    def __init__(self, words, code, stdout, stderr):
        self.words, self.code, self.stdout, self.stderr = words, code, stdout, stderr

    def __str__(self):
        return f"{self.words}\nended with {self.code}\n{self.stdout}{self.stderr}"


class Place:
    def __init__(self, kind, base, godwit, folder):
        self.kind, self.godwit, self.folder = kind, str(pathlib.Path(godwit).resolve()), pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.database = databases.open_database(kind, base, folder)
        self.url = self.database.url
        self.user = None
        self.environment = {k: v for k, v in os.environ.items() if not HIDDEN.match(k)}
        self.environment.update(HOME=str(self.folder), LC_ALL="C.UTF-8")

    def write(self, name, content=""):
        path = os.path.join(os.fsencode(self.folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def run(self, *words):
        try:
            done = subprocess.run([self.godwit, *words], cwd=self.folder, env=self.environment, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT, user=self.user)
        except subprocess.TimeoutExpired:
            raise Failure(f"{words} hangs") from None
        run = Run(words, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        if "Sanitizer" in run.stderr or "runtime error:" in run.stderr or run.code < 0:
            raise Failure(f"a crash: {run}")
        return run

    def rows(self, sql):
        """Lines of the answer; of SQLite the first column."""
        if self.kind == "sqlite":
            with contextlib.closing(sqlite3.connect(self.database.file)) as database:
                found = [str(row[0]) for row in database.execute(sql)]
                database.commit()
            return found
        done = self.database.sql(sql)
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise Failure(f"{sql}: {done.stderr}")
        return done.stdout.split("\n")[:-1]

    def tables(self):
        """{(schema, name)} as bytes; the schema of SQLite and of MySQL is left out."""
        if self.kind == "sqlite":
            if not self.database.file.exists():
                return set()
            names = self.rows("SELECT hex(name) FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') "
                              "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            return {(b"", bytes.fromhex(name)) for name in names}
        rows = self.rows(LISTINGS["postgresql" if self.kind == "postgresql" else "mysql"])
        pairs = {tuple(bytes.fromhex(part) for part in row.split(".")) for row in rows}
        return pairs if self.kind == "postgresql" else {(b"", name) for _, name in pairs}


@contextlib.contextmanager
def place(kind, base, godwit, folder):
    made = Place(kind, base, godwit, folder)
    try:
        yield made
    finally:
        made.database.drop()


def available(godwit):
    """[(kind, base URL)]; SQLite needs nothing but Python."""
    found = []
    for kind in databases.KINDS:
        base = "" if kind == "sqlite" else databases.available(kind, godwit)
        if base is not None:
            found.append((kind, base))
    return found


def missing_is_failure(kinds):
    """Under GODWIT_REQUIRE_DB a database that is not there is a failure; MySQL itself is asked for apart."""
    return databases.required() and not {"postgresql", "mariadb"} <= {kind for kind, _ in kinds}


def folder():
    return tempfile.TemporaryDirectory(prefix="godwit-hostile-")
