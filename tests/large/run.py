"""Large scripts: memory against the size of the file, places of errors far behind, COPY data, packets of MySQL.

    run.py --godwit PROGRAM [--kind postgresql|mariadb|mysql|sqlite]
"""
import argparse
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "differential")]
import databases  # noqa: E402
import peak_memory  # noqa: E402

MEGABYTE = 1 << 20
TABLE = "CREATE TABLE big (id int, note varchar(4000));\n"
ASAN_FACTOR = 1.3  # shadow memory, and what the allocator of the sanitizer adds
SPARE = 24 * MEGABYTE  # beside the file, behind what the program itself takes; docs/performance.md promises 32 with it


class Wrong(Exception):
    pass


def require(condition, text):
    if not condition:
        raise Wrong(text)


def is_asan(program):
    return b"__asan_init" in pathlib.Path(program).read_bytes()


def godwit(program, database, folder):
    """(exit code, what it said, peak of memory in bytes)."""
    return peak_memory.run(program, "-q", "--color", "never", "up", "-d", database.url, "-p", str(folder))


def count(database):
    done = database.sql("SELECT count(*) FROM big")
    return int(done.stdout) if done.returncode == 0 else None


def write(folder, name, lines):
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    with open(folder / name, "w", encoding="utf-8") as stream:
        stream.writelines(lines)
    return (folder / name).stat().st_size


def inserts(first, last, width):
    filling = "x" * width
    return (f"INSERT INTO big VALUES ({n}, '{filling}');\n" for n in range(first, last))


def memory(program, database, folder):
    """The text is held once, and a statement costs a few bytes: few long lines, then many short ones."""
    write(folder, "1_small.up.sql", [TABLE])
    code, said, small = godwit(program, database, folder)
    require(code == 0, said)
    factor = ASAN_FACTOR if is_asan(program) else 1
    for version, (lines, width) in enumerate([(16_000, 3000), (60_000, 100)], 2):
        before = count(database)
        size = write(folder, f"{version}_big.up.sql", inserts(0, lines, width))
        (folder / "1_small.up.sql").write_text(TABLE)
        code, said, peak = godwit(program, database, folder)
        require(code == 0, said)
        require(count(database) == before + lines, f"{count(database)} rows")
        most = size * factor + SPARE
        grown = peak - small
        print(f"     {database.kind}: {lines} statements, {size / MEGABYTE:.1f} MiB: {grown / MEGABYTE:.1f} MiB more than a small script")
        require(grown <= most, f"{grown} bytes for a file of {size}: more than {most:.0f}")


def place(program, database, folder):
    """An error in the 45,000th statement is found by line, column and number; nothing is kept."""
    bad = "   INSERT INTO big (id, nope) VALUES (1, 'x');\n"
    lines = [TABLE, "-- a comment,\n/* and\n another */\n", *inserts(2, 45_000, 10), bad, *inserts(45_001, 50_000, 10)]
    write(folder, "1_bad.up.sql", lines)
    code, said, _ = godwit(program, database, folder)
    require(code == 1, f"exit code {code}\n{said}")
    require("statement 45000 of 49999, line 45003" in said, said)
    column = {"postgresql": 25, "sqlite": 25}.get(database.kind)
    require(f"1_bad.up.sql:45003:{column or ''}" in said, said)


def mysql_keeps(program, database, folder):
    """DML alone is one transaction on MySQL as well."""
    write(folder, "1_table.up.sql", [TABLE])
    code, said, _ = godwit(program, database, folder)
    require(code == 0, said)
    (folder / "2_bad.up.sql").write_text("".join([*inserts(1, 30_000, 10), "INSERT INTO nope VALUES (1);\n"]))
    code, said, _ = godwit(program, database, folder)
    require(code == 1 and "2_bad.up.sql:30000:" in said and "nothing of this migration was kept" in said, said)
    require(count(database) == 0, f"{count(database)} rows were kept")


def copy_lines(first, last):
    return (f"{n}\tthe note of {n}, with \\\\ and \\t in it\n" for n in range(first, last))


