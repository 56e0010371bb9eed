#!/usr/bin/env python3
"""Runs the libFuzzer programs: tests/fuzz/run.py SECONDS BUILD [NAME…]

Each program first runs every input of tests/fuzz/corpus/<name> (and what earlier runs found, BUILD/corpus/<name>), then
new ones for SECONDS. Several run at once. An input that breaks something stays in BUILD/findings, and the line to run it
again is printed. SECONDS 0: only the kept inputs.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
GOLDENS = HERE.parent / "unit" / "goldens" / "script"
PREFIX = "godwit_fuzz_"
LONGEST = 4096  # bytes of one input: what breaks a reader is short
ONE_INPUT = 10  # seconds that one input may take


def seeds_of(name, build):
    """Folders of inputs; the first one is where new ones are kept."""
    found = build / "corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    folders = [found]
    if (HERE / "corpus" / name).is_dir():
        folders.append(HERE / "corpus" / name)
    if name.startswith("split_"):
        goldens = build / "corpus" / f"goldens_{name}"
        shutil.rmtree(goldens, ignore_errors=True)
        goldens.mkdir()
        for script in (GOLDENS / name.removeprefix("split_")).glob("*/input.sql"):
            shutil.copy(script, goldens / script.parent.name)
        folders.append(goldens)
    return folders


def dictionary_of(name):
    own = HERE / f"{name}.dict"
    shared = {"split_postgresql": "sql", "split_mysql": "sql", "split_sqlite": "sql", "directives": "sql",
              "postgresql_url": "url", "mysql_url": "url", "sqlite_url": "url"}
    return own if own.exists() else HERE / f"{shared[name]}.dict" if name in shared else None


def command(program, name, seconds, build):
    findings = build / "findings"
    findings.mkdir(exist_ok=True)
    words = [str(program), f"-timeout={ONE_INPUT}", "-rss_limit_mb=2048", f"-artifact_prefix={findings}/{name}-",
             "-print_final_stats=1", f"-max_len={LONGEST}"]
    words += ["-runs=0"] if seconds == 0 else [f"-max_total_time={seconds}"]
    if dictionary := dictionary_of(name):
        words.append(f"-dict={dictionary}")
    return words + [str(folder) for folder in seeds_of(name, build)]


def run(program, seconds, build):
    """(name, executions, text of what went wrong or "")"""
    name = program.name.removeprefix(PREFIX)
    try:
        done = subprocess.run(command(program, name, seconds, build), capture_output=True, timeout=seconds + 600)
    except subprocess.TimeoutExpired:
        return name, 0, f"{program} did not end"
    text = done.stderr.decode("utf-8", "replace")
    executions = re.search(r"number_of_executed_units:\s*(\d+)", text)
    return name, int(executions[1]) if executions else 0, text if done.returncode != 0 else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=int)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("-j", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    programs = sorted((arguments.build / "bin").glob(PREFIX + "*"))
    programs = [p for p in programs if not arguments.names or p.name.removeprefix(PREFIX) in arguments.names]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.j) as pool:
        for name, executions, trouble in pool.map(lambda p: run(p, arguments.seconds, arguments.build), programs):
            failed += 1 if trouble else 0
            print(f"{name:18} {executions:>10} inputs  {'FAILED' if trouble else 'no finding'}", flush=True)
            if trouble:
                print(trouble[-6000:])
    print(f"fuzz: {len(programs) - failed} passed, {failed} failed")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
