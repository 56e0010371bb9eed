"""Counts the round trips of whole commands, from the connection to its end, and what is sent, and compares them with what is written down
here. A number that grows is a slower godwit for whoever is far from the server; one that shrinks is to be written down.

    run.py --godwit PROGRAM [--kind postgresql|mariadb|mysql]
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import line

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
import databases  # noqa: E402

KINDS = {"postgresql": databases.PostgreSql, "mariadb": databases.MariaDb, "mysql": databases.MySql}
ADDRESS = {"postgresql": re.compile(r"@([^:/]+):(\d+)/"), "mariadb": re.compile(r"@tcp\(([^:]+):(\d+)\)/"), "mysql": re.compile(r"@tcp\(([^:]+):(\d+)\)/")}

# In this order, on one database: (name, command, migrations in the folder, {kind: round trips}). Batches grow while the
# server is quick: on a busy machine one of several migrations may need a few more. One of the spare ones is the lock's, which
# is given back without waiting for the answer where the server is far, or busy.
SPARE = {"up, 1 migration": 1, "up, 10 migrations": 4, "up, 100 migrations": 7, "down 10": 4, "down 10, far": 3}
# A batch with DELETEs is two of them on MariaDB.
TRIPS_OF_A_BATCH = {("mariadb", "down 10"): 2, ("mariadb", "down 10, far"): 2}
# A line of so many seconds there and back.
FAR, FAR_AWAY = ", far", 0.02
HUNDRED = "up, 100 migrations"
# For a script of 33 bytes, with what differs in the history's rows and what opens and ends the run; a quarter to spare.
BYTES = {"postgresql": 500, "mariadb": 1_240, "mysql": 1_240}
TABLE = [
    ("version, nothing applied", ["version"], 1, {"postgresql": 6, "mariadb": 4, "mysql": 4}),
    ("up, 1 migration", ["up"], 1, {"postgresql": 7, "mariadb": 6, "mysql": 6}),
    ("up, 10 migrations", ["up"], 11, {"postgresql": 8, "mariadb": 7, "mysql": 7}),
    ("up, 100 migrations", ["up"], 111, {"postgresql": 9, "mariadb": 8, "mysql": 8}),
    ("up, nothing pending", ["up"], 111, {"postgresql": 6, "mariadb": 4, "mysql": 4}),
    ("status", ["status"], 111, {"postgresql": 6, "mariadb": 4, "mysql": 4}),
    ("version", ["version"], 111, {"postgresql": 6, "mariadb": 4, "mysql": 4}),
    ("down 10", ["down", "10"], 111, {"postgresql": 10, "mariadb": 10, "mysql": 8}),
    ("down 10, far", ["down", "10"], 111, {"postgresql": 10, "mariadb": 10, "mysql": 8}),
    ("up, 1 migration, far", ["up", "1", "--lock-timeout", "0s"], 111, {"postgresql": 8, "mariadb": 6, "mysql": 6}),
]


def write(folder, count):
    for number in range(1, count + 1):
        up, down = ("CREATE TABLE marks (id int)", "DROP TABLE marks") if number == 1 else (f"INSERT INTO marks VALUES ({number})", f"DELETE FROM marks WHERE id = {number}")
        (folder / f"{number:03d}_m.up.sql").write_text(up + ";\n")
        (folder / f"{number:03d}_m.down.sql").write_text(down + ";\n")


def through(kind, url, connection):
    """`url` with the line's address in place of the server's."""
    host, port = ADDRESS[kind].search(url).groups()
    return url.replace(f"{host}:{port}", f"127.0.0.1:{connection.port}")


def counted(program, kind, database, folder, command, away):
    """(how it ended, round trips, bytes that were sent)"""
    host, port = ADDRESS[kind].search(database.url).groups()
    with line.Line((host, int(port)), away) as connection:
        words = [program, "-q", "-d", through(kind, database.url, connection), "-p", str(folder), *command]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        return done, connection.turns.count, connection.turns.bytes


def judge_bytes(kind, sent):
    right = sent <= BYTES[kind]
    print(f"{'ok  ' if right else 'FAIL'} {kind:10} {sent:,.0f} bytes sent for each of 100 migrations, at most {BYTES[kind]:,}")
    return [] if right else ["bytes sent"]


def run_kind(kind, base, program):
    failed = []
    with tempfile.TemporaryDirectory(prefix="godwit-roundtrips-") as name:
        database = KINDS[kind](base, pathlib.Path(name))
        folder = pathlib.Path(name) / "migrations"
        folder.mkdir(exist_ok=True)
        try:
            for title, command, migrations, expected in TABLE:
                write(folder, migrations)
                done, count, sent = counted(program, kind, database, folder, command, FAR_AWAY if title.endswith(FAR) else 0)
                if title == HUNDRED:
                    failed += judge_bytes(kind, sent / 100)
                right = 0 <= count - expected[kind] <= SPARE.get(title, 0) * TRIPS_OF_A_BATCH.get((kind, title), 1) and done.returncode in (0, 3)
                print(f"{'ok  ' if right else 'FAIL'} {kind:10} {title:26} {count:3} round trips")
                if not right:
                    failed.append(title)
                    print(f"     expected {expected[kind]}; exit code {done.returncode}\n{done.stderr}")
        finally:
            database.drop()
    return len(TABLE) + 1 - len(failed), len(failed)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--godwit", required=True)
    arguments.add_argument("--kind", choices=KINDS)
    given = arguments.parse_args()
    passed = failed = 0
    for kind, database in KINDS.items():
        base = os.environ.get(database.variable)
        if given.kind not in (None, kind):
            continue
        if not base:
            if databases.required() and kind != "mysql":
                raise SystemExit(f"{database.variable} is not set")
            print(f"SKIPPED: {kind}: {database.variable} is not set")
            continue
        good, bad = run_kind(kind, base, given.godwit)
        passed, failed = passed + good, failed + bad
    print(f"roundtrips: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
