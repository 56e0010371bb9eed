"""`up --each`: one folder against many databases at once.

    run.py --godwit PROGRAM [--only REGEX]

Every case is a function of CASES. Prints a line per case, then `each: N passed, N failed`. A server that is not there
is skipped with a loud line; with GODWIT_REQUIRE_DB=1 that fails.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import collections

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "differential"), str(HERE.parent / "cli"), str(HERE.parent / "locks")]
import databases  # noqa: E402
import schema  # noqa: E402
from bench import Failed, Process, Skip, expect, until  # noqa: E402

HIDDEN = ("GODWIT_", "DATABASE_URL", "PG", "MYSQL_")
FILES = {"1_parts": "CREATE TABLE parts (id int);", "2_bins": "CREATE TABLE bins (id int);",
         "3_fill": "INSERT INTO parts VALUES (1);"}


class Box:
    """A folder of migrations, the program, and at most one database of a server."""

    def __init__(self, godwit, folder, kind=None):
        self.godwit, self.folder = godwit, folder
        (folder / "migrations").mkdir()
        for name, sql in FILES.items():
            self.migration(name, sql)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(HIDDEN)}
        self.database = None
        if kind:
            base = databases.available(kind, godwit)
            if not base:
                raise Skip(f"no {kind}")
            self.database = databases.open_database(kind, base, folder)

    def close(self):
        if self.database:
            self.database.drop()

    def migration(self, name, sql):
        (self.folder / "migrations" / f"{name}.up.sql").write_text(sql)
        (self.folder / "migrations" / f"{name}.down.sql").write_text("SELECT 1;")

    def sql(self, text):
        done = self.database.sql(text)
        expect(done.returncode == 0, f"{text[:200]}\n{done.stderr}")
        return done.stdout.strip()

    def words(self, *words):
        return [str(self.godwit), *(["-d", self.database.url] if self.database else []), "up", *map(str, words)]

    def start(self, *words):
        return Process(self.words(*words), self.folder, self.environment)

    def run(self, *words, code=0, given=None):
        """The finished run; its machine output must fit the schemas."""
        words = self.words(*words)
        done = subprocess.run(words, cwd=self.folder, env=self.environment, input=given or "", text=True,
                              capture_output=True, timeout=300)
        expect(done.returncode == code,
               f"{words}\nexit code {done.returncode}, expected {code}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if any(word.startswith("--json") for word in words):
            problems = list(schema.check_output(words, done.stdout))
            expect(not problems, f"{problems[:5]}")
        return done

    def document(self, *words, code=0, given=None):
        return json.loads(self.run(*words, "--json", code=code, given=given).stdout)

    def tenants(self, names):
        """Schemas of the database, and the list of their names."""
        self.sql("; ".join(f"CREATE SCHEMA {name}" for name in names))
        (self.folder / "tenants").write_text("\n".join(names) + "\n")


class Sampler:
    """Asks the server again and again how many sessions of godwit there are, as long as it lives."""

    def __init__(self, box, query):
        self.box, self.query, self.seen, self.over = box, query, [], threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)

    def loop(self):
        while not self.over.wait(0.1):
            self.seen.append(int(self.box.database.sql(self.query).stdout.strip() or 0))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def expect_most(self, least, most):
        found = max(self.seen, default=0)
        expect(least <= found <= most, f"{found} connections at once, in {len(self.seen)} looks")


SESSIONS = {"postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                          "application_name = 'godwit'",
            "mariadb": "SELECT count(*) FROM information_schema.processlist WHERE db LIKE '{}%'"}


# a machine may stand still for longer than godwit waits for a connection or a lock
PATIENT = ("--connect-retry", "120s", "--lock-timeout", "120s")


def outcomes(document):
    return collections.Counter(target["outcome"] for target in document["targets"])


def expect_outcomes(document, **expected):
    """How many targets ended how; where it is otherwise, what the failed ones say."""
    failures = [target for target in document["targets"] if target["outcome"] == "failed"]
    expect(outcomes(document) == expected, f"{outcomes(document)}, expected {expected}\n{failures[:5]}")


def thousand_schemas(box):
    """One that fails in the middle, with and without --fail-fast; a rerun does only what is left."""
    names = [f"s{i:04}" for i in range(1000)]
    box.tenants(names)
    box.sql("CREATE TABLE s0250.bins (other int)")
    first = box.document("--each", "tenants", "--jobs", 6, *PATIENT, "--fail-fast", code=1)
    found = outcomes(first)
    expect(found["failed"] == 1 and found["not-tried"] > 700 and found["done"] >= 245, f"{found}")
    failed = next(target for target in first["targets"] if target["outcome"] == "failed")
    expect(failed["target"] == "s0250" and failed["failed"]["sqlstate"] == "42P07" and failed["current"] == "1",
           f"{failed}")
    with Sampler(box, SESSIONS["postgresql"]) as sampler:
        second = box.document("--each", "tenants", "--jobs", 6, *PATIENT, code=1)
    sampler.expect_most(2, 6)
    expect_outcomes(second, done=999, failed=1)
    expect(second["migrations"] == found["not-tried"] * 3, "a rerun does what is missing, and nothing twice")
    box.sql("DROP TABLE s0250.bins")
    third = box.document("--each", "SELECT nspname FROM pg_namespace WHERE nspname ~ '^s02[45]' ORDER BY 1",
                         *PATIENT)
    expect_outcomes(third, done=20)
    expect(third["migrations"] == 2, f"{third['migrations']}")
    expect(box.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'bins'") == "1000", "bins in every schema")
    rows = box.sql("SELECT string_agg(format('SELECT %L, (SELECT version FROM %I.schema_migrations), (SELECT count(*) FROM "
                   "%I.schema_migrations_history WHERE state = ''applied'')', nspname, nspname, nspname), ' UNION ALL ') "
                   "FROM pg_namespace WHERE nspname ~ '^s00[0-4]'")
    for line in box.sql(rows).splitlines():
        expect(line.endswith("|3|3"), f"ledger of {line}")


def sqlite_files(box):
    """500 files, one of which is no database."""
    names = [f"sqlite://db{i:03}.sqlite" for i in range(500)]
    (box.folder / "files").write_text("# all of them\n\n" + "\n".join(names) + "  # the last\n")
    (box.folder / "db250.sqlite").write_text("this is no database at all" * 100)
    found = box.document("--each", "files", "--jobs", 4, code=7)
    expect_outcomes(found, done=499, failed=1)
    expect([t["target"] for t in found["targets"]] == names, "targets in the order of the list")
    (box.folder / "db250.sqlite").unlink()
    again = box.document("--each", "-", "--jobs", 4, given="\n".join(names))
    expect_outcomes(again, done=500)
    expect(again["migrations"] == 3, f"{again['migrations']}")


def mariadb_databases(box):
    base, root = box.database.name, box.database
    names = [f"{base}x{i:02}" for i in range(24)]
    try:
        root._admin("; ".join(f"CREATE DATABASE {name}" for name in names))
        root._admin(f"CREATE TABLE {names[12]}.bins (other int)")
        query = f"SHOW DATABASES LIKE '{base}x%'"
        with Sampler(box, SESSIONS["mariadb"].format(base + "x")) as sampler:
            found = box.document("--each", query, "--jobs", 5, *PATIENT, code=1)
        sampler.expect_most(2, 5)
        expect_outcomes(found, done=23, failed=1)
        root._admin(f"DROP TABLE {names[12]}.bins")
        again = box.document("--each", query, *PATIENT)
        expect_outcomes(again, done=24)
        expect(again["migrations"] == 2, f"{again['migrations']}")
    finally:
        root._admin("; ".join(f"DROP DATABASE IF EXISTS {name}" for name in names))


class Holder:
    """A session that keeps migrations waiting for an advisory lock."""

    def __init__(self, box):
        self.process = subprocess.Popen(["psql", "-XqAt", box.database.url], stdin=subprocess.PIPE, text=True)
        self.process.stdin.write("SELECT pg_advisory_lock(4711);\n")
        self.process.stdin.flush()
        until(lambda: box.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711") == "1",
              "the lock")

    def release(self):
        self.process.stdin.close()
        self.process.wait(60)


def blocked(box):
    return box.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted AND "
                   "database = (SELECT oid FROM pg_database WHERE datname = current_database())")


def interrupted(box, hurry):
    """Ctrl-C stops behind the running migrations of all; a second one cancels them all."""
    box.tenants([f"s{i}" for i in range(8)])
    box.migration("2_bins", "CREATE TABLE bins (id int); SELECT pg_advisory_xact_lock_shared(4711);")
    holder = Holder(box)
    try:
        run = box.start("--each", "tenants", "--jobs", 3, "--grace", "1h", "--no-batch", "--json")
        until(lambda: blocked(box) == "3" or run.process.poll() is not None, "three that wait")
        run.signal("INT")
        run.wait_for("stopping behind")
        if hurry:
            run.signal("INT")
        else:
            holder.release()
        run.join(130)
    finally:
        holder.release()
    document = json.loads(run.text["stdout"])
    expect(outcomes(document) == {"interrupted": 3, "not-tried": 5} and document["interrupted"], f"{outcomes(document)}")
    current = {target["current"] for target in document["targets"][:3]}
    expect(current == ({"1"} if hurry else {"2"}), f"{current}")
    expect(not any(target["dirty"] for target in document["targets"]), "all are clean")
    again = box.document("--each", "tenants")
    expect_outcomes(again, done=8)
    expect(again["migrations"] == (21 if hurry else 18), f"{again['migrations']}")


def interrupted_behind(box):
    interrupted(box, False)


def interrupted_at_once(box):
    interrupted(box, True)


def own_locks(box):
    """Each target's lock is that of `up` on it alone; whoever waits for one is ended by a signal as well."""
    box.tenants(["s0", "s1", "s2"])
    box.migration("2_bins", "SELECT pg_advisory_xact_lock_shared(4711);")
    holder = Holder(box)
    try:
        alone = Process([str(box.godwit), "-d", box.database.url + "&search_path=s1", "up"], box.folder, box.environment)
        until(lambda: blocked(box) == "1" or alone.process.poll() is not None, "one that waits")
        box.migration("2_bins", "SELECT 2;")
        found = box.document("--each", "tenants", "--lock-timeout", 0, code=6)
        expect([t["outcome"] for t in found["targets"]] == ["done", "failed", "done"], f"{outcomes(found)}")
        expect(found["targets"][1]["error"]["kind"] == "locked", f"{found['targets'][1]}")
        waiting = box.start("--each", "tenants", "--lock-timeout", "1h")
        waiting.wait_for("waiting for the migration lock")
        waiting.signal("TERM")
        waiting.join(130)
    finally:
        holder.release()
    alone.join(0)


