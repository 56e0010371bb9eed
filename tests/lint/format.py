"""clang-format check of every C++ file: prints the files that differ. `--fix` rewrites them."""
import shutil
import subprocess
import sys

from changed import ROOT, all_files


def main():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        print("format: clang-format is not installed\nformat: 0 passed, 1 failed")
        return 1
    files = all_files((".hpp", ".cpp"))
    if "--fix" in sys.argv:
        subprocess.run([tool, "-i", *files], cwd=ROOT, check=True)
    bad = []
    for name in files:
        done = subprocess.run([tool, "--dry-run", "--Werror", name], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            bad.append(name)
    for name in bad:
        print(f"format: {name} is not formatted (python3 tests/lint/format.py --fix)")
    print(f"format: {len(files) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
