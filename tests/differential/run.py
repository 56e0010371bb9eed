"""Runs the scenarios of scenarios.py through the real golang-migrate and through godwit's `migrate` face, each on a
database of its own, and compares exit code, stdout, stderr, the version table (types and rows), the tables made, and
the files made. Then a series in which both take turns on one database.

    run.py --godwit PROGRAM --reference GOLANG_MIGRATE [--only REGEX] [-v]

Differences that exist on purpose are in expected.py, each with its reason, and docs/golang-migrate.md lists them.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import databases
from expected import EXPECTED
from scenarios import SCENARIOS, TWO, THREE

STAMP = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
DURATION = re.compile(r"\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ns|µs|ms|s)\b")
DRIVERS = re.compile(r"^(Source|Database) drivers: .*$", re.M)
NOW = re.compile(r"\b20\d{12}(?=_)|\b1[6-9]\d{8}(?=_)")


def write_files(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())


def normal(text, values):
    for key, value in sorted(values.items(), key=lambda item: -len(item[1])):
        text = text.replace(value, "{" + key + "}")
    text = DRIVERS.sub(r"\1 drivers: …", text)
    text = NOW.sub("NOW", DURATION.sub("D", STAMP.sub("STAMP ", text)))
    # golang-migrate's reader and runner log side by side: the order of verbose lines differs from run to run.
    if "STAMP " in text:
        text = "\n".join(sorted(text.split("\n")))
    return text


def run_scenario(scenario, kind, base, program, folder):
    """What one program made of one scenario: a list of readable facts."""
    source, out = folder / "migrations", folder / "out"
    write_files(source, scenario.files)
    work = folder / "work"
    work.mkdir()
    database = databases.open_database(kind, base, folder)
    values = {"src": f"file://{source}", "dir": str(source), "out": str(out), "db": database.url, **database.substitutions}
    hidden = {**values, "work": str(work), "folder": str(folder), "name": getattr(database, "name", "\0")}
    facts = []
    try:
        for command in scenario.commands:
            if command[0] == "sql":
                done = database.sql(command[1])
                facts.append(("sql " + command[1], done.returncode, done.stdout, ""))
                continue
            words = [str(program)] + [re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), word) for word in command[1:]]
            done = subprocess.run(words, input=scenario.stdin, capture_output=True, text=True, timeout=120, cwd=work, errors="replace")
            facts.append((" ".join(command[1:]), done.returncode, normal(done.stdout, hidden), normal(done.stderr, hidden)))
        facts.append(("ledger", 0, database.ledger(), ""))
        facts.append(("tables", 0, database.tables(), ""))
        made = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and not p.name.startswith("test.db"))
        facts.append(("files", 0, normal("\n".join(made), hidden), ""))
    finally:
        database.drop()
    return facts


def differences(reference, ours):
    """Lines that say what differs, and the keys of what differs ('exit', 'stdout', 'stderr', 'ledger', …)."""
    lines, keys = [], set()
    for (name, *theirs), (_, *mine) in zip(reference, ours):
        for part, a, b in zip(("exit", "stdout", "stderr"), theirs, mine):
            if a != b:
                keys.add(name if name in ("ledger", "tables", "files") else part)
                lines.append(f"    {name}: {part}\n      golang-migrate: {a!r}\n      godwit:         {b!r}")
    return lines, keys


def compare(scenario, kind, base, arguments):
    with tempfile.TemporaryDirectory(prefix="godwit-diff-") as top:
        facts = []
        for label, program in (("a", arguments.reference), ("b", arguments.migrate)):
            folder = pathlib.Path(top) / label
            folder.mkdir()
            facts.append(run_scenario(scenario, kind, base, program, folder))
    lines, keys = differences(*facts)
    return lines, keys, facts


def turns(kind, base, arguments):
    """Both tools take turns on one database; each must go on where the other stopped."""
    with tempfile.TemporaryDirectory(prefix="godwit-turns-") as top:
        folder = pathlib.Path(top)
        write_files(folder / "m", THREE)
        database = databases.open_database(kind, base, folder)
        try:
            steps = [(arguments.reference, "up", "1", "1"), (arguments.migrate, "up", "1", "2"), (arguments.reference, "up", "", "3"),
                     (arguments.migrate, "down", "1", "2"), (arguments.reference, "down", "1", "1"), (arguments.migrate, "goto", "3", "3"),
                     (arguments.reference, "force", "2", "2"), (arguments.reference, "force", "3", "3"), (arguments.godwit, "down", "2", "1"),
                     (arguments.reference, "up", "", "3"), (arguments.godwit, "up", "", "3"), (arguments.reference, "down", "3", "")]
            for program, command, argument, expected in steps:
                words = [program, "-d", database.url, "-s", f"file://{folder}/m"] if program == arguments.godwit else \
                        [program, "-database", database.url, "-source", f"file://{folder}/m"]
                done = databases.run([*words, command, *([argument] if argument else [])])
                shown = database.sql("SELECT version FROM schema_migrations").stdout.strip()
                if done.returncode != 0 or shown != expected:
                    return [f"    {pathlib.Path(program).name} {command} {argument}: exit {done.returncode}, version {shown!r} for {expected!r}\n{done.stdout}{done.stderr}"]
        finally:
            database.drop()
    return []


def judge(name, kind, lines, keys):
    """0: equal or different as expected; 1: not."""
    expected = EXPECTED.get(name)
    expected_keys = set(expected[0]) if expected and (len(expected) < 3 or kind in expected[2]) else set()
    if keys <= expected_keys and (keys or not expected_keys):
        return 0
    if expected_keys and not keys:
        print(f"DIFFERENT {name} [{kind}]: expected a difference in {sorted(expected_keys)}, found none: take it out of expected.py")
        return 1
    print(f"DIFFERENT {name} [{kind}]\n" + "\n".join(lines))
    return 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("-v", action="store_true")
    arguments = parser.parse_args()
    link_folder = tempfile.TemporaryDirectory(prefix="godwit-face-")
    arguments.migrate = os.path.join(link_folder.name, "migrate")
    os.symlink(os.path.abspath(arguments.godwit), arguments.migrate)
    bases = {kind: databases.available(kind, arguments.godwit) for kind in ("postgresql", "mariadb", "sqlite")}
    if databases.required() and None in bases.values():
        print("0 passed, 1 failed")
        return 1
    jobs = [(s, kind) for s in SCENARIOS for kind in s.kinds if bases[kind] is not None and re.search(arguments.only, s.name)]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        futures = {pool.submit(compare, s, kind, bases[kind], arguments): (s, kind) for s, kind in jobs}
        for future, (scenario, kind) in futures.items():
            lines, keys, facts = future.result()
            bad = judge(scenario.name, kind, lines, keys)
            passed, failed = passed + (not bad), failed + bad
            if arguments.v:
                for fact in facts[1]:
                    print(scenario.name, kind, fact)
    # A server whose own password exchange differs from MariaDB's.
    bases["mysql"] = databases.available("mysql", arguments.godwit)
    for kind, base in bases.items():
        if base is None or not re.search(arguments.only, "turns"):
            continue
        lines = turns(kind, base, arguments)
        passed, failed = passed + (not lines), failed + bool(lines)
        if lines:
            print(f"DIFFERENT turns [{kind}]\n" + "\n".join(lines))
    print(f"differential: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
