"""Runs the console blocks of Markdown files and compares what they print with what they show.

A block fenced as ```console holds `$ command` lines, each followed by the output it must give (stdout and stderr as a
terminal would show them, in order). Blocks of one file run in order in one fresh folder with godwit on PATH.
Differences that mean nothing are evened out: durations, times, run ids, versions made from the clock. A line `…`
stands for any number of lines. Blocks fenced as ```console skip=REASON are not run; the reason is printed.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```console(?:[ \t]+skip=([^\n]*))?\n(.*?)^```$", re.M | re.S)
EVEN = [
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s)\b"), "D"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"), "TIME"),
    (re.compile(r"\b20\d{12}(?=_)"), "STAMP"),
    (re.compile(r'"(duration_ms|total_ms)": ?[\d.]+'), r'"\1": D'),
    (re.compile(r"[ \t]+"), " "),
]


def even(text):
    for pattern, replacement in EVEN:
        text = pattern.sub(replacement, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")] if text.strip() else []


def matches(shown, printed):
    """`…` lines match any number of lines."""
    if not shown:
        return not printed
    if shown[0].strip() == "…":
        return any(matches(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and matches(shown[1:], printed[1:])


def steps(block):
    """(command, output shown) pairs; a command goes on over lines that end in a backslash."""
    command, shown = None, []
    for line in block.split("\n"):
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(shown)
            command, shown = line[2:], []
        elif command is not None and command.endswith("\\"):
            command = command[:-1] + line.strip()
        else:
            shown.append(line)
    if command is not None:
        yield command, "\n".join(shown)


def run_file(path, godwit):
    good = bad = 0
    environment = {**os.environ, "PATH": f"{godwit.parent}:{os.environ['PATH']}", "NO_COLOR": "1", "TERM": "dumb",
                   "HOME": "/nonexistent"}
    for name in ("GODWIT_DATABASE", "DATABASE_URL", "GODWIT_SOURCE"):
        environment.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="godwit-docs-") as folder:
        shell = "set -o pipefail; cd " + folder
        for skip, block in FENCE.findall(path.read_text(encoding="utf-8")):
            if skip:
                print(f"{path}: SKIPPED: {skip}")
                continue
            for command, shown in steps(block):
                done = subprocess.run(["bash", "-c", shell + "\n" + command], text=True, env=environment, timeout=120,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                printed = done.stdout.replace(folder, "/shop")
                if matches(even(shown), even(printed)):
                    good += 1
                else:
                    bad += 1
                    print(f"{path}: $ {command}\n--- shown\n{shown}\n--- printed\n{printed}")
    return good, bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    godwit = pathlib.Path(arguments.godwit).resolve()
    files = []
    for name in map(pathlib.Path, arguments.paths):
        files += sorted(name.rglob("*.md")) if name.is_dir() else [name]
    totals = [run_file(path, godwit) for path in files]
    good, bad = sum(t[0] for t in totals), sum(t[1] for t in totals)
    print(f"docs: {good} passed, {bad} failed")
    return 1 if bad or not good else 0


if __name__ == "__main__":
    sys.exit(main())
