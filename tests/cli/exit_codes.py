"""Each exit code of docs/cli.md, reached on each database by a real run.

The table ROWS names for every code how to come there; the test fails where a code of docs/cli.md has no row. Codes are
those of the native command line; databases without a server in the environment are skipped aloud.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 120
SERVERS = {"postgresql": "GODWIT_TEST_POSTGRESQL_URL", "mariadb": "GODWIT_TEST_MARIADB_URL", "sqlite": None}
SLOW = {
    "postgresql": "SELECT pg_sleep(60);",
    "mariadb": "SELECT SLEEP(60);",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) FROM n;",
}
FILES = {"1_first.up.sql": "CREATE TABLE first (id INTEGER);\n", "1_first.down.sql": "DROP TABLE first;\n"}


class Failure(Exception):
    pass


class Bench:
    """A folder with one migration, a database of its own, and godwit."""

    def __init__(self, godwit, database, folder):
        self.godwit, self.database, self.folder = godwit, database, folder
        self.environment = {k: v for k, v in os.environ.items() if not re.match("PG|GODWIT_|DATABASE_URL|MYSQL", k)}
        self.environment["HOME"] = str(folder)
        (folder / "migrations").mkdir()
        for name, text in FILES.items():
            self.write(name, text)
        if database == "sqlite":
            self.url = f"sqlite://{folder}/app.db"
            self.nowhere = f"sqlite://{folder}/no/such/folder/app.db?mode=rw"
            return
        base, name = os.environ[SERVERS[database]], f"godwit_exit_{os.getpid()}_{folder.name}"
        if database == "postgresql":
            self.url = re.sub(r"(//[^/]*/)[^?]*", lambda m: m[1] + name, base)
            self.nowhere = re.sub(r":\d+/", ":1/", self.url)
        else:
            self.url = re.sub(r"\)/[^?]*", f")/{name}", base)
            self.nowhere = re.sub(r":\d+\)", ":1)", self.url)
        self.ends(0, "create-db")

    def write(self, name, text):
        (self.folder / "migrations" / name).write_text(text)

    def run(self, *words, url=None):
        return subprocess.run([self.godwit, *words, "-d", url or self.url], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)

    def ends(self, code, *words, url=None):
        done = self.run(*words, url=url)
        if done.returncode != code:
            raise Failure(f"{' '.join(words)}: ended with {done.returncode}, not {code}\n{done.stdout}{done.stderr}")

    def busy(self):
        """`up` in the middle of a slow statement."""
        self.write("2_slow.up.sql", SLOW[self.database])
        process = subprocess.Popen([self.godwit, "up", "--json=lines", "-d", self.url], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        patience = threading.Timer(LIMIT, process.kill)
        patience.start()
        try:
            for line in process.stdout:
                if '"migration-started"' in line and '"version":"2"' in line:
                    return process
        finally:
            patience.cancel()
        raise Failure(f"the slow migration never began: {process.communicate()[1]}")

    def clean_up(self):
        if self.database != "sqlite":
            self.run("drop-db", "--yes")


def done(bench):
    bench.ends(0, "up")
    bench.ends(0, "up")  # nothing to do


def failed(bench):
    bench.write("2_broken.up.sql", "CREATE TABLE second (id INTEGER);\nINSERT INTO nowhere VALUES (1);\n")
    bench.ends(1, "up")


def usage(bench):
    bench.ends(2, "up", "--no-such-option")
    bench.ends(2, "up", "-c", "no-such-file.yaml")
    bench.ends(2, "up", "-p", "no-such-folder")


def pending(bench):
    bench.ends(3, "version")
    bench.ends(3, "status", "--check")
    bench.ends(0, "status")


def dirty(bench):
    """As golang-migrate leaves it: nothing of ours beside its table."""
    bench.write("2_broken.up.sql", "INSERT INTO nowhere VALUES (1);\n")
    words = [bench.godwit, "compat", "migrate", "-path", "migrations", "-database", bench.url, "up"]
    face = subprocess.run(words, cwd=bench.folder, env=bench.environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=LIMIT)
    if face.returncode != 1:
        raise Failure(f"the migrate face ended with {face.returncode}: {face.stderr}")
    bench.ends(4, "version")
    bench.ends(4, "status", "--check")


def invalid(bench):
    bench.ends(0, "up")
    bench.write("1_first.up.sql", "CREATE TABLE first (id INTEGER, late INTEGER);\n")
    bench.ends(5, "validate")
    bench.write("2_no_way_back.up.sql", "CREATE TABLE second (id INTEGER);\n")
    bench.write("1_first.up.sql", FILES["1_first.up.sql"])
    bench.ends(0, "up")
    bench.ends(5, "down")


def locked(bench):
    holder = bench.busy()
    try:
        bench.ends(6, "up", "--lock-timeout", "0")
        bench.ends(6, "up", "--lock-timeout", "200ms")
    finally:
        stop(holder)


def unreachable(bench):
    bench.ends(7, "status", url=bench.nowhere)
    bench.ends(7, "up", url=bench.nowhere)


def interrupted(bench):
    code, told = stop(bench.busy())
    if code != 130:
        raise Failure(f"ended with {code}\n{told}")


def stop(process):
    """The first signal asks for the end of the migration, the second for that of the statement."""
    process.send_signal(signal.SIGINT)
    told = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, out + told + err


ROWS = {0: done, 1: failed, 2: usage, 3: pending, 4: dirty, 5: invalid, 6: locked, 7: unreachable, 130: interrupted}


def documented():
    text = (HERE.parents[1] / "docs" / "cli.md").read_text("utf-8").split("## Exit codes")[1].split("\n## ")[0]
    return [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)]


def run_row(godwit, database, code):
    with tempfile.TemporaryDirectory(prefix="exit") as name:
        bench = Bench(godwit, database, pathlib.Path(name))
        try:
            ROWS[code](bench)
        finally:
            bench.clean_up()


def run_database(godwit, database, codes):
    failures = 0
    for code in codes:
        begin = time.monotonic()
        try:
            run_row(godwit, database, code)
            print(f"exit_codes: {database} {code}: passed in {time.monotonic() - begin:.1f} s", flush=True)
        except (Failure, subprocess.TimeoutExpired) as failure:
            failures += 1
            print(f"exit_codes: {database} {code}: FAILED: {failure}", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--database", choices=SERVERS, action="append")
    parser.add_argument("--code", type=int, action="append")
    arguments = parser.parse_args()
    godwit, failures = str(pathlib.Path(arguments.godwit).resolve()), 0
    for code in set(documented()) - set(ROWS):
        failures += 1
        print(f"exit_codes: FAILED: code {code} of docs/cli.md is reached by no row")
    for database in arguments.database or SERVERS:
        variable = SERVERS[database]
        if variable and not os.environ.get(variable):
            print(f"exit_codes: {database}: SKIPPED: {variable} is not set")
            failures += os.environ.get("GODWIT_REQUIRE_DB") == "1"
            continue
        failures += run_database(godwit, database, arguments.code or ROWS)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