def copy(program, database, folder):
    """A dump: several COPY blocks with statements between them, data in slices."""
    lines = [TABLE, "COPY public.big (id, note) FROM stdin;\n", *copy_lines(0, 400_000), "\\.\n", "\n--\n-- next\n--\n",
             "UPDATE public.big SET id = -1 WHERE id = 7;\n", "COPY public.big (id, note) FROM stdin;\n", *copy_lines(400_000, 500_000), "\\.\n",
             "COPY public.big (id, note) FROM stdin;\n\\.\n", "INSERT INTO public.big VALUES (-2, 'end');\n"]
    write(folder, "1_small.up.sql", ["SELECT 1;\n"])
    _, _, small = godwit(program, database, folder)
    size = write(folder, "2_dump.up.sql", lines)
    (folder / "1_small.up.sql").write_text("SELECT 1;\n")
    code, said, peak = godwit(program, database, folder)
    require(code == 0, said)
    require(count(database) == 500_001, f"{count(database)} rows")
    require(database.sql("SELECT note FROM big WHERE id = 499999").stdout == "the note of 499999, with \\ and \t in it\n", "the data is not what was given")
    factor = ASAN_FACTOR if is_asan(program) else 1
    print(f"     {database.kind}: COPY, {size / MEGABYTE:.1f} MiB: {(peak - small) / MEGABYTE:.1f} MiB more than a small script")
    require(peak - small <= size * factor + SPARE, f"{peak - small} bytes for {size} of COPY data")


def copy_error(program, database, folder):
    """A bad line of COPY data is named by its line in the file, and nothing is kept."""
    lines = [TABLE, "COPY big FROM stdin;\n", *copy_lines(0, 150_000), "\\.\n", "SELECT 1;\n",
             "COPY big FROM stdin;\n", *copy_lines(0, 100_000), "no number\tx\n", *copy_lines(0, 50_000), "\\.\n"]
    write(folder, "1_dump.up.sql", lines)
    code, said, _ = godwit(program, database, folder)
    require(code == 1, f"exit code {code}\n{said}")
    require("1_dump.up.sql:250006:1" in said, said)
    require(count(database) is None, "the table was kept")


def too_large(program, database, folder):
    """One statement that is larger than a packet: refused before anything is sent, naming the setting."""
    most = int(database.sql("SELECT @@max_allowed_packet").stdout)
    require(most <= 128 * MEGABYTE, f"max_allowed_packet is {most}")
    write(folder, "1_table.up.sql", [TABLE])
    (folder / "2_large.up.sql").write_text("INSERT INTO big VALUES (1, '');\nINSERT INTO big VALUES (2, '" + "x" * most + "');\n")
    code, said, _ = godwit(program, database, folder)
    require(code == 1, f"exit code {code}\n{said}")
    require("raise max_allowed_packet on the server" in said and "2_large.up.sql:2:1" in said, said)
    require(count(database) == 0, f"{count(database)} rows")


TESTS = {
    "postgresql": [memory, place, copy, copy_error],
    "mariadb": [memory, mysql_keeps, too_large],
    "mysql": [mysql_keeps],
    "sqlite": [memory, place],
}


def run_test(test, program, kind, base):
    with tempfile.TemporaryDirectory(prefix="godwit-large-") as name:
        folder = pathlib.Path(name)
        database = databases.open_database(kind, base, folder)
        try:
            test(program, database, folder / "migrations")
            print(f"ok   {kind:10} {test.__name__}", flush=True)
            return True
        except Wrong as wrong:
            print(f"FAIL {kind:10} {test.__name__}: {wrong}", flush=True)
            return False
        finally:
            database.drop()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--godwit", required=True)
    arguments.add_argument("--kind", choices=TESTS)
    given = arguments.parse_args()
    passed = failed = 0
    for kind, tests in TESTS.items():
        if given.kind not in (None, kind):
            continue
        base = databases.available(kind, given.godwit)
        if base is None:
            if databases.required() and kind != "mysql":
                raise SystemExit(f"{kind} is not there")
            continue
        for test in tests:
            good = run_test(test, given.godwit, kind, base)
            passed, failed = passed + good, failed + (not good)
    print(f"large: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