def every_system(box):
    """Databases of all systems in one list; no password in any output, and each event names its target."""
    servers = {}
    try:
        for kind in ("postgresql", "mariadb"):
            if base := databases.available(kind, box.godwit):
                servers[kind] = databases.open_database(kind, base, box.folder)
        urls = [server.url for server in servers.values()] + [f"sqlite://mixed{i}.db" for i in range(10)]
        (box.folder / "mixed").write_text("\n".join(urls))
        done = box.run("--each", "mixed", "--jobs", 8, "--json=lines")
        text = box.run("--each", "mixed", "-v")
        printed = done.stdout + done.stderr + text.stdout + text.stderr
        for url in urls:
            for password in re.findall(r"//[^:/]+:([^@]+)@", url):
                expect(password not in printed, "a password was printed")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        events = [line for line in lines if line["event"] == "migration-done"]
        expect(len(events) == 3 * len(urls) and len({e["target"] for e in events}) == len(urls), f"{len(events)}")
        expect(sum(line["event"] == "target-done" for line in lines) == len(urls), "a line for each target")
        expect(all("target" in line for line in lines[:-1]), "each event names its target")
        ids = {kind: server.sql("SELECT DISTINCT run_id FROM schema_migrations_history").stdout
               for kind, server in servers.items()}
        expect(len(set(ids.values())) <= 1, f"one run has one id: {ids}")
    finally:
        for server in servers.values():
            server.drop()


