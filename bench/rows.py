"""What is measured: each function gives a Row, a work with its samples by tool and the budget for it."""
import contextlib
import dataclasses
import pathlib
import re
import shutil
import sys
import tempfile

import folders
import measure
import tools
from tools import Target

HERE = pathlib.Path(__file__).resolve().parent
for name in ("tests/differential", "tests/roundtrips"):
    sys.path.insert(0, str(HERE.parent / name))
import databases  # noqa: E402
import line  # noqa: E402

SERVERS = ("postgresql", "mariadb")
NAMES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


@dataclasses.dataclass
class Row:
    work: str
    samples: dict  # tool -> [seconds]
    budget: list = dataclasses.field(default_factory=list)  # see report.judge()
    left_out: list = dataclasses.field(default_factory=list)  # why a tool has no figure
    kilobytes: int = None  # godwit's peak memory


class Bench:
    def __init__(self, arguments, bases):
        self.arguments, self.bases = arguments, bases

    def tools(self, count, only=None):
        found = tools.all_tools(self.arguments.godwit, self.arguments.peers, self.arguments.probe, count)
        asked = self.arguments.tools.split(",") if self.arguments.tools else None
        return [tool for tool in found if (only is None or tool.name in only) and (asked is None or tool.name in asked)]

    @contextlib.contextmanager
    def database(self, kind, delay=0.0):
        """An empty database, as godwit sees it, perhaps far away."""
        with tempfile.TemporaryDirectory(prefix="godwit-bench-db-") as folder, contextlib.ExitStack() as stack:
            made = databases.open_database(kind, self.bases[kind], pathlib.Path(folder))
            stack.callback(made.drop)
            target = Target(kind, made.url)
            if delay:
                _, _, host, port, _ = target.parts()
                target = target.through(stack.enter_context(line.Line((host, port), delay)).port)
            yield target, made

    def in_turn(self, row, kind, tools_here, top, prepare=None, delay=0.0, runs=None):
        """A B C A B C: each tool on a fresh database in every round. What fails once is left out with its reason."""
        for _ in range(runs or self.arguments.runs):
            for tool in tools_here:
                if any(reason.startswith(tool.name + ":") for reason in row.left_out):
                    continue
                folder = str(top / tool.layout)
                with self.database(kind, delay) as (target, made):
                    try:
                        if prepare:
                            prepare(tool, target, made, folder)
                        given = f"{folder}/{tool.stdin}" if tool.stdin else None
                        row.samples.setdefault(tool.name, []).append(measure.measured(tool.up(target, folder), given, self.arguments.limit))
                    except measure.Failed as failure:
                        row.left_out.append(f"{tool.name}: {failure}")
        self.note_memory(row, kind, tools_here[0], top, prepare)
        return row

    def note_memory(self, row, kind, godwit, top, prepare):
        folder = str(top / godwit.layout)
        with self.database(kind) as (target, made):
            if prepare:
                prepare(godwit, target, made, folder)
            row.kilobytes = measure.peak(godwit.up(target, folder))

    def fits(self, kind, tool):
        """What there is no driver for here."""
        return not (tool.name == "probe" and kind != "postgresql" or tool.name == "Flyway" and kind == "sqlite")

    def run(self, work, kind, count, script, budget, only=None, delay=0.0, prepare=None, runs=None):
        chosen = [tool for tool in self.tools(count, only) if self.fits(kind, tool)]
        with tempfile.TemporaryDirectory(prefix="godwit-bench-") as name:
            top = pathlib.Path(name)
            folders.write(top, count, script, {tool.layout for tool in chosen})
            return self.in_turn(Row(work, {}, budget), kind, chosen, top, prepare, delay, runs)


SMALL_BUDGET = {"postgresql": [("probe", 1 / 1.5), ("goose", 6), ("golang-migrate", 25)], "mariadb": [("goose", 3.5)], "sqlite": [("goose", 8)]}
AWAY_BUDGET = {"postgresql": [("goose", 25), ("golang-migrate", 70)], "mariadb": [("goose", 20)]}
NO_OP_BUDGET = {1000: [("ms", 12)], 10_000: [("ms", 30)], 100_000: [("ms", 250), ("MB", 60)]}


