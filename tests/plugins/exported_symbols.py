"""Checks that a plugin module exports its descriptor and nothing else: two plugins may then bring the same library.

usage: exported_symbols.py MODULE…   Prints each violation, then `exported symbols: N passed, N failed`.
"""
import pathlib
import re
import subprocess
import sys


def exported(path):
    text = subprocess.run(["nm", "-D", "--defined-only", path], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines()}


def violations(path):
    name = re.fullmatch(r"godwit-(?:driver|source)-(.+)\.so", pathlib.Path(path).name).group(1).replace("-", "_")
    symbols = exported(path)
    own = {symbol for symbol in symbols if symbol.startswith("godwit_plugin_")}
    if "godwit_plugin" not in symbols:
        yield "does not export godwit_plugin"
    if len(own) != 1 or not any(symbol.startswith(f"godwit_plugin_{name}") for symbol in own):
        yield f"exports {sorted(own)} where godwit_plugin_{name} is expected"
    for symbol in sorted(symbols - own - {"godwit_plugin"}):
        yield f"exports {symbol}"


def main(paths):
    failed = 0
    for path in paths:
        found = list(violations(path))
        failed += bool(found)
        for line in found:
            print(f"{path}: {line}")
    print(f"exported symbols: {len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
