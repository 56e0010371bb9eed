"""A plugin that throws or crashes while it is loaded or opened ends the process: no database has been reached by then.

It cannot be caught honestly: code of a plugin is code of this process. What can be promised is the order: plugins are
loaded and opened before a connection is made.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--modules", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    godwit = pathlib.Path(arguments.godwit).resolve()
    failed = 0
    variants = ("throws_on_load", "crashes_on_open")
    for variant in variants:
        with tempfile.TemporaryDirectory(prefix="godwit-plugin-") as name:
            file = pathlib.Path(name) / "godwit-source-shelf.so"
            shutil.copy(arguments.modules / f"{variant}.so", file)
            file.chmod(0o755)
            done = subprocess.run([godwit, "up", "-d", "sqlite:app.db", "-s", "shelf:x", "--plugin", str(file)],
                                  cwd=name, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
            left = sorted(path.name for path in pathlib.Path(name).iterdir())
            if done.returncode == 0 or left != [file.name]:
                failed += 1
                print(f"FAILED: {variant}: ended with {done.returncode}, left {left}\n{done.stderr.decode()}")
    print(f"{len(variants) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
