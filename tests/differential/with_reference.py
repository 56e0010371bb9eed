"""Installs golang-migrate's program with the Go toolchain, if there is one, and runs run.py with it."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

MODULE = "github.com/golang-migrate/migrate/v4/cmd/migrate@v4.20.1"
HERE = pathlib.Path(__file__).resolve().parent


def install(folder):
    program = folder / "migrate"
    if program.exists():
        return program
    go = shutil.which("go")
    if not go:
        return None
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
    done = subprocess.run([go, "install", "-tags", "postgres pgx5 mysql sqlite3", MODULE], env=environment, cwd="/",
                          capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[-2000:])
        return None
    return program


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--peers", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    reference = install(arguments.peers)
    if reference is None:
        print("SKIPPED: differential: golang-migrate could not be installed (no Go toolchain?)\ndifferential: 0 passed, 0 failed")
        return 0
    return subprocess.run([sys.executable, str(HERE / "run.py"), "--godwit", arguments.godwit, "--reference", str(reference)]).returncode


if __name__ == "__main__":
    sys.exit(main())
