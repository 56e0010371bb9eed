"""Installs a finished build into a prefix of its own, builds a copy of examples/embedded against it, and runs it: the
program, and the same migrations as a plugin of the command line. Then changes, adds and removes a migration and builds
again.

usage: embedded_out_of_tree.py --build DIR [--cmake CMAKE] [--cxx COMPILER] [--flags FLAGS]
Prints one line per check, then `embedded out of tree: N passed, N failed`.
"""
import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "embedded"
sys.path.insert(0, str(ROOT / "tests" / "plugins"))

import installed  # noqa: E402
from installed import expect  # noqa: E402


class Example(installed.Installed):
    def __init__(self, arguments, folder):
        super().__init__(arguments, folder, folder / "prefix")
        self.source, self.build = folder / "source", folder / "build"

    def configure(self):
        shutil.copytree(EXAMPLE, self.source)
        self.build_against(self.source, self.build)
        self.environment["GODWIT_PLUGIN_PATH"] = f"{next(self.prefix.glob('lib*/**/godwit/1'))}:{self.build}"

    def service(self, *arguments, code=0):
        return self.run(self.build / "notes_service", *arguments, code=code)

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


def checks(arguments, folder):
    example = Example(arguments, folder)
    needed = (example.install, example.configure)
    others = (example.program, example.plugin, example.changed_files, example.refusals)
    return [(check.__name__.replace("_", " "), check, check in needed) for check in needed + others]


if __name__ == "__main__":
    sys.exit(installed.main("embedded out of tree", checks))
