"""Adds up what the test programs of a ctest log counted and prints `tests: N passed, N failed`.

Understands Catch2's closing lines and the line `N passed, N failed[, N skipped]` of our own runners. A program
without any such line counts as one test, passed or failed as ctest saw it.
"""
import re
import sys

CATCH_ALL = re.compile(r"All tests passed \(.* in (\d+) test cases?\)")
CATCH_SOME = re.compile(r"^test cases:\s*(\d+)\s*\|(.*)$", re.M)
OWN = re.compile(r"^(?:[\w-]+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
SKIP = re.compile(r"^.*\bSKIPPED?\b:.*$", re.M)


def count(output, ok):
    match = CATCH_ALL.search(output)
    if match:
        return int(match[1]), 0
    match = CATCH_SOME.search(output)
    if match:
        failed = sum(int(n) for n in re.findall(r"(\d+) failed", match[2]))
        return int(match[1]) - failed, max(failed, 0 if ok else 1)
    own = OWN.findall(output)
    if own:
        failed = sum(int(m[1]) for m in own)
        return sum(int(m[0]) for m in own), max(failed, 0 if ok else 1)
    return (1, 0) if ok else (0, 1)


def main():
    log = open(sys.argv[1], encoding="utf-8", errors="replace").read()
    passed = failed = 0
    for block in re.split(r"^\d+/\d+ Testing: ", log, flags=re.M)[1:]:
        ok = re.search(r"^Test Passed\.", block, re.M) is not None
        name = block.split("\n", 1)[0]
        good, bad = count(block, ok)
        passed, failed = passed + good, failed + bad
        for line in SKIP.findall(block):
            print(f"{name}: {line.strip()}")
        if bad:
            print(f"{name}: {bad} failed")
    print(f"tests: {passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
