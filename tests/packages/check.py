"""Checks the packages that `./dev package` made: lintian, what is in which, the same bytes when packed again; then, in a
fresh Debian 12: installed, used, upgraded, removed, purged, and the .tar.gz unpacked somewhere. Needs root.

usage: check.py BUILD     the build folder with the packages (build/package)
Prints one line per check, then `packages: N passed, N failed`.
"""
import hashlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

from chroot import Chroot, Failed, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERY = {"godwit", "godwit-driver-mysql", "godwit-driver-postgresql", "godwit-driver-sqlite", "godwit-migrate",
         "godwit-source-http", "libgodwit-core1", "libgodwit-dev"}
PLUGINS = {("driver", "mysql"), ("driver", "postgresql"), ("driver", "sqlite"), ("source", "embedded"),
           ("source", "filesystem"), ("source", "http")}
HOME = "/srv/app"


def expect(holds, what):
    if not holds:
        raise Failed(what)


def field(deb, name):
    return run("dpkg-deb", "-f", deb, name).strip()


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.iterdir() if path.name.endswith((".deb", ".tar.gz"))}


class Packages:
    """The files by themselves."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.debs = {field(path, "Package"): path for path in sorted(build.glob("*.deb"))}
        self.archive, = build.glob("godwit-*.tar.gz")

    def contents(self, name):
        lines = run("dpkg-deb", "-c", self.debs[name]).splitlines()
        return {line.split(maxsplit=5)[5].split(" -> ")[0] for line in lines if not line.startswith("d")}

    def lintian(self):
        run("lintian", "--allow-root", "--fail-on", "error", "--suppress-tags", "initial-upload-closes-no-bugs",
            *self.debs.values())

    def split(self):
        expect(set(self.debs) == EVERY, f"the packages are {sorted(self.debs)}")
        owner = {}
        for name in self.debs:
            for path in self.contents(name):
                expect(path not in owner, f"{path} is in {name} and in {owner.get(path)}")
                owner[path] = name
        by_end = {path.rsplit("/", 1)[1]: name for path, name in owner.items()}
        wanted = {f"godwit-{kind}-{name}.so": f"godwit-{kind}-{name}" for kind, name in PLUGINS}
        wanted |= {"godwit-source-filesystem.so": "godwit", "godwit-source-embedded.so": "godwit", "migrate": "godwit-migrate",
                   "libgodwit_core.so.1": "libgodwit-core1", "libgodwit_core.so": "libgodwit-dev",
                   "godwitConfig.cmake": "libgodwit-dev", "libgodwit_plugins.a": "libgodwit-dev"}
        for file, name in wanted.items():
            expect(by_end.get(file) == name, f"{file} is in {by_end.get(file)}, not in {name}")

    def dependencies(self):
        """Found by dpkg-shlibdeps: a driver needs its client library, and the program needs none."""
        for name, library in (("postgresql", "libpq5"), ("mysql", "libmariadb3"), ("sqlite", "libsqlite3-0")):
            expect(f"{library} " in field(self.debs[f"godwit-driver-{name}"], "Depends"), f"{name}: no {library}")
            expect(library not in field(self.debs["godwit"], "Depends"), f"godwit needs {library}")
            expect(f"godwit-driver-{name}" in field(self.debs["godwit"], "Recommends"), f"{name} is not recommended")

    def packed_again(self):
        again = self.folder / "again"
        run("cpack", "-B", again, cwd=self.build)
        first, second = digests(self.build), digests(again)
        expect(first == second, f"packed again, these differ: {sorted(set(first.items()) ^ set(second.items()))}")

    def development(self):
        """What libgodwit-dev and libgodwit-core hold is enough to build an example with its contract suite."""
        prefix, build = self.folder / "development", self.folder / "example"
        for name in ("libgodwit-dev", "libgodwit-core1"):
            run("dpkg-deb", "-x", self.debs[name], prefix)
        source = prefix / "usr/share/doc/libgodwit-dev/examples/source"
        run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}/usr")
        run("cmake", "--build", build)
        run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error")

    def repacked(self, version):
        """The same packages under a higher version."""
        folder = self.folder / version
        folder.mkdir()
        for name, deb in self.debs.items():
            tree = folder / "tree"
            run("dpkg-deb", "-R", deb, tree)
            control = tree / "DEBIAN/control"
            old = field(deb, "Version")
            control.write_text(control.read_text().replace(f"Version: {old}", f"Version: {version}")
                               .replace(f"(= {old})", f"(= {version})"))
            run("dpkg-deb", "--root-owner-group", "-b", tree, folder / f"{name}.deb")
            shutil.rmtree(tree)
        return sorted(folder.glob("*.deb"))


class Life:
    """Of an installation, from the first package to none."""

    def __init__(self, packages, folder):
        self.packages = packages
        self.chroot = Chroot(folder, packages.build / "chroot.tar")
        self.program = "godwit"
        home = self.chroot.root / HOME[1:]
        (home / "migrations").mkdir(parents=True)
        (home / "migrations/1_birds.up.sql").write_text("CREATE TABLE birds (name TEXT);\n")
        (home / "migrations/1_birds.down.sql").write_text("DROP TABLE birds;\n")
        os.chown(home, 65534, 65534)
        self.chroot.apt("update")
        self.before = self.chroot.files()

    def install(self, debs):
        inside = self.chroot.root / "debs"
        inside.mkdir(exist_ok=True)
        paths = [shutil.copy(deb, inside) for deb in debs]
        self.chroot.apt("install", "--no-install-recommends", *(f"/debs/{os.path.basename(path)}" for path in paths))
        shutil.rmtree(inside)

    def godwit(self, *arguments, code=0, program=None):
        return self.chroot.run(program or self.program, *arguments, code=code, user="nobody:nogroup", folder=HOME)

    def plugins(self):
        listed = json.loads(self.godwit("plugins", "--json"))["plugins"]
        return {(plugin["kind"], plugin["name"]): plugin for plugin in listed if not plugin.get("refused")}

    def without_driver(self):
        self.install([self.packages.debs["godwit"], self.packages.debs["libgodwit-core1"]])
        text = self.godwit("-d", "sqlite:app.db", "status", code=2)
        expect("godwit-driver-sqlite" in text and "install it" in text, f"no hint at the package:\n{text}")
        expect(set(self.plugins()) == {("source", "embedded"), ("source", "filesystem")}, f"{self.plugins()}")

    def sqlite(self):
        self.install([self.packages.debs["godwit-driver-sqlite"]])
        self.godwit("-d", "sqlite:app.db", "up")
        expect("nothing pending" in self.godwit("-d", "sqlite:app.db", "status"), "something is pending after up")
        self.godwit("-d", "sqlite:app.db", "down")
        expect("1 pending" in self.godwit("-d", "sqlite:app.db", "status"), "nothing is pending after down")
        self.godwit("-d", "postgres://127.0.0.1:1/app", "status", code=2)

    def everything(self):
        self.install(self.packages.debs.values())
        expect(set(self.plugins()) == PLUGINS, f"plugins are {sorted(self.plugins())}")
        # No server is here: that they cannot be reached is said by the client libraries.
        for url in ("postgres://u@127.0.0.1:1/app", "mysql://u@tcp(127.0.0.1:1)/app"):
            text = self.godwit("-d", url, "status", code=7)
            expect("127.0.0.1" in text, f"{url}: {text}")
        text = self.godwit("-d", "sqlite:app.db", "-s", "http://127.0.0.1:1/migrations/", "status", code=2)
        expect("127.0.0.1" in text and "no source plugin" not in text, text)

    def as_migrate(self):
        call = ("-path", "migrations", "-database", "sqlite3://migrate.db")
        text = self.godwit(*call, "up", program="migrate")
        expect(text.startswith("1/u birds ("), f"not what golang-migrate says: {text}")
        expect(self.godwit(*call, "version", program="migrate") == "1\n", "migrate: not at version 1")

    def upgrade(self):
        self.godwit("-d", "sqlite:app.db", "up")
        # Later than every version of today, whatever that is.
        version = "1:" + field(self.packages.debs["godwit"], "Version")
        self.install(self.packages.repacked(version))
        versions = set(self.chroot.run("dpkg-query", "-W", "-f", "${Version}\n", *sorted(EVERY)).split())
        expect(versions == {version}, f"versions after the upgrade: {versions}")
        expect(self.godwit("-d", "sqlite:app.db", "version") == "1\n", "not at version 1 after the upgrade")

    def remove(self):
        self.chroot.apt("remove", *sorted(EVERY))
        text = self.chroot.run("sh", "-c", "find / -xdev -name '*godwit*' ! -path '/var/*'; command -v migrate godwit", code=None)
        expect(text == "", f"left after remove:\n{text}")

    def archive(self):
        """With the libraries of Debian still there, and nothing of godwit's: the folder is all it needs, wherever it is."""
        place = self.chroot.root / "opt/some place"
        place.mkdir()
        run("tar", "-C", place, "--strip-components=1", "-xf", self.packages.archive)
        for name in ("opt/some place", "opt/another"):
            if not (self.chroot.root / name).exists():
                place.rename(self.chroot.root / name)
            self.program = f"/{name}/bin/godwit"
            plugins = self.plugins()
            expect(set(plugins) == PLUGINS, f"plugins are {sorted(plugins)}")
            expect(all(plugin["file"].startswith(f"/{name}/lib/") for plugin in plugins.values()), f"{plugins}")
            self.godwit("-d", "sqlite:archive.db", "redo" if name == "opt/another" else "up")
            text = self.godwit("-path", "migrations", "-database", "sqlite3://archive.db", "version",
                               program=f"/{name}/bin/migrate")
            expect(text == "1\n", f"migrate version: {text}")
        shutil.rmtree(self.chroot.root / "opt/another")

    def purge(self):
        self.chroot.run("dpkg", "--purge", *sorted(EVERY))
        self.chroot.apt("purge", "--auto-remove")
        known = self.chroot.run("dpkg-query", "-W", "-f", "${Package}\n").split()
        expect(not [name for name in known if "godwit" in name], "dpkg still knows packages of godwit")
        shutil.rmtree(self.chroot.root / HOME[1:])
        left = {path for path in self.chroot.files() - self.before if "godwit" in path or not path.startswith("etc/")}
        expect(not left, f"left after purge: {sorted(left)[:20]}")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("check.py: installing packages in a chroot needs root", file=sys.stderr)
        return 2
    os.umask(0o022)
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="godwit-packages-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        packages = Packages(pathlib.Path(sys.argv[1]).resolve(), folder)
        life = None

        def chroot():
            nonlocal life
            life = Life(packages, folder)

        checks = [("lintian", packages.lintian), ("what is in which", packages.split),
                  ("dependencies", packages.dependencies), ("packed again", packages.packed_again),
                  ("an example with libgodwit-dev", packages.development), ("a fresh Debian", chroot)]
        checks += [(step.replace("_", " "), lambda step=step: getattr(life, step)())
                   for step in ("without_driver", "sqlite", "everything", "as_migrate", "upgrade", "remove", "archive", "purge")]
        for title, check in checks:
            begin = time.monotonic()
            try:
                check()
                passed += 1
                print(f"ok      {title}  ({time.monotonic() - begin:.0f} s)", flush=True)
            except (Failed, OSError, ValueError, KeyError, AttributeError) as error:
                failed += 1
                print(f"FAILED  {title}: {error}", flush=True)
    print(f"packages: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
