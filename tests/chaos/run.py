"""Cuts godwit off at random moments, then runs the same plain command once more, and compares what is there with what
a run that nobody disturbed leaves.

A round: a fresh database, `up` (or from the top `down --all`), cut off one to three times by a signal to the program or
by the end of its session on the server; then the command again, which must end with 0. The seed is printed: --seed and
--kind repeat a round's decisions, the moment itself lies with the machine.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import scripts

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
import databases  # noqa: E402

LIMIT = 60  # seconds for one process
CUTS = ["kill"] * 4 + ["session"] * 2 + ["int", "term", "int-int"]
# done, failed, lock not had, no connection, interrupted; or the signal itself, which may come before godwit listens
ENDS = (0, 1, 6, 7, 130, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM)
HISTORY = "schema_migrations_history"


class Failure(Exception):
    pass


def tool(name):
    folder = os.environ.get("GODWIT_TEST_POSTGRESQL_BIN", "")
    return str(pathlib.Path(folder) / name) if folder else name


def output_of(command):
    done = databases.run(command)
    if done.returncode != 0:
        raise Failure(f"{command[0]}: {done.stderr}")
    return done.stdout


class Chaos:
    """One kind of database, with the migrations in its dialect."""

    def __init__(self, kind, base, godwit, folder):
        self.kind, self.base, self.godwit, self.folder = kind, base, godwit, pathlib.Path(folder)
        self.migrations = self.folder / f"{kind}-migrations"
        self.migrations.mkdir()
        self.count = scripts.write(kind, self.migrations)
        self.expected = {}
        self.span = {}

    @contextlib.contextmanager
    def database(self):
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            database = databases.open_database(self.kind, self.base, name)
            try:
                yield database
            finally:
                database.drop()

    def command(self, database, verb):
        words = [verb, "--all", "--yes"] if verb == "down" else [verb]
        return [self.godwit, *words, "-d", database.url, "-p", str(self.migrations), "--lock-timeout", "30s"]

    def start(self, database, verb):
        return subprocess.Popen(self.command(database, verb), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, errors="replace")

    def finish(self, process):
        try:
            text, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failure(f"still running after {LIMIT} s\n{process.communicate()[0]}") from None
        if "AddressSanitizer" in text or "runtime error:" in text:
            raise Failure(text)
        return process.returncode, text

    def must(self, database, verb):
        code, text = self.finish(self.start(database, verb))
        if code != 0:
            raise Failure(f"{verb} ended with {code}\n{text}")
        return text

    def learn(self):
        """What an unbroken run leaves, and how long it takes."""
        with self.database() as database:
            for verb in ("up", "down"):
                begin = time.monotonic()
                self.must(database, verb)
                self.span[verb] = time.monotonic() - begin
                self.expected[verb] = self.content(database)

    def content(self, database):
        return getattr(self, "content_" + self.kind)(database)

    @staticmethod
    def content_sqlite(database):
        with contextlib.closing(sqlite3.connect(database.file)) as connection:
            return "\n".join(line for line in connection.iterdump() if HISTORY not in line)

    @staticmethod
    def content_postgresql(database):
        text = output_of([tool("pg_dump"), "--no-owner", f"--exclude-table={HISTORY}*", database.url])
        # a token of chance, and version comments
        return "\n".join(line for line in text.splitlines() if not line.startswith(("\\", "--")))

    @staticmethod
    def content_mariadb(database):
        client = [word for word in database.client if word not in ("-N", "-B")]
        return output_of(["mariadb-dump", *client[1:], "--skip-comments", "--routines", "--skip-dump-date",
                          f"--ignore-table={database.name}.{HISTORY}", database.name])

    content_mysql = content_mariadb

    @staticmethod
    def end_session(database):
        databases.run(["psql", "-XqAt", "-c", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                       f"'{database.name}' AND pid <> pg_backend_pid()", database.base])

    def cut(self, process, database, how):
        # SQLite has no sessions; after the end of one on MySQL or MariaDB nobody knows what became of a definition that
        # was running, and godwit stops to say so
        if how == "session" and self.kind == "postgresql":
            self.end_session(database)
        elif how in ("kill", "session"):
            process.kill()
        else:
            for name in how.split("-"):
                process.send_signal(signal.SIGTERM if name == "term" else signal.SIGINT)
                time.sleep(0.01)  # two of the same signal at once are one

    def round(self, seed):
        """What was done, for the report of a failure."""
        chance = random.Random(seed)
        verb = chance.choice(["up", "up", "down"])
        told = [f"{self.kind} --seed {seed}: {verb}"]
        try:
            with self.database() as database:
                if verb == "down":
                    self.must(database, "up")
                for _ in range(chance.choice([1, 1, 2, 3])):
                    how, after = chance.choice(CUTS), chance.uniform(0, self.span[verb])
                    told.append(f"{how} after {after:.3f} s")
                    process = self.start(database, verb)
                    time.sleep(after)
                    self.cut(process, database, how)
                    code, text = self.finish(process)
                    told.append(f"{code}\n{text}")
                    if code not in ENDS:
                        raise Failure(f"ended with {code}")
                told.append(self.must(database, verb))
                self.compare(database, verb)
        except Failure as failure:
            raise Failure("\n  ".join([*told, str(failure)])) from None
        return told[0]

    def compare(self, database, verb):
        found = self.content(database)
        if found != self.expected[verb]:
            raise Failure(f"the database differs from an unbroken {verb}:\n{found}\nexpected:\n{self.expected[verb]}")
        done = databases.run([self.godwit, "status", "--json", "-d", database.url, "-p", str(self.migrations)])
        status = json.loads(done.stdout)
        states = {row["state"] for row in status["migrations"]}
        if status["dirty"] or states != {"applied" if verb == "up" else "pending"}:
            raise Failure(done.stdout)


def rounds(chaos, until, least, seed):
    """Rounds of one kind: at least `least`, then as time allows. (kind, how many, first failure)"""
    chaos.learn()
    number = 0
    while number < least or time.monotonic() < until:
        try:
            chaos.round(seed + number)
        except Failure as failure:
            return chaos.kind, number, str(failure)
        number += 1
    return chaos.kind, number, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--least", type=int, default=2, help="rounds of each kind, however long they take")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--kind", action="append", choices=sorted(scripts.KINDS), help="default: all but mysql")
    arguments = parser.parse_args()
    godwit = str(pathlib.Path(arguments.godwit).resolve())
    kinds = arguments.kind or ["sqlite", "postgresql", "mariadb"]
    found = {kind: databases.available(kind, godwit) for kind in kinds}
    missing = [kind for kind, base in found.items() if base is None]
    failed = bool(missing) and databases.required()
    with tempfile.TemporaryDirectory(prefix="godwit-chaos-") as folder, \
            concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
        until = time.monotonic() + arguments.seconds
        running = [pool.submit(rounds, Chaos(kind, base, godwit, folder), until, arguments.least, arguments.seed)
                   for kind, base in found.items() if base is not None]
        for one in concurrent.futures.as_completed(running):
            kind, number, failure = one.result()
            print(f"chaos: {kind}: {number} rounds" + (f", then FAILED: {failure}" if failure else ""), flush=True)
            failed = failed or failure is not None or number == 0
    print(f"chaos: seed {arguments.seed}: {'FAILED' if failed else 'passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
