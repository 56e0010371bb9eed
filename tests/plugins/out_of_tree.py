"""Installs a finished build into a prefix of its own, builds the example plugins against it from copies of their
sources, runs their contract suites, installs them too, moves the prefix, and runs the moved godwit with them.

usage: out_of_tree.py --build DIR [--cmake CMAKE] [--cxx COMPILER] [--flags FLAGS]
Prints one line per check, then `out of tree: N passed, N failed`.
"""
import json
import pathlib
import shutil
import sys

import installed
from installed import expect

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


class Package(installed.Installed):
    """The installed godwit, and what a person does with it."""

    def install(self):
        super().install()
        expect(list(self.prefix.rglob("godwitConfig.cmake")), "godwitConfig.cmake is not installed")
        for header in ("plugin.hpp", "plugin_registry.hpp", "contract/driver_contract.hpp"):
            expect((self.prefix / "include/godwit" / header).exists(), f"godwit/{header} is not installed")

    def build_example(self, name):
        source, build = self.folder / f"{name}-source", self.folder / f"{name}-build"
        shutil.copytree(EXAMPLES / name, source)
        self.build_against(source, build)
        print(self.run(next(build.glob("*_contract"))).rstrip())
        self.run(self.arguments.cmake, "--install", build, "--prefix", self.prefix)

    def move(self):
        moved = self.folder / "second" / "place"
        moved.parent.mkdir()
        self.prefix.rename(moved)
        self.prefix = moved

    def modules(self):
        return {path.name: path for path in self.prefix.rglob("godwit-*.so")}

    def list_plugins(self):
        document = json.loads(self.godwit("plugins", "--json"))
        plugins = document["plugins"] if isinstance(document, dict) else document
        names = {(plugin["kind"], plugin["name"]) for plugin in plugins if not plugin.get("refused")}
        wanted = {("driver", name) for name in ("postgresql", "mysql", "sqlite", "notebook")}
        wanted |= {("source", name) for name in ("filesystem", "embedded", "http", "list")}
        expect(names >= wanted, f"godwit plugins does not list {sorted(wanted - names)}: {document}")
        for plugin in plugins:
            expect(plugin["file"] == "built-in" or plugin["file"].startswith(str(self.prefix)),
                   f"{plugin['name']} comes from {plugin['file']}")

    def migrate_from_list(self):
        bundle = self.folder / "shop.sql.txt"
        shutil.copy(EXAMPLES / "list" / "shop.sql.txt", bundle)
        database = f"sqlite://{self.folder}/shop.db"
        self.godwit("-s", "list://shop.sql.txt", "-d", database, "up")
        expect(self.godwit("-d", database, "-s", "list://shop.sql.txt", "version").strip() == "2",
               "the list example did not migrate to 2")
        bundle.write_text(bundle.read_text().replace("=== end\n", ""))
        self.godwit("-s", "list://shop.sql.txt", "-d", database, "up", code=2)

    def migrate_notebook(self):
        migrations = EXAMPLES / "driver" / "migrations"
        database = f"notebook://{self.folder}/notes.txt"
        self.godwit("-p", migrations, "-d", database, "up")
        text = (self.folder / "notes.txt").read_text()
        expect("note\tgodwit\t13000 km" in text and "12:30" in text, f"the notebook is not migrated:\n{text}")
        self.godwit("-p", migrations, "-d", database, "down", "2")
        expect("note\t" not in (self.folder / "notes.txt").read_text(), "the notebook is not rolled back")

    def other_ways(self):
        """A plugin outside of the prefix, named by file and by folder; refused where others may write."""
        outside = self.folder / "outside"
        outside.mkdir()
        module = outside / "godwit-source-list.so"
        shutil.move(self.modules()[module.name], module)
        database = f"sqlite://{self.folder}/other.db"
        shutil.copy(EXAMPLES / "list" / "shop.sql.txt", self.folder / "shop.sql.txt")
        up = ("-s", "list://shop.sql.txt", "-d", database, "up")
        self.godwit(*up, code=2)
        self.godwit("--plugin", module, *up)
        self.godwit(*up, GODWIT_PLUGIN_PATH=str(outside))
        outside.chmod(0o777)
        self.godwit(*up, GODWIT_PLUGIN_PATH=str(outside), code=2)


def checks(arguments, folder):
    package = Package(arguments, folder, folder / "first" / "prefix")
    return [("install", package.install, True),
            ("source example", lambda: package.build_example("list"), False),
            ("driver example", lambda: package.build_example("driver"), False),
            ("move", package.move, True),
            ("list of plugins", package.list_plugins, False),
            ("migrate from a list", package.migrate_from_list, False),
            ("migrate a notebook", package.migrate_notebook, False),
            ("other ways to a plugin", package.other_ways, False)]


if __name__ == "__main__":
    sys.exit(installed.main("out of tree", checks))
