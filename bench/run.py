"""godwit beside its peers: same machine, same servers, in turn.

    run.py --godwit PROGRAM --peers FOLDER [--runs N] [--rows NAME,…] [--json FILE] [--svg FILE]

Server URLs come from the environment (`./dev bench` starts servers with default durability). Every run has a fresh
database; the tools take turns (A B C A B C); a cell is the median of its runs with min–max, and the ratio to godwit.
Rows: small, away (servers behind a line of 0 to 20 ms), noop, start, eight, chain, large (which takes a quarter of an hour).
"""
import argparse
import json
import os
import pathlib
import sys

import report
import rows as works


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--peers", type=pathlib.Path, required=True)
    parser.add_argument("--probe", type=pathlib.Path, help="what libpq can do at best: bench/probe_postgresql.cpp")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", default=",".join(works.ALL))
    parser.add_argument("--kinds", default="postgresql,mariadb,sqlite")
    parser.add_argument("--delays", default="0,1,5,20", help="round trips to the server in ms (0,1,5,20)")
    parser.add_argument("--tools", help="only these, by name: godwit,goose,…")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a run is given up (600)")
    parser.add_argument("--corpora", type=pathlib.Path, help="folder with real migration chains")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    given = parser.parse_args()
    given.godwit, given.peers = str(pathlib.Path(given.godwit).resolve()), given.peers.resolve()
    if given.probe:
        given.probe = given.probe.resolve() if given.probe.exists() else None
    return given


def main():
    given = options()
    bases = {kind: works.databases.available(kind, given.godwit) for kind in given.kinds.split(",")}
    bench = works.Bench(given, {kind: base for kind, base in bases.items() if base is not None})
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n", file=sys.stderr)
    print(report.heading(), flush=True)
    done = []
    for name in given.rows.split(","):
        for row in works.ALL[name](bench):
            print(report.line(row), flush=True)
            for reason in row.left_out:
                print(f"bench: {row.work}: {reason}", file=sys.stderr)
            done.append(row)
            if given.json:
                given.json.write_text(json.dumps(report.document(done), indent=1) + "\n")
    if given.svg:
        given.svg.write_text(report.plot(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
