"""Runs examples/embedded as a service would be run: a new file, again, several copies at once, a foreign file.

usage: embedded_example.py --program NOTES_SERVICE
Prints one line per check, then `embedded example: N passed, N failed`.
"""
import argparse
import pathlib
import sqlite3
import subprocess
import sys
import tempfile


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Example:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def start(self, *arguments):
        return subprocess.Popen([self.program, *arguments], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def run(self, *arguments, code=0):
        process = self.start(*arguments)
        text = process.communicate(timeout=60)[0]
        expect(process.returncode == code, f"{arguments}: exit code {process.returncode}, expected {code}\n{text}")
        return text

    def rows(self, file, sql):
        database = sqlite3.connect(self.folder / file)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def pending_is_said_and_nothing_is_made(self):
        text = self.run("--pending", "a.db", code=3)
        expect("3 pending, at no version" in text and "pending: 1 notes" in text, text)
        expect(not (self.folder / "a.db").exists(), "--pending made a file")

    def it_migrates_at_its_start(self):
        text = self.run("a.db")
        expect("serving at version 3" in text and "schema: 3 first_note done" in text, text)
        expect(self.rows("a.db", "SELECT version, dirty FROM schema_migrations") == [(3, 0)], "not at 3")
        expect("0 pending, at 3" in self.run("--pending", "a.db"), "--pending does not say 0")
        expect("done" not in self.run("a.db"), "the second start ran something")

    def copies_that_start_at_once_are_all_served(self):
        copies = [self.start("b.db") for _ in range(6)]
        texts = [copy.communicate(timeout=60)[0] for copy in copies]
        expect(all(copy.returncode == 0 for copy in copies), "\n".join(texts))
        expect(sum("schema: 1 notes done" in text for text in texts) == 1, "\n".join(texts))
        expect(self.rows("b.db", "SELECT COUNT(*) FROM schema_migrations_history") == [(3,)], "run more than once")

    def a_file_that_is_no_database(self):
        (self.folder / "c.db").write_text("this is no database, and is left alone" * 50)
        text = self.run("c.db", code=1)
        expect("not a database" in text, text)

    def a_schema_that_is_in_the_way(self):
        sqlite3.connect(self.folder / "d.db").execute("CREATE TABLE notes (id INTEGER)").connection.close()
        text = self.run("d.db", code=1)
        expect("cannot start: " in text and "notes" in text and "nothing of this migration was kept" in text, text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="godwit-example-") as folder:
        example = Example(str(pathlib.Path(arguments.program).resolve()), pathlib.Path(folder))
        for check in (example.pending_is_said_and_nothing_is_made, example.it_migrates_at_its_start,
                      example.copies_that_start_at_once_are_all_served, example.a_file_that_is_no_database,
                      example.a_schema_that_is_in_the_way):
            name = check.__name__.replace("_", " ")
            try:
                check()
                passed += 1
                print(f"ok      {name}")
            except (Failed, OSError, sqlite3.Error, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED  {name}: {error}")
    print(f"embedded example: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
