"""Several processes on one database.

    run.py --godwit PROGRAM [--peers FOLDER] PART [--only REGEX]

A part is a module beside this file; its cases are the functions of its list CASES, each run for every kind of
database it names. golang-migrate is looked for in FOLDER/migrate. Prints a line per case, then
`locks PART: N passed, N failed`.
"""
import argparse
import importlib
import pathlib
import re
import sys
import tempfile
import time
import traceback

import bench


def run_case(function, kind, box, folder):
    case = bench.Case(kind, box, folder)
    try:
        function(case)
    finally:
        case.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True, type=pathlib.Path)
    parser.add_argument("--peers", type=pathlib.Path, default=pathlib.Path("/nonexistent"))
    parser.add_argument("--only", default="")
    parser.add_argument("part")
    arguments = parser.parse_args()
    reference = arguments.peers / "migrate"
    box = bench.Bench(arguments.godwit.resolve(), reference.resolve() if reference.exists() else None)
    passed = failed = 0
    for function, kinds in importlib.import_module(arguments.part).CASES:
        for kind in kinds:
            name = f"{function.__name__} {kind}"
            if kind not in box.bases or not re.search(arguments.only, name):
                continue
            begin = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    run_case(function, kind, box, pathlib.Path(folder) / "case")
                    passed += 1
                    print(f"ok {name} ({time.monotonic() - begin:.1f} s)", flush=True)
                except bench.Skip as reason:
                    print(f"SKIPPED: {name}: {reason}", flush=True)
                except bench.Failed as problem:
                    failed += 1
                    print(f"FAILED {name}: {problem}", flush=True)
                except Exception:  # a bug of the test fails it as well
                    failed += 1
                    print(f"FAILED {name}:\n{traceback.format_exc()}", flush=True)
    print(f"locks {arguments.part}: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
