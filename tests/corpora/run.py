"""Runs the migrations of real products through godwit and compares the schemas with those that psql, mariadb and
sqlite3 make of the same files.

    run.py --godwit PROGRAM --normalize EXTENSION [--corpora FOLDER]

The folders are not part of this repository: where they are missing, this says so and skips.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "differential"))
import databases  # noqa: E402

# What Mattermost itself has made before its plugin migrates.
HOST_TABLES = """
CREATE TABLE Posts (Id varchar(26) PRIMARY KEY, CreateAt bigint, UpdateAt bigint, DeleteAt bigint, ChannelId varchar(26), RootId varchar(26), UserId varchar(26));
CREATE TABLE Channels (Id varchar(26) PRIMARY KEY, CreateAt bigint, UpdateAt bigint, DeleteAt bigint, TeamId varchar(26), Name varchar(64), DisplayName varchar(64));
CREATE TABLE PluginKeyValueStore (PluginId varchar(190), PKey varchar(50), PValue varchar(100), ExpireAt bigint, PRIMARY KEY (PluginId, PKey));
"""


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


class Godwit:
    def __init__(self, program, url, source, *options):
        self.words = [program, "-d", url, "-s", f"file://{source}", *options]

    def run(self, *arguments):
        return subprocess.run([*self.words, "--json", "-y", *arguments], capture_output=True, text=True, timeout=600)

    def ok(self, *arguments):
        done = self.run(*arguments)
        check(done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return json.loads(done.stdout)


def up_files(folder):
    return sorted(folder.glob("*.up.sql"), key=lambda p: int(re.match(r"\d+", p.name)[0]))


def up_and_down(godwit, count, down=True):
    result = godwit.ok("up")
    check(len(result["applied"]) == count, f"{len(result['applied'])} applied instead of {count}")
    if down:
        result = godwit.ok("down", "--all")
        check(len(result["applied"]) == count, f"{len(result['applied'])} rolled back instead of {count}")


def pg_schema(database):
    done = databases.run(["pg_dump", "--schema-only", "--no-owner", "--no-privileges", "-T", "*schema_migrations*", database.url])
    check(done.returncode == 0, done.stderr)
    return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.M)


def pg_native(database, files):
    for file in files:
        done = databases.run(["psql", "-Xq1", "-v", "ON_ERROR_STOP=1", "-f", str(file), database.url])
        check(done.returncode == 0, f"psql -f {file.name}: {done.stderr}")


def my_schema(database):
    names = [n for n in database.sql("SHOW TABLES").stdout.split() if not n.startswith("schema_migrations")]
    made = "".join(database.sql(f"SHOW CREATE TABLE `{name}`").stdout for name in names)
    return made + database.sql("SELECT routine_name, routine_definition FROM information_schema.routines WHERE routine_schema = database() ORDER BY 1").stdout


def my_native(database, files):
    for file in files:
        with open(file, encoding="utf-8") as text:
            done = databases.run([*database.client, database.name], stdin=text)
        check(done.returncode == 0, f"mariadb < {file.name}: {done.stderr}")


def lite_schema(database):
    return database.sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'schema_migrations%' AND name NOT LIKE 'sqlite_%' ORDER BY 1, 2").stdout


def both(kind, base, folder):
    return databases.open_database(kind, base, folder / "a"), databases.open_database(kind, base, folder / "b")


def same(schema, ours, native):
    check(schema(ours) == schema(native), "the schemas differ:\n" + first_difference(schema(ours), schema(native)))


def first_difference(a, b):
    for x, y in zip(a.split("\n"), b.split("\n")):
        if x != y:
            return f"  godwit: {x}\n  native: {y}"
    return "  one is longer"


def openmeter(arguments, base, folder):
    source = arguments.corpora / "openmeter/postgres"
    ours, native = both("postgresql", base, folder)
    try:
        godwit = Godwit(arguments.godwit, ours.url, source)
        up_and_down(godwit, 269, down=False)
        pg_native(native, up_files(source))
        same(pg_schema, ours, native)
        check(godwit.run("validate").returncode == 0, "validate after up")
        result = godwit.ok("down", "--all")
        check(len(result["applied"]) == 269, f"{len(result['applied'])} rolled back")
    finally:
        ours.drop(), native.drop()


def pocket_id_postgresql(arguments, base, folder):
    source = arguments.corpora / "pocket-id/postgres"
    ours, native = both("postgresql", base, folder)
    try:
        godwit = Godwit(arguments.godwit, ours.url, source)
        up_and_down(godwit, 64, down=False)
        pg_native(native, up_files(source))
        same(pg_schema, ours, native)
        broken_down(godwit, source)
    finally:
        ours.drop(), native.drop()


def broken_down(godwit, source):
    """Some of pocket-id's down scripts are broken: the run stops there, says file and line, and is clean."""
    done = godwit.run("down", "--all", "--allow-missing-down")
    check(done.returncode == 1, f"down --all: exit {done.returncode} {done.stderr[-500:]}")
    failed = json.loads(done.stdout)["failed"]
    check((source / pathlib.Path(failed["file"]).name).exists() and failed["line"] >= 1, f"failed: {failed}")
    check(failed["state"] == "clean", f"state {failed['state']}")
    status = godwit.ok("status")
    check(status["dirty"] is False and status["current"] == failed["version"], f"status says {status['current']}, dirty {status['dirty']}")


