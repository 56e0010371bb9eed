"""Installs a finished build into a prefix of its own, builds the examples against it from copies of their sources, and
runs them: what a person does who writes a service, a source, or tests. (The driver and list examples: out_of_tree.py.)

usage: run.py --build DIR [--cmake CMAKE] [--cxx COMPILER] [--flags FLAGS]
With GODWIT_TEST_POSTGRESQL_URL the fixture and the service work on PostgreSQL as well; GODWIT_REQUIRE_DB demands it.
Prints one line per check, then `examples: N passed, N failed`.
"""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "plugins"))

import installed  # noqa: E402
from installed import expect  # noqa: E402


class Examples(installed.Installed):
    def __init__(self, arguments, folder):
        super().__init__(arguments, folder, folder / "prefix")
        self.tests = folder / "fixture-build" / "birds_tests"
        self.postgresql = os.environ.get("GODWIT_TEST_POSTGRESQL_URL", "")

    def install(self):
        super().install()
        self.environment["GODWIT_PLUGIN_PATH"] = str(next(self.prefix.glob("lib*/**/godwit/1")))

    def build(self, name):
        source, build = self.folder / f"{name}-source", self.folder / f"{name}-build"
        shutil.copytree(ROOT / "examples" / name, source)
        self.build_against(source, build)
        return build

    def sql(self, file, text):
        database = sqlite3.connect(self.folder / file)
        with database:
            rows = database.execute(text).fetchall()
        database.close()
        return rows

    def source(self):
        build = self.build("source")
        print(self.run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error").rstrip().splitlines()[-1])
        for file in (ROOT / "examples/service/migrations").iterdir():
            version, half = file.name.split(".", 1)
            place = self.folder / "one folder each" / version / half
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
        up = ("--plugin", build / "godwit-source-folders.so", "-s", "folders://one folder each", "-d", "sqlite:folders.db")
        self.godwit(*up, "up")
        expect(self.godwit(*up, "version").strip() == "2", "the folders were not migrated to 2")
        self.godwit(*up, "down", "--all", "--yes")
        text = self.godwit("--plugin", up[1], "-s", "folders://nowhere", "-d", "sqlite:folders.db", "status", code=2)
        expect("folders://" in text and "cannot be listed" in text, text)

    def service(self):
        self.program = self.build("service") / "birds_service"
        self.run(self.program, code=2)
        self.run(self.program, "sqlite:a.db", "a.log")
        log = (self.folder / "a.log").read_text()
        expect("Z schema: migration 2: statement 2 of 2" in log and "Z ready, schema at version 2\n" in log, log)
        self.run(self.program, "sqlite:a.db", "again.log")
        expect("migration" not in (self.folder / "again.log").read_text(), "the second start ran something")
        expect(self.sql("a.db", "SELECT COUNT(*) FROM flights") == [(0,)], "no table flights")

    def copies_at_once(self):
        copies = [subprocess.Popen([self.program, "sqlite:b.db", f"b{number}.log"], cwd=self.folder, env=self.environment)
                  for number in range(4)]
        expect([copy.wait(timeout=60) for copy in copies] == [0] * 4, "a copy did not start")
        logs = [(self.folder / f"b{number}.log").read_text() for number in range(4)]
        expect(sum("migration 1 birds done" in log for log in logs) == 1, "\n".join(logs))

    def refused(self, name, change, *words):
        self.run(self.program, f"sqlite:{name}.db", f"{name}.log")
        self.sql(f"{name}.db", change)
        before = self.sql(f"{name}.db", "SELECT version, dirty FROM schema_migrations")
        self.run(self.program, f"sqlite:{name}.db", f"{name}.log", code=1)
        last = (self.folder / f"{name}.log").read_text().splitlines()[-1]
        expect("cannot start: " in last and all(word in last for word in words), last)
        expect(self.sql(f"{name}.db", "SELECT version, dirty FROM schema_migrations") == before, "the ledger was changed")

    def refuses_a_newer_database(self):
        self.refused("newer", "UPDATE schema_migrations SET version = 7", "at version 7", "built with 2")

    def refuses_a_dirty_database(self):
        self.refused("dirty", "UPDATE schema_migrations SET dirty = 1", "half-way", "at version 2")

    def failing_migration(self):
        self.sql("failing.db", "CREATE TABLE flights (id INTEGER)")
        self.run(self.program, "sqlite:failing.db", "failing.log", code=1)
        log = (self.folder / "failing.log").read_text()
        expect("migration 2 flights failed: " in log and "nothing of this migration was kept" in log, log)

    def fixture(self):
        self.build("fixture")
        text = self.run(self.tests, TMPDIR=str(self.folder))
        expect("All tests passed" in text and "2 test cases" in text, text)
        expect(not list(self.folder.glob("birds_test_*")), "a test's database was left behind")

    def on_postgresql(self):
        if not self.postgresql:
            expect(not os.environ.get("GODWIT_REQUIRE_DB"), "GODWIT_TEST_POSTGRESQL_URL is not set")
            print("skipped: GODWIT_TEST_POSTGRESQL_URL is not set")
            return
        text = self.run(self.tests, BIRDS_TEST_DATABASE=self.postgresql)
        expect("All tests passed" in text and "2 test cases" in text, text)
        count = ["psql", "-X", "-At", self.postgresql, "-c", "SELECT datname FROM pg_database WHERE datname LIKE 'birds_test_%'"]
        expect(self.run(*count) == "", "a test's database was left behind")


def checks(arguments, folder):
    examples = Examples(arguments, folder)
    others = (examples.service, examples.copies_at_once, examples.refuses_a_newer_database,
              examples.refuses_a_dirty_database, examples.failing_migration, examples.fixture, examples.on_postgresql)
    source = ("source", examples.source, False)
    return [("install", examples.install, True), source] + [
        (check.__name__.replace("_", " "), check, False) for check in others]


if __name__ == "__main__":
    sys.exit(installed.main("examples", checks))
