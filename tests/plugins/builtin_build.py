"""Checks builds of godwit with all plugins linked in (GODWIT_BUILTIN=all): the one file works alone.

usage: builtin_build.py [BUILD] [--jobs N] [--static-only]
First without loading of plugins, as in the static image: BUILD, which is finished, or else one made here. Then with
it, in a build made here: an installed package with a static core still takes plugins of third parties.
Prints one line per check, then `builtin build: N passed, N failed`.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STOCK = {("driver", "postgresql"), ("driver", "mysql"), ("driver", "sqlite"),
         ("source", "filesystem"), ("source", "embedded"), ("source", "http")}


class Failed(Exception):
    pass


def run(*command, code=0, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != code:
        raise Failed(f"{' '.join(map(str, command))}\nexit code {done.returncode}, expected {code}\n"
                     f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def expect(holds, what):
    if not holds:
        raise Failed(what)


def configure(build, dynamic):
    run("cmake", "-S", ROOT, "--preset", "static", "-B", build,
        f"-DGODWIT_DYNAMIC_PLUGINS={'ON' if dynamic else 'OFF'}", "-DGODWIT_TESTS=OFF")


def clean_environment(folder):
    keep = {key: value for key, value in os.environ.items()
            if not key.startswith("GODWIT_") and key not in ("DATABASE_URL", "LD_LIBRARY_PATH")}
    return keep | {"HOME": str(folder)}


def check_alone(build, folder, dynamic):
    """The program works when nothing but the one file is there."""
    program = folder / "godwit"
    shutil.copy(build / "bin" / "godwit", program)
    expect(not list((build / "lib").rglob("godwit-*.so")), "modules were built beside the built-in plugins")
    expect("libgodwit_core" not in run("ldd", program), "the program needs libgodwit_core")
    options = {"cwd": folder, "env": clean_environment(folder)}
    document = json.loads(run(program, "plugins", "--json", **options))
    plugins = document["plugins"] if isinstance(document, dict) else document
    names = {(plugin["kind"], plugin["name"]) for plugin in plugins if plugin["file"] == "built-in"}
    expect(names == STOCK, f"built-in are {sorted(names)}")
    migrations = folder / "migrations"
    migrations.mkdir()
    (migrations / "1_birds.up.sql").write_text("CREATE TABLE birds (name TEXT);\n")
    (migrations / "1_birds.down.sql").write_text("DROP TABLE birds;\n")
    run(program, "-d", f"sqlite://{folder}/x.db", "up", **options)
    expect(run(program, "-d", f"sqlite://{folder}/x.db", "version", **options).strip() == "1", "version is not 1")
    run(program, "-d", f"sqlite://{folder}/x.db", "down", **options)
    message = subprocess.run([program, "-d", "nosuch://x", "status"], capture_output=True, text=True, **options)
    expect(message.returncode == 2 and "nosuch" in message.stderr, f"unknown scheme: {message}")
    if not dynamic:
        expect("built without loading of plugins" in message.stderr, f"unknown scheme: {message.stderr}")
        refused = subprocess.run([program, "--plugin", "/x/godwit-driver-x.so", "-d", "nosuch://x", "status"],
                                 capture_output=True, text=True, **options)
        expect(refused.returncode == 2 and "cannot load plugins" in refused.stderr, f"--plugin: {refused}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?")
    parser.add_argument("--jobs", default=str(os.cpu_count() or 2))
    parser.add_argument("--static-only", action="store_true")
    arguments = parser.parse_args()
    passed, failed = 0, 0
    (ROOT / "build").mkdir(exist_ok=True)
    # The build stands where the others do: the compiler cache knows its files by the way from there.
    with tempfile.TemporaryDirectory(prefix="godwit-builtin-") as temporary, \
            tempfile.TemporaryDirectory(prefix="builtin-", dir=ROOT / "build") as build:
        temporary, build = pathlib.Path(temporary), pathlib.Path(build)

        def made(dynamic):
            shutil.rmtree(build)
            configure(build, dynamic)
            run("cmake", "--build", build, "-j", arguments.jobs)
            return build

        def alone(name, dynamic):
            given = arguments.build and not dynamic
            folder = temporary / name
            folder.mkdir()
            check_alone(pathlib.Path(arguments.build).resolve() if given else made(dynamic), folder, dynamic)

        def out_of_tree():
            print(run(sys.executable, ROOT / "tests/plugins/out_of_tree.py", "--build", build).rstrip())

        checks = [("linked in, without loading", lambda: alone("static", False))]
        if not arguments.static_only:
            checks += [("linked in, with loading", lambda: alone("dynamic", True)),
                       ("a plugin of a third party beside it", out_of_tree)]
        for name, check in checks:
            try:
                check()
                passed += 1
                print(f"ok      {name}")
            except (Failed, OSError, ValueError, KeyError) as error:
                failed += 1
                print(f"FAILED  {name}: {error}")
    print(f"builtin build: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
