"""Cuts godwit off at random moments, then runs the same plain command once more, and compares what is there with what
a run that nobody disturbed leaves.

A round: a fresh database, `up` (now and then from the top `down --all`), cut off one to three times in a row at a
moment uniform over the run; then the command again, which must end with 0 and leave exactly what an undisturbed run
leaves: no statement twice, none missing, the ledger right. The servers are the campaign's own. Rounds go on until there
were --runs cuts of each kind that hit a running process. The seed is printed: --seed and --kind repeat the decisions,
the moment itself lies with the machine.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import content
import faults
import scripts
import servers
from content import Failure, databases

LIMIT = 300  # seconds for one process
# done, failed, lock not had, no connection, interrupted; or the signal itself, which may come before godwit listens
ENDS = (0, 1, 6, 7, 130, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM)
VERDICTS = ("ended", "stuck", "wrong")


class Verdict(Exception):
    """How a round ended that did not end by itself."""

    def __init__(self, verdict, text):
        super().__init__(text)
        self.verdict = verdict


class Campaign:
    """One kind of database, with the migrations in its dialect and a server."""

    def __init__(self, kind, godwit, folder, base):
        self.kind, self.godwit, self.folder = kind, godwit, folder
        self.base = base
        self.migrations = folder / "migrations"
        self.migrations.mkdir()
        self.statements = scripts.write(kind, self.migrations)
        self.expected = {}
        self.span = {}

    @contextlib.contextmanager
    def database(self, server):
        """SQLite's files lie on the disk that gets full."""
        place = server.disks["disk"].folder if self.kind == "sqlite" else self.folder
        with tempfile.TemporaryDirectory(dir=place) as name:
            database = content.KINDS[self.kind](server.address(), name)
            try:
                yield database
            finally:
                database.drop()

    def start(self, url, verb):
        words = [verb, "--all", "--yes"] if verb == "down" else [verb]
        return subprocess.Popen([self.godwit, *words, "-d", url, "-p", str(self.migrations)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                env=faults.environment(), cwd=self.folder, start_new_session=True)

    def finish(self, process):
        try:
            text, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Verdict("stuck", f"still running after {LIMIT} s\n{process.communicate()[0]}") from None
        if "AddressSanitizer" in text or "runtime error:" in text:
            raise Verdict("wrong", text)
        return process.returncode, text

    def must(self, database, verb):
        """The plain command, by which everything has to be in order."""
        code, text = self.finish(self.start(database.url, verb))
        if code != 0:
            raise Verdict("stuck", f"{verb} ended with {code}\n{text}")
        return text

    def learn(self, server):
        """What an unbroken run leaves, and how long it takes."""
        with self.database(server) as database:
            for verb in ("up", "down"):
                begin = time.monotonic()
                self.must(database, verb)
                self.span[verb] = time.monotonic() - begin
                self.expected[verb] = database.content()

    def attempt(self, database, verb, fault, name, after):
        """One run with one fault; whether the fault met a running process."""
        process = self.start(fault.url(name, database.url), verb)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        hit = process.poll() is None
        try:
            if hit:
                fault.strike(name, process, database)
            code, text = self.finish(process)
        finally:
            fault.repair(name)
        if code not in ENDS:
            raise Verdict("stuck", f"{name} after {after:.3f} s: ended with {code}\n{text}")
        return hit, f"{name} after {after:.3f} s: {code}\n{text}"

    def round(self, fault, server, seed, kills):
        """Counts its cuts in `kills`; the verdict and what was done."""
        chance = random.Random(seed)
        verb = chance.choice(["up", "up", "up", "down"])
        told = [f"{self.kind} --seed {seed}: {verb}"]
        try:
            with self.database(server) as database:
                if verb == "down":
                    self.must(database, "up")
                left = self.span[verb]
                for _ in range(chance.choice([1, 1, 2, 3])):
                    name, after = chance.choice(fault.names), chance.uniform(0, left)
                    left = max(left - after, self.span[verb] / 5)  # what is done is not done again
                    told.append(f"next: {name} after {after:.3f} s")
                    hit, text = self.attempt(database, verb, fault, name, after)
                    kills[name] += hit
                    told.append(text)
                told.append(self.must(database, verb))
                self.compare(database, verb)
        except Verdict as verdict:
            return verdict.verdict, "\n  ".join([*told, str(verdict)])
        return "ended", told[0]

    def compare(self, database, verb):
        found = database.content()
        if found != self.expected[verb]:
            raise Verdict("wrong", f"the database differs from an unbroken {verb}:\n" + self.difference(found, verb))
        done = self.ask(database, "status")
        states = {row["state"] for row in done["migrations"]}
        if done["dirty"] or states != {"applied" if verb == "up" else "pending"}:
            raise Verdict("wrong", f"status: {json.dumps(done, indent=1)}")
        self.compare_history(database, verb)

    def difference(self, found, verb):
        missing = collections.Counter(self.expected[verb].splitlines())
        missing.subtract(found.splitlines())
        return "\n".join(f"{'-' if count > 0 else '+'}{abs(count)} {line}" for line, count in missing.items() if count)

    def compare_history(self, database, verb):
        """Each migration is done exactly once, with all of its statements."""
        rows = self.ask(database, "history")["rows"]
        ends = {"up": ["applied"], "down": ["applied", "rolled-back"]}[verb]
        for version, count in enumerate(self.statements, 1):
            own = [row for row in reversed(rows) if row["version"] == str(version) and row["kind"] == "migration"]
            states = [row["state"] for row in own if row["state"] in ("applied", "rolled-back")]
            applied = [row["statements_done"] for row in own if row["state"] == "applied"]
            if states != ends or applied != [count]:
                raise Verdict("wrong", f"history of {version}: {json.dumps(own, indent=1)}")

    def ask(self, database, verb):
        done = databases.run([self.godwit, verb, "--json", "-d", database.url, "-p", str(self.migrations)],
                             env=faults.environment(), cwd=self.folder)
        if done.returncode != 0:
            raise Verdict("stuck", f"{verb} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)


class Tally:
    """What came out of one kind."""

    def __init__(self, kind):
        self.kind, self.kills, self.verdicts = kind, collections.Counter(), collections.Counter()
        self.reports, self.lock = [], threading.Lock()

    def add(self, kills, verdict, report):
        with self.lock:
            self.kills += kills
            self.verdicts[verdict] += 1
            if verdict != "ended":
                self.reports.append(f"{verdict}: {report}")

    @property
    def failed(self):
        return self.verdicts["stuck"] + self.verdicts["wrong"] > 0 or not self.kills


def work(campaign, tally, arguments, numbers):
    """One server's rounds, until there were enough cuts in all."""
    with contextlib.ExitStack() as stack:
        server = servers.start(campaign.kind, campaign.base / f"server-{next(numbers)}", stack)
        fault = faults.Faults(campaign.kind, server)
        stack.callback(fault.close)
        with tally.lock:
            if not campaign.span:
                if fault.missing:
                    print(f"chaos: {campaign.kind}: SKIPPED: {', '.join(fault.missing)}: no right to mount a file system",
                          flush=True)
                campaign.learn(server)
        while tally.kills.total() < arguments.runs and time.monotonic() < arguments.end:
            kills = collections.Counter()
            verdict, report = campaign.round(fault, server, arguments.seed + next(numbers), kills)
            tally.add(kills, verdict, report)


def campaign_of(kind, godwit, arguments, base):
    """The tally of one kind; None where it cannot be had."""
    folder = base / kind
    folder.mkdir(mode=0o755)
    tally, numbers = Tally(kind), iter(range(10**9))
    try:
        campaign = Campaign(kind, godwit, folder, folder)
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for done in [pool.submit(work, campaign, tally, arguments, numbers) for _ in range(arguments.jobs)]:
                done.result()
    except servers.Missing as missing:
        print(f"chaos: {kind}: SKIPPED: {missing}", flush=True)
        return None
    return tally


def table(tallies):
    lines = ["database     databases   kills   ended by itself   stuck   wrong"]
    for tally in tallies:
        ended, stuck, wrong = (tally.verdicts[name] for name in VERDICTS)
        lines.append(f"{tally.kind:<12} {tally.verdicts.total():>9} {tally.kills.total():>7} {ended:>17} {stuck:>7} "
                     f"{wrong:>7}")
    for tally in tallies:
        lines.append(f"{tally.kind}: " + ", ".join(f"{name} {count}" for name, count in sorted(tally.kills.items())))
    return "\n".join(lines)


def show_reports(tallies, folder):
    """The first of each verdict here, all of them in a file."""
    for tally in tallies:
        for verdict in VERDICTS:
            reports = [report for report in tally.reports if report.startswith(verdict)]
            if reports:
                print(f"chaos: {reports[0]}\n", flush=True)
        if folder and tally.reports:
            (folder / f"{tally.kind}.txt").write_text("\n\n".join(tally.reports))


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--runs", type=int, default=50, help="at least so many cuts of each kind (50)")
    parser.add_argument("--minutes", type=float, default=10**6, help="no new rounds after so long, cuts enough or not")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--kind", action="append", choices=sorted(scripts.KINDS), help="default: all but mysql")
    parser.add_argument("--mysql", action="store_true", help="a real MySQL as well")
    parser.add_argument("--jobs", type=int, default=1, help="servers of each kind at a time (1)")
    parser.add_argument("--reports", type=pathlib.Path, help="folder for what was done in every round that failed")
    return parser.parse_args()


def main():
    arguments = options()
    arguments.end = time.monotonic() + arguments.minutes * 60
    for word in (signal.SIGINT, signal.SIGTERM):
        signal.signal(word, lambda *_: setattr(arguments, "end", 0))  # the round that runs is the last
    godwit = str(pathlib.Path(arguments.godwit).resolve())
    kinds = arguments.kind or ["sqlite", "postgresql", "mariadb"]
    if arguments.mysql and "mysql" not in kinds:
        kinds.append("mysql")
    print(f"chaos: seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="godwit-chaos-") as name:
        os.chmod(name, 0o755)
        with concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
            all_of_them = list(pool.map(lambda kind: campaign_of(kind, godwit, arguments, pathlib.Path(name)), kinds))
    tallies = [tally for tally in all_of_them if tally]
    if arguments.reports:
        arguments.reports.mkdir(parents=True, exist_ok=True)
    show_reports(tallies, arguments.reports)
    print(table(tallies))
    if arguments.end == 0:
        print("chaos: interrupted")
        return 130
    failed = any(tally.failed for tally in tallies) or (len(tallies) < len(kinds) and databases.required())
    print(f"chaos: seed {arguments.seed}: {'FAILED' if failed else 'passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
