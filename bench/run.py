"""godwit beside golang-migrate and goose: same machine, same servers, in turn.

    run.py --godwit PROGRAM --peers FOLDER [--runs N] [--migrations N] [--json FILE]

Server URLs come from the environment (`./dev bench` starts servers with default durability). Every run has a fresh
database; the tools take turns (A B C A B C); a cell is the median of its runs with min–max, and the ratio to godwit.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/differential"))
import databases  # noqa: E402


def write_migrations(folder, count):
    """`count` migrations: one makes the table, the others insert one row each; as pairs and in goose's format."""
    pairs, goose = folder / "pairs", folder / "goose"
    pairs.mkdir(), goose.mkdir()
    for number in range(1, count + 1):
        up = "CREATE TABLE bench (id int, t varchar(20));" if number == 1 else f"INSERT INTO bench VALUES ({number}, 'row');"
        down = "DROP TABLE bench;" if number == 1 else f"DELETE FROM bench WHERE id = {number};"
        (pairs / f"{number:06d}_m.up.sql").write_text(up + "\n")
        (pairs / f"{number:06d}_m.down.sql").write_text(down + "\n")
        (goose / f"{number:06d}_m.sql").write_text(f"-- +goose Up\n{up}\n-- +goose Down\n{down}\n")


def goose_words(program, kind, database, folder):
    if kind == "postgresql":
        return [program, "-dir", folder, "postgres", database.url]
    if kind == "mariadb":
        return [program, "-dir", folder, "mysql", database.url.removeprefix("mysql://") + "?parseTime=true"]
    return [program, "-dir", folder, "sqlite3", str(database.file)]


class Tool:
    """A name, and the command line for one folder and database."""

    def __init__(self, name, command, version_command=None):
        self.name, self.command, self.version = name, command, version_command


def tools(arguments, kind):
    found = [Tool("godwit", lambda db, top: [arguments.godwit, "-q", "-d", db.url, "-s", f"file://{top}/pairs", "up"])]
    migrate, goose = arguments.peers / "migrate", arguments.peers / "goose"
    if goose.exists():
        found.append(Tool("goose", lambda db, top: [*goose_words(str(goose), kind, db, f"{top}/goose"), "up"]))
    if migrate.exists():
        found.append(Tool("golang-migrate", lambda db, top: [str(migrate), "-database", db.url, "-path", f"{top}/pairs", "up"]))
    probe = pathlib.Path(arguments.probe) if arguments.probe else None
    if kind == "postgresql" and probe and probe.exists():
        found.append(Tool("libpq probe", lambda db, top: [str(probe), db.url, str(arguments.migrations)]))
    return found


def timed(words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    begun = time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    took = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{words[0]} failed: {done.stderr[-1000:]}")
    return took, max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def measure(arguments, kind, base, count, noop):
    """{tool: [seconds, …]} for `up` of `count` migrations, or for `up` with nothing pending."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="godwit-bench-") as name:
        top = pathlib.Path(name)
        write_migrations(top, count)
        for _ in range(arguments.runs):
            for tool in tools(arguments, kind):
                if noop and tool.name == "libpq probe":
                    continue
                folder = pathlib.Path(tempfile.mkdtemp(dir=top))
                database = databases.open_database(kind, base, folder)
                try:
                    words = tool.command(database, top)
                    took, _ = timed(words)
                    if noop:
                        took, _ = timed(words)
                    results.setdefault(tool.name, []).append(took)
                finally:
                    database.drop()
    return results


def cell(seconds):
    return f"{statistics.median(seconds) * 1000:.1f} ms ({min(seconds) * 1000:.1f}–{max(seconds) * 1000:.1f})"


def row(title, results):
    ours = statistics.median(results["godwit"])
    cells = [cell(results["godwit"])]
    for name in ("goose", "golang-migrate", "libpq probe"):
        if name in results:
            cells.append(f"{cell(results[name])}, {statistics.median(results[name]) / ours:.1f} ×")
        else:
            cells.append("")
    return f"| {title} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--peers", type=pathlib.Path, required=True)
    parser.add_argument("--probe", default=os.environ.get("GODWIT_BENCH_PROBE"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--migrations", type=int, default=1000)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.godwit = str(pathlib.Path(arguments.godwit).resolve())
    arguments.peers = arguments.peers.resolve()
    document = []
    print("| work | godwit | goose | golang-migrate | libpq probe |\n|---|---|---|---|---|")
    for kind in ("postgresql", "mariadb", "sqlite"):
        base = databases.available(kind, arguments.godwit)
        if base is None:
            continue
        for count, noop in ((arguments.migrations, False), (100, False), (arguments.migrations, True)):
            results = measure(arguments, kind, base, count, noop)
            title = f"{kind}: " + (f"`up` with nothing pending, {count} versions" if noop else f"{count} small migrations")
            print(row(title, results), flush=True)
            document.append({"work": title, "seconds": results})
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