def small(bench):
    for kind in bench.bases:
        budget = [*SMALL_BUDGET[kind], ("MB", 15)]
        yield bench.run(f"{NAMES[kind]}: 1000 small migrations", kind, 1000, folders.small, budget)
    if "mariadb" in bench.bases:
        yield bench.run("MariaDB: 300 definitions (DDL)", "mariadb", 300, folders.definitions, [("goose", 1.2)])


def away(bench):
    few = ("godwit", "goose", "golang-migrate", "dbmate", "Flyway", "probe")
    for kind in filter(bench.bases.get, SERVERS):
        for milliseconds in map(int, bench.arguments.delays.split(",")):
            budget = AWAY_BUDGET[kind] if milliseconds == 5 else []
            # a line of no length as well: what the line itself costs
            delay = max(milliseconds, 0.001) / 1000
            hundred = bench.run(f"{NAMES[kind]}: 100 small migrations, {milliseconds} ms away", kind, 100, folders.small, budget, few, delay,
                                runs=min(bench.arguments.runs, 3))
            yield hundred
            own = bench.run(f"{NAMES[kind]}: 1000 small migrations, {milliseconds} ms away", kind, 1000, folders.small, [], ("godwit", "probe"), delay)
            own.samples["godwit, 100"] = hundred.samples["godwit"]
            own.budget = [("godwit, 100", 1 / 3)] if milliseconds == 5 else []
            yield own
    if bench.bases.get("mariadb") and "5" in bench.arguments.delays.split(","):
        yield bench.run("MariaDB: 100 definitions (DDL), 5 ms away", "mariadb", 100, folders.definitions, [("goose", 5)], few, 0.005, runs=min(bench.arguments.runs, 3))


def goose_rows(kind, count):
    """What goose would have written: a hundred thousand migrations one by one are not what this measures."""
    create = {"postgresql": "CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now())",
              "mariadb": "CREATE TABLE goose_db_version (id serial NOT NULL, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NULL DEFAULT now(), PRIMARY KEY(id))",
              "sqlite": "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))"}
    numbers = {"postgresql": f"SELECT n, true FROM generate_series(0, {count}) AS s(n)", "mariadb": f"SELECT seq, true FROM seq_0_to_{count}",
               "sqlite": f"WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n, 1 FROM s"}
    return f"{create[kind]}; INSERT INTO goose_db_version (version_id, is_applied) {numbers[kind]};"


def everything_applied(count):
    def prepare(tool, target, made, folder):
        if tool.name == "goose":
            done = made.sql(goose_rows(target.kind, count))
            if done.returncode:
                raise measure.Failed(done.stderr)
        elif tool.name == "golang-migrate":
            made.sql(f"CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null); INSERT INTO schema_migrations VALUES ({count}, {{true}})")
            made.sql(f"UPDATE schema_migrations SET dirty = NOT {{true}}")
        else:
            measure.measured([*tool.up(target, folder)[:-1], "-y", "baseline", str(count)], None, 900)
            if target.kind == "postgresql":
                made.sql("VACUUM ANALYZE")  # as autovacuum will have
        measure.measured(tool.up(target, folder), None, 900)  # once before it counts
    return prepare


def no_op(bench):
    for kind in bench.bases:
        for count, budget in NO_OP_BUDGET.items():
            peers = ("godwit", "goose", "golang-migrate") if count < 100_000 else ("godwit", "goose")
            yield bench.run(f"{NAMES[kind]}: `up` with nothing pending, {count:,} versions", kind, count, folders.small, budget, peers,
                            prepare=everything_applied(count), runs=min(bench.arguments.runs, 5 if count < 10_000 else 2))


def start(bench):
    for work, option in (("`--version`", "--version"), ("`--help`", "--help")):
        row = Row(work, {}, [("ms", 4)])
        for _ in range(max(bench.arguments.runs * 4, 20)):
            for tool in bench.tools(1):
                words = [tool.version[0], option] if tool.version and tool.name == "godwit" else tool.version
                slow = tool.name in ("Flyway", "Alembic") and len(row.samples.get(tool.name, [])) >= 3
                if words and not slow and (option == "--version" or tool.name == "godwit"):
                    row.samples.setdefault(tool.name, []).append(measure.measured(words))
        row.kilobytes = measure.peak([bench.arguments.godwit, option])
        yield row


