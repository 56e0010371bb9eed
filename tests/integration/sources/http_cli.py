"""Both command lines with migrations on a web server: godwit -s http://… and migrate -source http://…, against a server
that behaves and one that does not (misbehaving.py). Whatever goes wrong, the database is as it was, and no output
holds a password or a token.

usage: http_cli.py --godwit GODWIT
Prints one line per check, then `http command lines: N passed, N failed`.
"""
import argparse
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "Zugvogel-4711"
WRONG = "Wrong-pw-0815"


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Lines:
    def __init__(self, godwit, folder):
        self.folder, self.godwit_program = folder, godwit
        self.migrate_program = folder / "migrate"
        self.migrate_program.symlink_to(godwit)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("GODWIT_") and key.lower() not in (
                                "database_url", "http_proxy", "https_proxy", "all_proxy")}
        self.environment.update(HOME=str(folder), NO_COLOR="1")
        # modules lie beside the program that was started under its own name
        self.environment["GODWIT_PLUGIN_PATH"] = str(godwit.parent.parent / "lib" / "godwit" / "1")
        self.files = folder / "files"
        self.files.mkdir()
        for number, table in enumerate(("users", "orders", "items"), 1):
            (self.files / f"{number}_{table}.up.sql").write_text(f"CREATE TABLE {table} (id INTEGER);\n")
            (self.files / f"{number}_{table}.down.sql").write_text(f"DROP TABLE {table};\n")
        self.server = subprocess.Popen([sys.executable, "-u", HERE / "misbehaving.py", self.files],
                                       stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline().split()[1])

    def close(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def url(self, path, user=""):
        return f"http://{user}127.0.0.1:{self.port}/{path}"

    def run(self, *command, code, environment=None):
        done = subprocess.run([str(word) for word in command], cwd=self.folder, capture_output=True, text=True,
                              env={**self.environment, **(environment or {})}, timeout=120)
        text = done.stdout + done.stderr
        expect(SECRET not in text and WRONG not in text, f"a secret in the output of {command}:\n{text}")
        expect(done.returncode == code, f"{command}\nexit code {done.returncode}, expected {code}\n{text}")
        return text

    def godwit(self, source, database, *words, code=0, environment=None):
        return self.run(self.godwit_program, "-s", source, "-d", f"sqlite:{database}", *words, code=code,
                        environment=environment)

    def migrate(self, source, database, *words, code=0):
        return self.run(self.migrate_program, "-source", source, "-database", f"sqlite://{database}", *words, code=code)

    def tables(self, database):
        if not (self.folder / database).exists():
            return set()
        connection = sqlite3.connect(self.folder / database)
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        connection.close()
        return names

    def index(self):
        self.run(self.godwit_program, "index", self.files, code=0)

    def both_ways_by_a_manifest(self):
        self.index()
        url = self.url("files/")
        expect("3 pending" in self.godwit(url, "a.db", "status"), "status")
        expect("3 items" in self.godwit(url, "a.db", "plan"), "plan")
        expect("3 applied, 0 pending" in self.godwit(url, "a.db", "up"), "up")
        expect("nothing to do" in self.godwit(url, "a.db", "up"), "up again")
        self.godwit(url, "a.db", "validate")
        expect(self.tables("a.db") >= {"users", "orders", "items"}, "no tables")
        self.godwit(url, "a.db", "down", "2")
        expect(self.godwit(url, "a.db", "version").strip() == "1", "not at 1")
        expect("items" not in self.tables("a.db"), "down left a table")

    def the_other_command_line(self):
        self.index()
        url = self.url("files")
        text = self.migrate(url, "b.db", "up")
        expect(re.match(r"1/u users \(.*\)\n2/u orders \(.*\)\n3/u items ", text), text)
        expect(self.migrate(url, "b.db", "version") == "3\n", "not at 3")
        self.migrate(url, "b.db", "down", "1")
        # and the native one goes on from there
        expect("1 applied, 0 pending" in self.godwit(url, "b.db", "up"), "up after migrate")

    def an_archive(self):
        with tarfile.open(self.folder / "files.tar.gz", "w:gz") as archive:
            for file in self.files.glob("*.sql"):
                archive.add(file, f"shop-1.0/db/{file.name}")
        (self.files / "m.tar.gz").write_bytes((self.folder / "files.tar.gz").read_bytes())
        expect("3 applied" in self.godwit(self.url("files/m.tar.gz"), "c.db", "up"), "up")
        expect("3 applied" in self.godwit(self.url("files/m.tar.gz?x-dir=shop-1.0/db"), "d.db", "up"), "up with x-dir")
        (self.files / "m.tar.gz").write_bytes((self.folder / "files.tar.gz").read_bytes()[:-20])
        text = self.godwit(self.url("files/m.tar.gz"), "e.db", "up", code=2)
        expect("m.tar.gz: the archive cannot be unpacked" in text and not self.tables("e.db"), text)
        (self.files / "m.tar.gz").unlink()

    def an_edited_file_is_found(self):
        self.index()
        self.godwit(self.url("files/"), "f.db", "up")
        file = self.files / "2_orders.up.sql"
        before = file.read_text()
        file.write_text(before.replace("INTEGER", "NUMERIC"))
        text = self.godwit(self.url("files/"), "f.db", "validate", code=2)
        expect("2_orders.up.sql" in text and "godwit index" in text, text)  # the manifest is older than the file
        self.index()
        text = self.godwit(self.url("files/"), "f.db", "validate", code=5)
        expect("checksum-changed" in text, text)
        file.write_text(before)
        self.index()

    def nothing_runs_of_what_is_not_whole(self):
        for path, words in (("cut/", "1_a."), ("short/", "announced"), ("wrong-hash/", "SHA-256 differs"),
                            ("wrong-size/", "were listed"), ("changing/", "changed while they were read"),
                            ("changing-page/", "changed while they were read"), ("vanished/", "is not there"),
                            ("broken-file/", "500 Internal Server Error"), ("no-length/", "how long it is"),
                            ("cut-listing/", "cannot read")):
            name = path.strip("/")
            text = self.godwit(self.url(path + "?x-timeout=1s"), f"{name}.db", "up", code=2)
            expect(words in text, f"{path}: {text}")
            expect(not self.tables(f"{name}.db"), f"{path}: {self.tables(name + '.db')}")
        for path, words in (("cut/", "1_a."), ("wrong-hash/", "SHA-256 differs"), ("vanished/", "is not there")):
            text = self.migrate(self.url(path + "?x-timeout=1s"), "none.db", "up", code=1)
            expect(words in text, f"migrate {path}: {text}")
            expect(self.tables("none.db") <= {"schema_migrations"}, f"migrate {path}: {self.tables('none.db')}")

    def trouble_that_passes(self):
        for path in ("flaky/", "reset/", "busy/", "cut-once/"):
            text = self.godwit(self.url(path), f"good-{path.strip('/')}.db", "up")
            expect("1 applied, 0 pending" in text, f"{path}: {text}")

    def credentials_are_sent_and_not_shown(self):
        right, wrong = f"anna:{SECRET}@", f"anna:{WRONG}@"
        expect("1 applied" in self.godwit(self.url("private/", right), "g.db", "-vv", "up"), "up")
        self.godwit(self.url("private/"), "h.db", "up", environment={"GODWIT_HTTP_TOKEN": SECRET})
        self.godwit(self.url("private/?x-bearer-env=MY_TOKEN"), "i.db", "up", environment={"MY_TOKEN": SECRET})
        for words in (("config",), ("-vv", "status"), ("--json", "status"), ("--json=lines", "up")):
            self.godwit(self.url("private/", right), "g.db", *words)
        for words in (("up",), ("--json", "up"), ("-vv", "validate")):
            text = self.godwit(self.url("private/", wrong), "j.db", *words, code=2)
            expect("401 Unauthorized" in text, text)
        self.godwit(self.url("private/"), "j.db", "up", code=2, environment={"GODWIT_HTTP_TOKEN": WRONG})
        self.godwit(self.url(f"private/?x-header=Authorization:Bearer%20{SECRET}"), "k.db", "-vv", "up")
        for query in (f"x-header=X-Api-Key:{WRONG}", f"sig={WRONG}", f"x-headr=X-Api-Key:{WRONG}", f"x-header={WRONG}",
                      f"X-Amz-Signature={WRONG}"):
            self.godwit(self.url("private/?" + query), "j.db", "-vv", "up", code=2)
        text = self.migrate(self.url("private/", wrong), "j.db", "up", code=1)
        expect("401 Unauthorized" in text, text)
        for proxy in (f"http://u:{WRONG}@ho st:1", f"http://u:{WRONG}@127.0.0.1:1"):
            self.godwit("http://host.invalid/?x-timeout=1s", "j.db", "up", code=2, environment={"http_proxy": proxy})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    arguments = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="godwit-http-") as folder:
        lines = Lines(pathlib.Path(arguments.godwit).resolve(), pathlib.Path(folder))
        try:
            for check in (lines.both_ways_by_a_manifest, lines.the_other_command_line, lines.an_archive,
                          lines.an_edited_file_is_found, lines.nothing_runs_of_what_is_not_whole,
                          lines.trouble_that_passes, lines.credentials_are_sent_and_not_shown):
                name = check.__name__.replace("_", " ")
                try:
                    check()
                    passed += 1
                    print(f"ok      {name}")
                except (Failed, OSError, sqlite3.Error, subprocess.TimeoutExpired) as error:
                    failed += 1
                    print(f"FAILED  {name}: {error}")
        finally:
            lines.close()
    print(f"http command lines: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