def pocket_id_sqlite(arguments, base, folder):
    source = arguments.corpora / "pocket-id/sqlite"
    ours, native = both("sqlite", base, folder)
    godwit = Godwit(arguments.godwit, ours.url + "?x-no-tx-wrap=true", source, "--load-extension", str(arguments.normalize))
    count = len(up_files(source))
    check(count == 72, f"{count} up files")
    up_and_down(godwit, 72, down=False)
    for file in up_files(source):
        done = databases.run(["sqlite3", "-bail", "-cmd", f".load {arguments.normalize} sqlite3_normalize_init", str(native.file)], input=file.read_text())
        check(done.returncode == 0, f"sqlite3 < {file.name}: {done.stderr}")
    same(lite_schema, ours, native)


def playbooks_mysql(kind):
    def run(arguments, base, folder):
        source = arguments.corpora / "playbooks/mysql"
        ours, native = both(kind, base, folder)
        try:
            godwit = Godwit(arguments.godwit, ours.url, source)
            ours.sql(HOST_TABLES), native.sql(HOST_TABLES)
            up_and_down(godwit, 80, down=False)
            my_native(native, up_files(source))
            same(my_schema, ours, native)
            result = godwit.ok("down", "--all")
            check(len(result["applied"]) == 80, f"{len(result['applied'])} rolled back")
        finally:
            ours.drop(), native.drop()
    return run


def playbooks_postgresql(arguments, base, folder):
    source = arguments.corpora / "playbooks/postgres"
    ours, native = both("postgresql", base, folder)
    try:
        godwit = Godwit(arguments.godwit, ours.url, source)
        ours.sql(HOST_TABLES), native.sql(HOST_TABLES)
        done = godwit.run("up")
        failed = json.loads(done.stdout)["failed"]
        check(done.returncode == 1 and failed["version"] == "000082" and failed["state"] == "clean", f"{done.returncode} {failed}")
        # The table that the product's program makes between two migrations.
        for database in (ours, native):
            if database is native:
                pg_native(native, up_files(source)[:81])
            database.sql("CREATE TABLE IR_MetricConfig (ID TEXT PRIMARY KEY)")
        godwit.ok("up")
        pg_native(native, up_files(source)[81:])
        same(pg_schema, ours, native)
        result = godwit.ok("down", "--all")
        check(len(result["applied"]) == 83, f"{len(result['applied'])} rolled back")
    finally:
        ours.drop(), native.drop()


CASES = [
    ("openmeter", "postgresql", openmeter),
    ("pocket-id", "postgresql", pocket_id_postgresql),
    ("pocket-id", "sqlite", pocket_id_sqlite),
    ("playbooks", "mariadb", playbooks_mysql("mariadb")),
    ("playbooks", "mysql", playbooks_mysql("mysql")),
    ("playbooks", "postgresql", playbooks_postgresql),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--normalize", required=True, type=pathlib.Path)
    parser.add_argument("--corpora", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[3] / "shared/corpora")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    if not arguments.corpora.is_dir():
        print(f"SKIPPED: corpora: {arguments.corpora} is not there\ncorpora: 0 passed, 0 failed")
        return 0
    passed = failed = 0
    for product, kind, case in CASES:
        if not re.search(arguments.only, f"{product}-{kind}"):
            continue
        base = databases.available(kind, arguments.godwit)
        if base is None:
            failed += databases.required() and kind != "mysql"
            continue
        with tempfile.TemporaryDirectory(prefix="godwit-corpora-") as top:
            folder = pathlib.Path(top)
            (folder / "a").mkdir(), (folder / "b").mkdir()
            try:
                case(arguments, base, folder)
                passed += 1
            except Failed as error:
                failed += 1
                print(f"FAILED {product} [{kind}]: {error}")
    print(f"corpora: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
