"""Costs that do not wobble: instructions, allocations, system calls, files and libraries. A number that grows is a slower godwit.

    run.py --godwit PROGRAM [--libraries] [--instructions]

--libraries: what is loaded for which command, compared with the table in docs/performance.md; for a program whose
plugins are modules. --instructions: counted by callgrind, with what is read; for a release build, since valgrind
runs no sanitizer. Prints one line per check, then `counts: N passed, N failed`.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "differential"))
import databases  # noqa: E402

# Of a sanitizer build, and of every process: neither is of our choice.
COMMON = re.compile(r"^(libasan|libubsan|libm|libc|libgcc_s|libstdc\+\+|ld-linux.*|libpthread|libdl|librt)$")
# Instructions for one more file or migration: what it was when it was written down, and a quarter on top for other
# versions of the libraries.
SPARE = 1.25
PER_FILE = {"up": 14_500, "status": 52_000}
PER_MIGRATION = {"sqlite": 190_000, "postgresql": 260_000}
# Calls of malloc for one more, SQLite's own among them.
ALLOCATIONS = {"file": 14, "migration": 130}
# How much dearer one may be among many than among few: sorting and searching grow with the logarithm.
FLAT = 1.3
FIRST, LAST = {"up": 100, "status": 100, "sqlite": 100, "postgresql": 100}, {"up": 100_000, "status": 10_000, "sqlite": 10_000, "postgresql": 1000}


class Counts:
    def __init__(self, godwit):
        self.godwit, self.passed, self.failed = godwit, 0, 0

    def check(self, holds, text):
        print(("ok   " if holds else "FAIL ") + text, flush=True)
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)

    def run(self, *words, before=(), **options):
        done = subprocess.run([*before, self.godwit, *words], capture_output=True, text=True, errors="replace", timeout=600, **options)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join([*before, self.godwit, *words])}: exit code {done.returncode}\n{done.stderr[-3000:]}")
        return done


def write(folder, first, last):
    """Up files only: one makes the table, the others insert a row each."""
    folder.mkdir(exist_ok=True)
    for number in range(first, last + 1):
        text = "CREATE TABLE marks (n int);\n" if number == 1 else f"INSERT INTO marks VALUES ({number});\n"
        (folder / f"{number:06d}_m.up.sql").write_text(text)


def words(url, folder, *command):
    return ["-q", "-d", url, "-p", str(folder), *command]


# Libraries

def documented():
    """{command: names} of the table in docs/performance.md: rows "| `command` | name name … |"."""
    text = (ROOT / "docs/performance.md").read_text()
    section = text.split("## What is loaded", 1)[1].split("\n## ", 1)[0]
    return {found[1]: set(found[2].replace("`", "").split()) for found in re.finditer(r"^\| `([^`]+)` \| ([^|]*) \|", section, re.M)}


def loaded(counts, *command):
    """Libraries whose start was run, without versions; those of every process left out."""
    done = counts.run(*command, env={**os.environ, "LD_DEBUG": "files"})
    names = {re.sub(r"(-[0-9.]+)?\.so.*$", "", os.path.basename(path)) for path in re.findall(r"calling init: (\S+)", done.stderr + done.stdout)}
    return {name for name in names if not COMMON.match(name)}


def check_libraries(counts, top):
    write(top / "few", 1, 3)
    wanted = documented()
    commands = {"godwit --version": ["--version"], "godwit --help": ["--help"],
                "godwit status, SQLite": words(f"sqlite://{top}/few.db", top / "few", "status")}
    for kind, title in (("postgresql", "godwit up, PostgreSQL"), ("mariadb", "godwit up, MariaDB")):
        base = databases.available(kind, counts.godwit)
        if base is None and databases.required():
            counts.check(False, f"{title}: there is no server")
        if base is not None:
            database = databases.open_database(kind, base, top)
            try:
                compare_libraries(counts, title, loaded(counts, *words(database.url, top / "few", "up")), wanted)
            finally:
                database.drop()
    for title, command in commands.items():
        compare_libraries(counts, title, loaded(counts, *command), wanted)


def compare_libraries(counts, title, found, wanted):
    if title not in wanted:
        counts.check(False, f"{title} is not in the table of docs/performance.md: {chr(32).join(sorted(found))}")
        return
    more, fewer = sorted(found - wanted[title]), sorted(wanted[title] - found)
    counts.check(not more, f"{title}: {len(found)} libraries" + (f"; not in docs/performance.md: {' '.join(more)}" if more else ""))
    if fewer:
        print(f"     docs/performance.md has besides: {' '.join(fewer)}")


# Instructions and system calls

def instructions(counts, top, *command):
    done = counts.run(*command, before=["valgrind", "--tool=callgrind", f"--callgrind-out-file={top}/callgrind.out"])
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def check_flat(counts, what, unit, first, by_size, limit):
    """The price of one more among few and among many."""
    sizes = sorted(by_size)
    prices = [(by_size[b] - by_size[a]) / (b - a) for a, b in zip(sizes, sizes[1:])]
    shown = ", ".join(f"{price:,.0f} from {a:,} to {b:,}" for price, a, b in zip(prices, sizes, sizes[1:]))
    print(f"     {what}: {by_size[first]:,} instructions with {first} {unit}s; for one more {shown}")
    counts.check(max(prices) <= limit * SPARE, f"{what}: one more {unit} costs at most {limit * SPARE:,.0f} instructions")
    counts.check(prices[-1] <= prices[0] * FLAT, f"{what}: among {sizes[-1]:,} one more {unit} costs what it costs among {sizes[0]:,}")


def sizes_of(what):
    size, sizes = FIRST[what], []
    while size <= LAST[what]:
        sizes.append(size)
        size *= 10
    return sizes


def check_files(counts, top):
    """A database at the newest version: `up` finds nothing to do, `status` compares all files."""
    found = {"up": {}, "status": {}}
    folder, before = top / "files", 0
    for size in sizes_of("up"):
        write(folder, before + 1, size)
        before, url = size, f"sqlite://{top}/files{size}.db"
        counts.run(*words(url, folder, "-y", "baseline", str(size)))
        for command in ("up", "status"):
            if size <= LAST[command]:
                found[command][size] = instructions(counts, top, *words(url, folder, command))
    for command, by_size in found.items():
        check_flat(counts, f"SQLite, {command}", "file", FIRST[command], by_size, PER_FILE[command])


def check_migrations(counts, top, kind):
    base = databases.available(kind, counts.godwit)
    if base is None:
        return
    by_size = {}
    for size in sizes_of(kind):
        folder = top / f"{kind}{size}"
        write(folder, 1, size)
        place = top / f"{kind}{size}-db"
        place.mkdir()
        database = databases.open_database(kind, base, place)
        try:
            by_size[size] = instructions(counts, top, *words(database.url, folder, "up"))
        finally:
            database.drop()
    check_flat(counts, f"{databases.KINDS[kind].kind}, up", "migration", FIRST[kind], by_size, PER_MIGRATION[kind])


def calls(counts, top, *command):
    """(system calls, names of migration files opened, bytes read from files and sockets)"""
    trace = top / "strace.out"
    counts.run(*command, before=["strace", "-f", "-o", str(trace)])
    text = trace.read_text(errors="replace")
    opened = re.findall(r'open(?:at)?\((?:AT_FDCWD, |\d+, )?"([^"]*\.sql)".*= \d+$', text, re.M)
    read = sum(int(n) for n in re.findall(r"\b(?:read|pread64|recvfrom)\(.*= (\d+)$", text, re.M))
    return len(text.splitlines()), opened, read


def check_reading(counts, top):
    found = {}
    for size in (100, 1000):
        folder, url = top / f"read{size}", f"sqlite://{top}/read{size}.db"
        write(folder, 1, size)
        counts.run(*words(url, folder, "-y", "baseline", str(size)))
        found[size] = calls(counts, top, *words(url, folder, "up"))
    counts.check(not found[1000][1], f"SQLite, up with nothing pending: {len(found[1000][1])} migration files opened")
    more = (found[1000][0] - found[100][0]) / 900
    counts.check(more <= 0.2, f"SQLite, up with nothing pending: {more:.3f} system calls for one more file ({found[100][0]} with 100)")
    read = (found[1000][2] - found[100][2]) / 900
    counts.check(read <= 1500, f"SQLite, up with nothing pending: {read:.0f} bytes read for one more version")


def allocations(counts, *command):
    done = counts.run(*command, before=["valgrind", "--tool=memcheck", "--leak-check=no"])
    return int(re.search(r"total heap usage: ([\d,]+) allocs", done.stderr)[1].replace(",", ""))


def check_allocations(counts, top):
    """Among few and among many; a hundred more or less is what the libraries do at their start."""
    found = {"file": {}, "migration": {}}
    for size in (100, 1000, 10_000):
        folder, url = top / f"heap{size}", f"sqlite://{top}/heap{size}.db"
        write(folder, 1, size)
        if size < 10_000:
            found["migration"][size] = allocations(counts, *words(url, folder, "up"))
        else:
            counts.run(*words(url, folder, "-y", "baseline", str(size)))
        found["file"][size] = allocations(counts, *words(url, folder, "up"))
    for unit, limit in ALLOCATIONS.items():
        by_size = found[unit]
        sizes = sorted(by_size)
        prices = [(by_size[b] - by_size[a]) / (b - a) for a, b in zip(sizes, sizes[1:])]
        shown = ", ".join(f"{price:.2f}" for price in prices)
        counts.check(max(prices) <= limit, f"SQLite, up: {shown} allocations for one more {unit}, at most {limit}")


def is_usable(program, *probe):
    """Whether it is there and may work here: a container may forbid tracing."""
    if shutil.which(program) and subprocess.run([program, *probe], capture_output=True, check=False).returncode == 0:
        return True
    print(f"SKIPPED: {program} is not there or not allowed")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--libraries", action="store_true")
    parser.add_argument("--instructions", action="store_true")
    given = parser.parse_args()
    counts = Counts(str(pathlib.Path(given.godwit).resolve()))
    with tempfile.TemporaryDirectory(prefix="godwit-counts-") as name:
        top = pathlib.Path(name)
        if given.libraries:
            check_libraries(counts, top)
        if given.instructions:
            usable = is_usable("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "true")
            if usable:
                check_files(counts, top)
                for kind in ("sqlite", "postgresql"):
                    check_migrations(counts, top, kind)
                check_allocations(counts, top)
            if is_usable("strace", "-o", "/dev/null", "true"):
                check_reading(counts, top)
            elif databases.required() and not usable:
                counts.check(False, "neither valgrind nor strace is there")
    print(f"counts: {counts.passed} passed, {counts.failed} failed")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
