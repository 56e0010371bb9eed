"""Crashes PostgreSQL (SIGQUIT, what `pg_ctl stop -m immediate` sends) while 500 migrations run in batches whose commits
do not wait for the disk, starts it again, and compares the ledger with what is there.

Each migration leaves a row with its number, every tenth a table. After a crash the rows must be exactly those that the
ledger has as applied, from the first on without a gap; then the plain `godwit up` must bring the rest, once.
"""
import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import faults
import servers
from servers import own_server

COUNT = 500
SETTINGS = ("wal_writer_delay=10ms",)
LOST = ("SELECT count(*) FROM schema_migrations_history WHERE state <> 'applied'",
        # a row without its ledger entry, or the other way round
        "SELECT count(*) FROM done FULL JOIN schema_migrations_history h ON h.version::int = done.n "
        "WHERE done.n IS NULL OR h.version IS NULL",
        "SELECT count(*) - count(DISTINCT n) FROM done",
        "SELECT coalesce(max(n), 0) - count(*) FROM done",
        "SELECT count(*) FROM schema_migrations WHERE dirty OR version IS DISTINCT FROM (SELECT max(n) FROM done)",
        "SELECT (SELECT count(*) FROM done WHERE n % 10 = 0) - count(*) FROM pg_tables WHERE tablename LIKE 'made%'")


class Wrong(Exception):
    pass


def write(folder):
    folder.mkdir()
    for n in range(1, COUNT + 1):
        text = "CREATE TABLE done (n int);\n" if n == 1 else f"CREATE TABLE made{n} (n int);\n" if n % 10 == 0 else ""
        (folder / f"{n:04}_m.up.sql").write_text(f"{text}INSERT INTO done VALUES ({n});\nSELECT pg_sleep(0.002);\n")
        (folder / f"{n:04}_m.down.sql").write_text(f"DELETE FROM done WHERE n = {n};\n")


class Batches:
    def __init__(self, godwit, server, folder):
        self.godwit, self.server, self.folder = godwit, server, folder
        write(folder / "migrations")

    def start(self, name):
        """Its output goes to a file: nobody reads a pipe while it works."""
        with open(self.folder / "output", "w", encoding="utf-8") as output:
            return subprocess.Popen(
                [self.godwit, "up", "-d", self.server.url(name), "-p", str(self.folder / "migrations")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=faults.environment(), cwd=self.folder)

    def output(self, process):
        process.wait(servers.LIMIT)
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def up(self, name):
        process = self.start(name)
        text = self.output(process)
        if process.returncode != 0:
            raise Wrong(f"up ended with {process.returncode}\n{text[-4000:]}")

    def undisturbed(self):
        self.server.sql("CREATE DATABASE undisturbed")
        begin = time.monotonic()
        self.up("undisturbed")
        span = time.monotonic() - begin
        if self.compare("undisturbed") != COUNT:
            raise Wrong("an undisturbed run does not do them all")
        return span

    def crash(self):
        """Faster than pg_ctl, so that the moment is the one that was drawn."""
        pid = int((self.server.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        servers.wait_until("the end of PostgreSQL", lambda: not servers.is_alive(pid))
        self.server.start(*SETTINGS)

    def compare(self, name):
        """How many migrations are there. Raises where ledger and database differ."""
        if self.server.sql("SELECT to_regclass('done') IS NULL", name).strip() == "t":
            ledger = self.server.sql("SELECT to_regclass('schema_migrations_history') IS NULL", name).strip()
            if ledger != "t":
                raise Wrong("a ledger without the first migration")
            return 0
        for query in LOST:
            if (count := self.server.sql(query, name).strip()) != "0":
                raise Wrong(f"ledger and database differ: {count} from {query}")
        return int(self.server.sql("SELECT count(*) FROM done", name))

    def round(self, number, moment):
        name = f"crash{number}"
        self.server.sql(f"CREATE DATABASE {name}")
        process = self.start(name)
        time.sleep(moment)
        self.crash()
        text = self.output(process)
        told = text.count("✓")
        kept = self.compare(name)
        if process.returncode == 0 and kept != COUNT:
            raise Wrong(f"up ended with 0, and {COUNT - kept} migrations are gone")
        self.up(name)
        if self.compare(name) != COUNT:
            raise Wrong("the next up does not do the rest")
        self.server.sql(f"DROP DATABASE {name}")
        print(f"batches: crash after {moment:.3f} s: {kept} kept, {told} told of", flush=True)
        return 0 < kept < COUNT


def run(godwit, rounds, seed):
    chance, middle, number = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory(prefix="godwit-batches-") as name:
        os.chmod(name, 0o755)
        server = own_server.Server(pathlib.Path(name))
        # what waits is on the disk soon, and a crash takes the rest
        server.start(*SETTINGS)
        try:
            batches = Batches(godwit, server, pathlib.Path(name))
            span = batches.undisturbed()
            # a crash before the first batch or behind the last one shows little
            while middle < rounds and number < rounds * 10:
                middle += batches.round(number, chance.uniform(0, span))
                number += 1
        finally:
            server.stop("immediate")
    if middle < rounds:
        raise Wrong(f"only {middle} of {number} crashes came in the middle of a run")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--rounds", type=int, default=5, help="crashes in the middle of a run (5)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    print(f"batches: seed {arguments.seed}", flush=True)
    try:
        number = run(str(pathlib.Path(arguments.godwit).resolve()), arguments.rounds, arguments.seed)
    except own_server.Skip as skip:
        print(f"batches: SKIPPED: {skip}")
        return 1 if os.environ.get("GODWIT_REQUIRE_DB") == "1" else 0
    except (Wrong, own_server.Failure) as wrong:
        print(f"batches: seed {arguments.seed}: FAILED: {wrong}")
        return 1
    print(f"batches: {number} crashes, ledger and database the same after each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
