"""Costs that do not wobble: instructions, allocations, memory, system calls, files and libraries. A number that grows is a slower godwit.

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
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "differential")]
import databases  # noqa: E402
import peak_memory  # noqa: E402

# Of a sanitizer build, and of every process: neither is of our choice.
COMMON = re.compile(r"^(libasan|libubsan|libm|libc|libgcc_s|libstdc\+\+|ld-linux.*|libpthread|libdl|librt)$")
# Instructions for one more version (an up and a down file), lone up file or migration: what it was when it was written
# down, and a quarter on top for other versions of the libraries.
SPARE = 1.25
PER_VERSION = {"up": 5_100, "lone": 7_900, "status": 34_000}
PER_MIGRATION = {"sqlite": 190_000, "postgresql": 260_000}
# Calls of malloc for one more, SQLite's own among them.
ALLOCATIONS = {"version": 2, "lone file": 6, "migration": 130}
# Bytes of peak memory for one more version among many, with short names, and the budget of docs/performance.md.
MEMORY_PER_VERSION, MEMORY = 450, 60_000_000
# How much dearer one may be among many than among few: sorting and searching grow with the logarithm.
FLAT = 1.3
FIRST = {"up": 100, "lone": 100, "status": 100, "sqlite": 100, "postgresql": 100}
LAST = {"up": 100_000, "lone": 10_000, "status": 10_000, "sqlite": 10_000, "postgresql": 1000}


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


def write(folder, first, last, downs=False):
    """One makes the table, the others insert a row each. Without down files there is a finding of each."""
    folder.mkdir(exist_ok=True)
    for number in range(first, last + 1):
        text = "CREATE TABLE marks (n int);\n" if number == 1 else f"INSERT INTO marks VALUES ({number});\n"
        (folder / f"{number:06d}_m.up.sql").write_text(text)
        if downs:
            (folder / f"{number:06d}_m.down.sql").write_text(f"DELETE FROM marks WHERE n = {number};\n")


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


def at_newest(counts, top, name, sizes, downs):
    """Databases at the newest version of a folder that grows: the folder, and the URL, at each of `sizes`."""
    folder, before = top / name, 0
    for size in sizes:
        write(folder, before + 1, size, downs)
        before, url = size, f"sqlite://{top}/{name}{size}.db"
        counts.run(*words(url, folder, "-y", "baseline", str(size)))
        yield size, folder, url


def check_versions(counts, top):
    """`up` finds nothing to do, and reads names."""
    by_size, peaks = {}, {}
    for size, folder, url in at_newest(counts, top, "pairs", sizes_of("up"), True):
        by_size[size] = instructions(counts, top, *words(url, folder, "up"))
        code, said, peaks[size] = peak_memory.run(counts.godwit, *words(url, folder, "up"))
        if code != 0:
            raise SystemExit(f"up with {size} versions: exit code {code}\n{said[-3000:]}")
    check_flat(counts, "SQLite, up", "version", FIRST["up"], by_size, PER_VERSION["up"])
    few, many = sorted(peaks)[-2:]
    more = (peaks[many] - peaks[few]) / (many - few)
    counts.check(more <= MEMORY_PER_VERSION, f"SQLite, up: {more:.0f} bytes of memory for one more version, at most {MEMORY_PER_VERSION}")
    counts.check(peaks[many] <= MEMORY, f"SQLite, up: {peaks[many] / 1e6:.1f} MB with {many:,} versions, at most {MEMORY / 1e6:.1f}")


def check_lone_files(counts, top):
    """Without down files: of each `up` says that it is missing; `status` reads and compares all files."""
    found = {"lone": {}, "status": {}}
    for size, folder, url in at_newest(counts, top, "files", sizes_of("status"), False):
        found["lone"][size] = instructions(counts, top, *words(url, folder, "up"))
        found["status"][size] = instructions(counts, top, *words(url, folder, "status"))
    for what, command in (("lone", "up"), ("status", "status")):
        check_flat(counts, f"SQLite, {command}", "lone file", FIRST[what], found[what], PER_VERSION[what])


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
    found = {unit: {} for unit in ALLOCATIONS}
    for size in (100, 1000, 10_000):
        for unit, downs in (("version", True), ("lone file", False)):
            name = f"heap{'-pairs' if downs else ''}{size}"
            folder, url = top / name, f"sqlite://{top}/{name}.db"
            write(folder, 1, size, downs)
            if size < 10_000 and not downs:
                found["migration"][size] = allocations(counts, *words(url, folder, "up"))
            else:
                counts.run(*words(url, folder, "-y", "baseline", str(size)))
            found[unit][size] = allocations(counts, *words(url, folder, "up"))
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
                check_versions(counts, top)
                check_lone_files(counts, top)
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