def eight(bench):
    for kind in filter(bench.bases.get, SERVERS):
        row = Row(f"{NAMES[kind]}: 8 processes start together, 100 small migrations", {}, [])
        with tempfile.TemporaryDirectory(prefix="godwit-bench-") as name:
            top = pathlib.Path(name)
            chosen = bench.tools(100, ("godwit", "golang-migrate"))
            folders.write(top, 100, folders.small, {tool.layout for tool in chosen})
            for _ in range(bench.arguments.runs):
                for tool in chosen:
                    with bench.database(kind) as (target, _made):
                        try:
                            row.samples.setdefault(tool.name, []).append(measure.together([tool.up(target, str(top / tool.layout))] * 8))
                        except measure.Failed as failure:
                            row.left_out.append(f"{tool.name}: {failure}")
        row.samples = {name: samples for name, samples in row.samples.items() if samples}
        yield row


def chain(bench):
    """openmeter's migrations, up and down, beside psql reading the same SQL in one session."""
    source = HERE.parent / "../shared/corpora/openmeter/postgres"
    source = pathlib.Path(bench.arguments.corpora) / "openmeter/postgres" if bench.arguments.corpora else source
    if "postgresql" not in bench.bases or not source.is_dir():
        print(f"bench: the real chain is left out: {source} is not there", file=sys.stderr)
        return
    up, down = Row("openmeter, 269 migrations: up", {}, [("client", 1 / 1.1)]), Row("openmeter, 269 migrations: down", {}, [("client", 1 / 1.1)])
    with tempfile.TemporaryDirectory(prefix="godwit-bench-") as name:
        top = pathlib.Path(name)
        shutil.copytree(source, top / "pairs")
        for direction in ("up", "down"):
            (top / f"{direction}.sql").write_text(folders.in_order(top / "pairs", direction))
        count = len(list((top / "pairs").glob("*.up.sql")))
        for row in (up, down):
            row.work = re.sub(r"\d+ migrations", f"{count} migrations", row.work)
        for _ in range(bench.arguments.runs):
            for tool in bench.tools(count, ("godwit", "golang-migrate", "client")):
                with bench.database("postgresql") as (target, _made):
                    chain_run(tool, target, top, up, down)
    yield up
    yield down


def chain_run(tool, target, top, up, down):
    words = tool.up(target, str(top / "pairs"))
    back = {"godwit": [*words[:-1], "-y", "down", "--all"], "golang-migrate": [*words[:-1], "down", "-all"], "client": words}[tool.name]
    try:
        for row, command, file in ((up, words, "up.sql"), (down, back, "down.sql")):
            given = str(top / file) if tool.name == "client" else None
            row.samples.setdefault(tool.name, []).append(measure.measured(command, given))
    except measure.Failed as failure:
        up.left_out.append(f"{tool.name}: {failure}")


LARGE_SCRIPTS = {"INSERTs": (200, "", folders.insert_block, ""),
                 "COPY": (480, "COPY bench FROM stdin;\n", folders.copy_block, "\\.\n")}


def large(bench):
    """One large script, beside the client reading the same one."""
    for kind in bench.bases:
        for what, script in LARGE_SCRIPTS.items():
            if what == "INSERTs" or kind == "postgresql":
                yield large_script(bench, kind, what, script)


def large_script(bench, kind, what, script):
    with tempfile.TemporaryDirectory(prefix="godwit-bench-") as name:
        top = pathlib.Path(name)
        size, rows = folders.write_large(top, *script)
        row = Row(f"{NAMES[kind]}: one script of {size >> 20} MB, {rows:,} rows by {what}", {}, [("client", 0.9), ("MB", (size >> 20) + 32)])
        minutes = what == "INSERTs" and kind in SERVERS
        return bench.in_turn(row, kind, bench.tools(1, ("godwit", "client")), top, runs=1 if minutes else None)


ALL = {"small": small, "away": away, "noop": no_op, "start": start, "eight": eight, "chain": chain, "large": large}
