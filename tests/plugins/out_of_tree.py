"""Installs a finished build into a prefix of its own, builds the example plugins against it from copies of their
sources, runs their contract suites, installs them too, moves the prefix, and runs the moved godwit with them.

usage: out_of_tree.py --build DIR [--cmake CMAKE] [--cxx COMPILER] [--flags FLAGS]
Prints one line per check, then `out of tree: N passed, N failed`.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "plugins" / "example"


class Failed(Exception):
    pass


def run(*command, env=None, cwd=None, code=0):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=env, cwd=cwd)
    if done.returncode != code:
        raise Failed(f"{' '.join(map(str, command))}\nexit code {done.returncode}, expected {code}\n"
                     f"{done.stdout}{done.stderr}")
    return done.stdout


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Package:
    """The installed godwit, and what a person does with it."""

    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.prefix = folder / "first" / "prefix"
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("GODWIT_") and key not in ("DATABASE_URL", "LD_LIBRARY_PATH")}
        self.environment["HOME"] = str(folder)

    def godwit(self, *arguments, code=0, **extra):
        env = self.environment | extra
        return run(self.prefix / "bin" / "godwit", *arguments, env=env, cwd=self.folder, code=code)

    def install(self):
        run(self.arguments.cmake, "--install", self.arguments.build, "--prefix", self.prefix)
        expect(list(self.prefix.rglob("godwitConfig.cmake")), "godwitConfig.cmake is not installed")
        for header in ("plugin.hpp", "plugin_registry.hpp", "contract/driver_contract.hpp"):
            expect((self.prefix / "include/godwit" / header).exists(), f"godwit/{header} is not installed")

    def build_example(self, name):
        source, build = self.folder / f"{name}-source", self.folder / f"{name}-build"
        shutil.copytree(EXAMPLES / name, source)
        cmake = self.arguments.cmake
        options = [f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Debug",
                   f"-DCMAKE_CXX_FLAGS={self.arguments.flags}"]
        if self.arguments.cxx:
            options.append(f"-DCMAKE_CXX_COMPILER={self.arguments.cxx}")
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        run(cmake, "-G", "Ninja", "-S", source, "-B", build, *options)
        run(cmake, "--build", build)
        print(run(next(build.glob("*_contract")), env=self.environment, cwd=self.folder).rstrip())
        run(cmake, "--install", build, "--prefix", self.prefix)

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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--cxx", default="")
    parser.add_argument("--flags", default="")
    arguments = parser.parse_args()
    os.umask(0o022)
    failed, passed = 0, 0
    with tempfile.TemporaryDirectory(prefix="godwit-out-of-tree-") as folder:
        package = Package(arguments, pathlib.Path(folder).resolve())
        checks = [("install", package.install),
                  ("source example", lambda: package.build_example("list")),
                  ("driver example", lambda: package.build_example("driver")),
                  ("move", package.move),
                  ("list of plugins", package.list_plugins),
                  ("migrate from a list", package.migrate_from_list),
                  ("migrate a notebook", package.migrate_notebook),
                  ("other ways to a plugin", package.other_ways)]
        for name, check in checks:
            try:
                check()
                passed += 1
                print(f"ok      {name}")
            except (Failed, OSError, ValueError, KeyError, StopIteration) as error:
                failed += 1
                print(f"FAILED  {name}: {error}")
                if name in ("install", "move"):
                    break
    print(f"out of tree: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