def read_once(box):
    """Whatever the number of targets, the folder is listed once and each file fetched once."""
    subprocess.run([str(box.godwit), "index", "migrations"], cwd=box.folder, env=box.environment, check=True,
                   capture_output=True)
    counts = collections.Counter()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(box.folder / "migrations"))

        def do_GET(self):
            counts[self.path] += 1
            super().do_GET()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        urls = "\n".join(f"sqlite://once{i}.db" for i in range(60))
        source = ["-s", f"http://127.0.0.1:{server.server_port}/"]
        box.run("-d", "sqlite://alone.db", *source)
        alone = dict(counts)
        counts.clear()
        found = box.document("--each", "-", "--jobs", 8, *source, given=urls)
        server.shutdown()
    expect_outcomes(found, done=60)
    expect(len(alone) == 7 and counts == alone, f"{counts}, alone {alone}")


CASES = [(thousand_schemas, "postgresql"), (interrupted_behind, "postgresql"), (interrupted_at_once, "postgresql"),
         (own_locks, "postgresql"), (sqlite_files, None), (mariadb_databases, "mariadb"), (every_system, None),
         (read_once, None)]


def run_case(function, kind, godwit):
    with tempfile.TemporaryDirectory(prefix="godwit-each-") as folder:
        box = Box(godwit, pathlib.Path(folder), kind)
        try:
            function(box)
        finally:
            box.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    passed = failed = 0
    for function, kind in CASES:
        name = function.__name__
        if not re.search(arguments.only, name):
            continue
        begin = time.monotonic()
        try:
            run_case(function, kind, arguments.godwit.resolve())
            passed += 1
            print(f"ok {name} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Skip as reason:
            failed += 1 if databases.required() else 0
            print(f"SKIPPED: {name}: {reason}", flush=True)
        except Failed as problem:
            failed += 1
            print(f"FAILED {name}: {problem}", flush=True)
        except Exception:  # a bug of the test fails it as well
            failed += 1
            print(f"FAILED {name}:\n{traceback.format_exc()}", flush=True)
    print(f"each: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
