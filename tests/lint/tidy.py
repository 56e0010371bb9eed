"""clang-tidy over the changed .cpp files that the build folder given as argument compiles."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

from changed import ROOT, changed_files


def compiled(build):
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    return {str(pathlib.Path(c["file"]).resolve().relative_to(ROOT)) for c in commands
            if pathlib.Path(c["file"]).resolve().is_relative_to(ROOT)}


def check(tool, build, name):
    done = subprocess.run([tool, "-p", build, "--quiet", "--extra-arg=-Wno-unknown-warning-option", name], cwd=ROOT, capture_output=True, text=True)
    return name, done.returncode, done.stdout


def main():
    build = sys.argv[1]
    tool = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if not tool:
        print("tidy: clang-tidy is not installed\ntidy: 0 passed, 1 failed")
        return 1
    known = compiled(build)
    # Tests are checked by the compiler's warnings; Catch2's macros are no food for clang-tidy.
    files = [n for n in changed_files((".cpp",)) if n in known and not n.startswith("tests/")]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, code, text in pool.map(lambda n: check(tool, build, n), files):
            if code:
                bad += 1
                print(f"tidy: {name}\n{text}")
    print(f"tidy: {len(files) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
