"""An installed godwit, and a person who builds against it: what the out-of-tree tests share."""
import argparse
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Installed:
    """A finished build, installed into a prefix in `folder`; nothing of this machine's settings reaches it."""

    def __init__(self, arguments, folder, prefix):
        self.arguments, self.folder, self.prefix = arguments, folder, prefix
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("GODWIT_") and key not in ("DATABASE_URL", "LD_LIBRARY_PATH")}
        self.environment["HOME"] = str(folder)

    def run(self, *command, code=0, **extra):
        """Both outputs of a command that must end with `code`; `extra` are variables of its environment."""
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=self.folder,
                              env=self.environment | extra)
        expect(done.returncode == code, f"{' '.join(map(str, command))}\nexit code {done.returncode}, expected {code}\n"
                                        f"{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def godwit(self, *arguments, code=0, **extra):
        return self.run(self.prefix / "bin" / "godwit", *arguments, code=code, **extra)

    def install(self):
        self.run(self.arguments.cmake, "--install", self.arguments.build, "--prefix", self.prefix)

    def build_against(self, source, build):
        options = [f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Debug",
                   f"-DCMAKE_CXX_FLAGS={self.arguments.flags}"]
        if self.arguments.cxx:
            options.append(f"-DCMAKE_CXX_COMPILER={self.arguments.cxx}")
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        self.run(self.arguments.cmake, "-G", "Ninja", "-S", source, "-B", build, *options)
        self.run(self.arguments.cmake, "--build", build)


def main(title, checks_of):
    """Runs the (name, check, whether the others need it) of checks_of(arguments, folder), one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--cxx", default="")
    parser.add_argument("--flags", default="")
    arguments = parser.parse_args()
    os.umask(0o022)
    failed, passed = 0, 0
    with tempfile.TemporaryDirectory(prefix="godwit-out-of-tree-") as folder:
        for name, check, needed in checks_of(arguments, pathlib.Path(folder).resolve()):
            try:
                check()
                passed += 1
                print(f"ok      {name}", flush=True)
            except (Failed, OSError, ValueError, KeyError, StopIteration, sqlite3.Error) as error:
                failed += 1
                print(f"FAILED  {name}: {error}", flush=True)
                if needed:
                    break
    print(f"{title}: {passed} passed, {failed} failed")
    return 1 if failed else 0
