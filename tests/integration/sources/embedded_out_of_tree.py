"""Installs a finished build into a prefix of its own, builds a copy of examples/embedded against it, and runs it: the
program, and the same migrations as a plugin of the command line. Then changes, adds and removes a migration and builds
again.

usage: embedded_out_of_tree.py --build DIR [--cmake CMAKE] [--cxx COMPILER] [--flags FLAGS]
Prints one line per check, then `embedded out of tree: N passed, N failed`.
"""
import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

EXAMPLE = pathlib.Path(__file__).resolve().parents[3] / "examples" / "embedded"


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Example:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.prefix, self.source, self.build = folder / "prefix", folder / "source", folder / "build"
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("GODWIT_") and key not in ("DATABASE_URL", "LD_LIBRARY_PATH")}
        self.environment["HOME"] = str(folder)

    def run(self, *command, code=0):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=self.environment,
                              cwd=self.folder)
        expect(done.returncode == code, f"{' '.join(map(str, command))}\nexit code {done.returncode}, expected {code}\n"
                                        f"{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def install(self):
        self.run(self.arguments.cmake, "--install", self.arguments.build, "--prefix", self.prefix)

    def configure(self):
        shutil.copytree(EXAMPLE, self.source)
        options = [f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Debug",
                   f"-DCMAKE_CXX_FLAGS={self.arguments.flags}"]
        if self.arguments.cxx:
            options.append(f"-DCMAKE_CXX_COMPILER={self.arguments.cxx}")
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        self.run(self.arguments.cmake, "-G", "Ninja", "-S", self.source, "-B", self.build, *options)
        self.run(self.arguments.cmake, "--build", self.build)
        self.environment["GODWIT_PLUGIN_PATH"] = f"{next(self.prefix.glob('lib*/**/godwit/1'))}:{self.build}"

    def service(self, *arguments, code=0):
        return self.run(self.build / "notes_service", *arguments, code=code)

    def godwit(self, *arguments, code=0):
        return self.run(self.prefix / "bin" / "godwit", *arguments, code=code)

    def program(self):
        shutil.move(self.source / "migrations", self.folder / "away")
        expect("3 pending, at no version" in self.service("--pending", "a.db", code=3), "--pending does not say 3")
        expect("serving at version 3" in self.service("a.db"), "the service is not at version 3")
        expect("0 pending, at 3" in self.service("--pending", "a.db"), "--pending does not say 0")
        shutil.move(self.folder / "away", self.source / "migrations")

    def plugin(self):
        plugins = json.loads(self.godwit("plugins", "--json"))["plugins"]
        notes = [plugin for plugin in plugins if plugin["name"] == "notes"]
        expect(notes and notes[0]["schemes"] == ["embedded"] and not notes[0].get("refused"), f"no plugin: {plugins}")
        self.godwit("-s", "embedded://notes", "-d", "sqlite:b.db", "up")
        expect(self.godwit("-s", "embedded://notes", "-d", "sqlite:b.db", "version").strip() == "3", "not at 3")
        self.godwit("-s", "embedded://notes", "-d", "sqlite:b.db", "down", "--all")
        text = self.godwit("-s", "embedded://nodes", "-d", "sqlite:b.db", "up", code=2)
        expect("no migrations are embedded as 'nodes'" in text and "godwit-source-nodes.so" in text, text)

    def changed_files(self):
        migrations = self.source / "migrations"
        first = migrations / "1_notes.up.sql"
        first.write_text(first.read_text().replace("text    TEXT", "content TEXT"))
        for half in migrations.glob("3_*"):
            half.unlink()
        (migrations / "4_more.up.sql").write_text("CREATE TABLE more (id INTEGER);\n")
        self.run(self.arguments.cmake, "--build", self.build)
        self.service("c.db")
        self.godwit("-s", "embedded://notes", "-d", "sqlite:d.db", "up")
        for name in ("c.db", "d.db"):
            database = sqlite3.connect(self.folder / name)
            columns = [row[1] for row in database.execute("PRAGMA table_info(notes)")]
            expect("content" in columns, f"{name}: a changed file was not embedded anew: {columns}")
            versions = [row[0] for row in database.execute("SELECT version FROM schema_migrations_history ORDER BY 1")]
            expect([str(version) for version in versions] == ["1", "2", "4"], f"{name}: {versions}")
            database.close()

    def refusals(self):
        """What CMake says of a call that is wrong."""
        def configure(call):
            folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            (folder / "CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.20)\nproject(x LANGUAGES CXX)\nfind_package(godwit REQUIRED)\n"
                f"file(WRITE ${{CMAKE_BINARY_DIR}}/x.cpp \"\")\nadd_library(x ${{CMAKE_BINARY_DIR}}/x.cpp)\n{call}\n")
            return self.run(self.arguments.cmake, "-G", "Ninja", "-S", folder, "-B", folder / "b",
                            f"-DCMAKE_PREFIX_PATH={self.prefix}", code=1)
        for call, text in (("godwit_embed(TARGET y NAME a DIR .)", "TARGET 'y' is no target"),
                           ("godwit_embed(TARGET x NAME A DIR .)", "NAME 'A' must match"),
                           ("godwit_embed(TARGET x NAME new DIR .)", "NAME 'new' cannot be the name of a function"),
                           ("godwit_embed(TARGET x NAME a DIR nowhere)", "is no folder"),
                           ("godwit_embed(TARGET x NAME a)", "DIR is missing"),
                           ("godwit_embed_plugin(NAME http DIR .)", "godwit has a plugin 'http' already"),
                           ("godwit_embed_plugin(NAME a DIR . COLOUR red)", "unknown argument COLOUR")):
            expect(text in " ".join(configure(call).split()), f"{call} does not say: {text}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--cxx", default="")
    parser.add_argument("--flags", default="")
    arguments = parser.parse_args()
    os.umask(0o022)
    failed, passed = 0, 0
    with tempfile.TemporaryDirectory(prefix="godwit-embedded-") as folder:
        example = Example(arguments, pathlib.Path(folder).resolve())
        for check in (example.install, example.configure, example.program, example.plugin, example.changed_files,
                      example.refusals):
            name = check.__name__.replace("_", " ")
            try:
                check()
                passed += 1
                print(f"ok      {name}")
            except (Failed, OSError, ValueError, KeyError, StopIteration, sqlite3.Error) as error:
                failed += 1
                print(f"FAILED  {name}: {error}")
                if check in (example.install, example.configure):
                    break
    print(f"embedded out of tree: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
