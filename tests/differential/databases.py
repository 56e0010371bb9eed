"""Databases for tests: one fresh database per use, on the servers that the environment names."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse
import uuid


def required():
    return os.environ.get("GODWIT_REQUIRE_DB") == "1"


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, **options)


class PostgreSql:
    kind, driver, variable = "postgresql", "postgresql", "GODWIT_TEST_POSTGRESQL_URL"

    def __init__(self, base, _folder):
        self.base, self.name = base, "t" + uuid.uuid4().hex[:16]
        self._admin(f'CREATE DATABASE {self.name}')
        parts = urllib.parse.urlsplit(base)
        self.url = parts._replace(path="/" + self.name).geturl()
        self.substitutions = {
            "pgx5": parts._replace(scheme="pgx5", path="/" + self.name).geturl(),
            "refused": "postgres://u:p@127.0.0.1:1/x?sslmode=disable",
            "nodb": parts._replace(path="/nosuch").geturl(),
            "badpw": self.url.replace(parts.password, "wrong" + parts.password),
        }

    def _admin(self, text):
        done = run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", text, self.base])
        assert done.returncode == 0, done.stderr

    def sql(self, text):
        return run(["psql", "-XqAt", "-c", text.replace("{true}", "true"), self.url])

    def ledger(self):
        shape = self.sql("SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'schema_migrations' ORDER BY ordinal_position; "
                         "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('schema_migrations')").stdout
        return shape + self.sql("SELECT version, dirty FROM schema_migrations").stdout

    def tables(self):
        return self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog','information_schema') "
                        "AND table_name NOT LIKE '%\\_history' ORDER BY 1").stdout

    def drop(self):
        self._admin(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class MariaDb:
    kind, driver, variable = "mariadb", "mysql", "GODWIT_TEST_MARIADB_URL"

    def __init__(self, base, _folder):
        self.base, self.name = base, "t" + uuid.uuid4().hex[:16]
        user, password, host, port = re.match(r"mysql://([^:]+):([^@]+)@tcp\(([^:]+):(\d+)\)/", base).groups()
        self.client = ["mariadb", "--no-defaults", f"-h{host}", f"-P{port}", f"-u{user}", f"-p{password}", "-N", "-B"]
        self._admin(f"CREATE DATABASE {self.name}")
        self.url = base + self.name
        self.substitutions = {
            "refused": "mysql://u:p@tcp(127.0.0.1:1)/x",
            "nodb": base + "nosuch",
            "badpw": self.url.replace(password, "wrong" + password),
        }

    def _admin(self, text):
        done = run([*self.client, "-e", text])
        assert done.returncode == 0, done.stderr

    def sql(self, text):
        return run([*self.client, self.name, "-e", text.replace("{true}", "1")])

    def ledger(self):
        return self.sql("SHOW CREATE TABLE schema_migrations").stdout + self.sql("SELECT version, dirty FROM schema_migrations").stdout

    def tables(self):
        return self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_name NOT LIKE '%\\_history' ORDER BY 1").stdout

    def drop(self):
        self._admin(f"DROP DATABASE IF EXISTS {self.name}")


class MySql(MariaDb):
    kind, driver, variable = "mysql", "mysql", "GODWIT_TEST_MYSQL_URL"


class Sqlite:
    kind, driver, variable = "sqlite", "sqlite", None

    def __init__(self, _base, folder):
        self.file = pathlib.Path(folder) / "test.db"
        self.url = f"sqlite3://{self.file}"
        self.substitutions = {}

    def sql(self, text):
        return run(["sqlite3", str(self.file), text.replace("{true}", "1")])

    def ledger(self):
        return self.sql("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'schema_migrations' ORDER BY name; SELECT version, dirty, typeof(version), typeof(dirty) FROM schema_migrations").stdout

    def tables(self):
        return self.sql("SELECT name FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE '%\\_history' ESCAPE '\\' "
                        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1").stdout

    def drop(self):
        self.file.unlink(missing_ok=True)


KINDS = {c.kind: c for c in (PostgreSql, MariaDb, MySql, Sqlite)}


def drivers_of(godwit):
    """Names of the drivers a godwit can open."""
    done = run([godwit, "plugins", "--json"])
    found = json.loads(done.stdout)["plugins"]
    return {plugin["name"] for plugin in found if plugin["kind"] == "driver" and not plugin.get("refused")}


def available(kind, godwit):
    """The base URL of a kind; None after a loud line where it cannot be had."""
    database = KINDS[kind]
    if database.driver not in drivers_of(godwit):
        print(f"SKIPPED: {kind}: this godwit has no driver {database.driver}")
        return None
    if database.variable is None:
        if shutil.which("sqlite3"):
            return ""
    elif os.environ.get(database.variable):
        return os.environ[database.variable]
    print(f"SKIPPED: {kind}: {database.variable or 'sqlite3'} is not there")
    return None


def open_database(kind, base, folder):
    return KINDS[kind](base, folder)
