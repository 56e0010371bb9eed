"""Runs the scripts of tests/cli/scripts: each in a folder of its own, with real processes, several at once.

A script is lines of commands, then embedded files, each begun by a line `-- name --`.

  database postgresql|mariadb   first line: needs this server; $DB is the URL of a fresh database, dropped afterwards
  exec godwit ARG…              runs it; it must end with 0. `! exec` = it must not
  tty 'ANSWER' godwit ARG…      the same at a terminal, where ANSWER and a line end are typed at its first question
  start godwit ARG…             begins it; then: await 're' (on either stream), kill INT|TERM, join
  exit N                        the last one ended with N
  stdout 're'   stderr 're'     the stream matches; `!` before it = it does not
  empty stdout|stderr           nothing was written to it
  cmp FILE|stdout|stderr FILE   equal content
  exists PATH…                  `!` before it = none of them is there
  json SCHEMA 'PYTHON'          the last stdout fits the schema, and the expression over its document `d` is true
  valid FILE SCHEMA             the file fits docs/schema/SCHEMA.json
  sqlite FILE 'SQL'             rows of a database file become the last stdout, columns joined by |
  env NAME=VALUE   unset NAME   write FILE 'TEXT'   append FILE 'TEXT'   rm PATH…   mkdir PATH…   mv A B   chmod MODE PATH
  unprivileged                  root's later runs are nobody's: file permissions mean something
  cd DIR                        working folder of what follows, from the script's own folder

$NAME and ${NAME} are replaced by the environment's values, $WORK is the script's folder. Every stdout of a run with
--json is validated against docs/schema, and no output at all may hold a password, nor may any table of a database
that a script leaves behind. A run of all scripts fails as well where a schema or a command of `godwit help --json` was
never met (coverage.py).
"""
import argparse
import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import coverage
import schema

HERE = pathlib.Path(__file__).resolve().parent
SERVERS = {"postgresql": "GODWIT_TEST_POSTGRESQL_URL", "mariadb": "GODWIT_TEST_MARIADB_URL"}
PASSWORD = "Zugvogel-4711"  # the one that scripts use; never in any output
NOBODY = 65534
LIMIT = 120  # seconds that one process may take
HIDDEN = re.compile(r"^(GODWIT_(?!TEST_).*|DATABASE_URL|PG.*|MYSQL_.*|NO_COLOR|CLICOLOR.*|XDG_.*)$")
COUNTER = itertools.count()


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def split_archive(text):
    """The commands, and the embedded files by name."""
    parts = re.split(r"^-- (.+) --\n", text, flags=re.M)
    return parts[0].splitlines(), dict(zip(parts[1::2], parts[2::2]))


def server_passwords():
    found = {PASSWORD}
    for variable in SERVERS.values():
        match = re.search(r"//[^/@]*?:([^@]+)@", os.environ.get(variable, ""))
        if match and len(match[1]) > 2:
            found |= {match[1], urllib.parse.unquote(match[1])}
    return found


def dump(url):
    """Everything in the database as text; "" where the script has dropped it, or no program for it is installed."""
    if url.startswith("postgres"):
        words = [os.path.join(os.environ.get("GODWIT_TEST_POSTGRESQL_BIN", ""), "pg_dump"), "--inserts", url]
    else:
        user, password, host, port, name = re.match(r"\w+://([^:]*):(.*)@tcp\((.*):(\d+)\)/([^?]*)", url).groups()
        words = ["mariadb-dump", "--no-defaults", "-h", host, "-P", port, "-u", user,
                 f"-p{urllib.parse.unquote(password)}", name]
    try:
        done = subprocess.run(words, capture_output=True, timeout=LIMIT)
    except FileNotFoundError:
        if os.environ.get("GODWIT_REQUIRE_DB") == "1":
            raise Failure(f"{words[0]} is not installed") from None
        return ""
    told = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0 and "does not exist" not in told and "Unknown database" not in told:
        raise Failure(f"{words[0]}: {told}")
    return done.stdout.decode("utf-8", "replace")


def database_url(server, name):
    base = os.environ[SERVERS[server]]
    if server == "postgresql":
        return re.sub(r"(//[^/]*/)[^?]*", lambda m: m[1] + name, base)
    return re.sub(r"\)/[^?]*", f")/{name}", base)


class Run:
    """What the last process left."""

    def __init__(self, code=0, stdout="", stderr=""):
        self.code, self.stdout, self.stderr = code, stdout, stderr


class Background:
    """A process that goes on while the script does; its streams are read all the time."""

    def __init__(self, words, folder, environment):
        self.words = words
        self.process = subprocess.Popen(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.seen = {"stdout": b"", "stderr": b""}
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=self._read, args=(name,), daemon=True) for name in self.seen]
        for reader in self.readers:
            reader.start()

    def _read(self, name):
        stream = getattr(self.process, name)
        while data := os.read(stream.fileno(), 65536):
            with self.changed:
                self.seen[name] += data
                self.changed.notify_all()

    def text(self, name):
        return self.seen[name].decode("utf-8", "replace")

    def wait_for(self, pattern):
        with self.changed:
            if not self.changed.wait_for(lambda: any(re.search(pattern, self.text(n), re.M) for n in self.seen), LIMIT):
                raise Failure(f"never saw {pattern!r}\n{self.text('stdout')}{self.text('stderr')}")

    def join(self):
        code = self.process.wait(LIMIT)
        for reader in self.readers:
            reader.join(LIMIT)
        return Run(code, self.text("stdout"), self.text("stderr"))


class Script:
    def __init__(self, path, godwit, folder, secrets):
        self.path, self.godwit, self.folder, self.secrets = path, godwit, folder, secrets
        self.cwd = folder
        self.last = Run()
        self.words = []
        self.background = None
        self.user = None
        self.database = None
        self.environment = {k: v for k, v in os.environ.items() if not HIDDEN.match(k)}
        self.environment.update(WORK=str(folder), HOME=str(folder / "home"), TERM="xterm", PASSWORD=PASSWORD,
                                LC_ALL="C.UTF-8", GODWIT=str(godwit))
        (folder / "home").mkdir()

    def run(self):
        lines, files = split_archive(self.path.read_text(encoding="utf-8"))
        for name, content in files.items():
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        try:
            for number, line in enumerate(lines, 1):
                if line.strip() and not line.startswith("#"):
                    self.step(number, line.strip())
            self.look_into_databases()
        finally:
            self.clean_up()

    def clean_up(self):
        if self.background and self.background.process.poll() is None:
            self.background.process.kill()
            self.background.process.wait()
        if self.database:
            self.process([self.godwit, "drop-db", "--yes", "-d", self.database])

    def step(self, number, line):
        negated = line.startswith("! ")
        line = line[2:] if negated else line
        try:
            words = [self.expand(word) for word in shlex.split(line)]
            getattr(self, "do_" + words[0])(words[1:], negated)
        except Failure as failure:
            raise Failure(f"{self.path.name}:{number}: {line}\n{failure}") from None

    def expand(self, word):
        return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: self.environment.get(m[1] or m[2], m[0]), word)

    def process(self, words):
        done = subprocess.run(words, cwd=self.cwd, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT, user=self.user)
        return Run(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def program(self, words):
        return [str(self.godwit), *words[1:]] if words[0] == "godwit" else words

    def keeps_secrets(self, text, where):
        if any(secret in text for secret in self.secrets):
            raise Failure(f"{self.path.name}: a password is in {where}")

    def look_into_databases(self):
        """Ledger and tables, whole: no password has found its way in."""
        for path in self.folder.rglob("*"):
            if path.is_file() and os.access(path, os.R_OK):
                content = path.read_bytes()
                if content.startswith(b"SQLite format 3") or path.name.endswith(("-wal", "-journal")):
                    self.keeps_secrets(content.decode("latin-1"), path.name)
        if self.database:
            self.keeps_secrets(dump(self.database), "a table")

    def finished(self, run, words, negated):
        self.last, self.words = run, words
        self.keeps_secrets(run.stdout + run.stderr, f"the output of {' '.join(words)}")
        if "AddressSanitizer" in run.stderr or "runtime error:" in run.stderr:
            raise Failure(f"a sanitizer spoke:\n{run.stderr}")
        if (run.code == 0) == negated:
            raise Failure(f"ended with {run.code}\n{run.stdout}{run.stderr}")
        if {"--json", "--json=lines"} & set(words):
            for problem in schema.check_output(words, run.stdout):
                raise Failure(f"{problem}\n{run.stdout}{run.stderr}")

    def do_database(self, words, _):
        if not os.environ.get(SERVERS[words[0]]):
            raise Skip(f"{SERVERS[words[0]]} is not set")
        self.database = database_url(words[0], f"godwit_cli_{os.getpid()}_{next(COUNTER)}")
        self.environment["DB"] = self.database
        made = self.process([str(self.godwit), "create-db", "-d", self.database])
        if made.code != 0:
            raise Failure(made.stderr)

    def do_exec(self, words, negated):
        self.finished(self.process(self.program(words)), words, negated)

    def do_tty(self, words, negated):
        self.finished(self.at_terminal(self.program(words[1:]), words[0]), words[1:], negated)

    def at_terminal(self, words, answer):
        master, slave = pty.openpty()
        process = subprocess.Popen(words, cwd=self.cwd, env=self.environment, stdin=slave, stdout=subprocess.PIPE,
                                   stderr=slave, start_new_session=True)
        os.close(slave)
        seen, answered = b"", False
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            ready, _, _ = select.select([master], [], [], 0.05)
            try:
                seen += os.read(master, 65536) if ready else b""
            except OSError:  # the terminal's other end is closed: the process has ended
                break
            if not answered and re.search(rb"\[y/N\]|type its name", seen):
                os.write(master, answer.encode() + b"\n")
                answered = True
        if time.monotonic() >= end:
            process.kill()
        code = process.wait(LIMIT)
        os.close(master)
        return Run(code, process.stdout.read().decode("utf-8", "replace"), seen.decode("utf-8", "replace"))

    def do_start(self, words, _):
        self.background = Background(self.program(words), self.cwd, self.environment)
        self.words = words

    def do_await(self, words, _):
        self.background.wait_for(words[0])

    def do_kill(self, words, _):
        self.background.process.send_signal(getattr(signal, "SIG" + words[0]))

    def do_join(self, _, negated):
        self.finished(self.background.join(), self.background.words, negated)

    def do_exit(self, words, _):
        if self.last.code != int(words[0]):
            raise Failure(f"ended with {self.last.code}\n{self.last.stdout}{self.last.stderr}")

    def match(self, name, pattern, negated):
        text = getattr(self.last, name)
        if (re.search(pattern, text, re.M) is None) != negated:
            raise Failure(f"{name} is\n{text}")

    def do_stdout(self, words, negated):
        self.match("stdout", words[0], negated)

    def do_stderr(self, words, negated):
        self.match("stderr", words[0], negated)

    def do_empty(self, words, _):
        if getattr(self.last, words[0]):
            raise Failure(f"{words[0]} is\n{getattr(self.last, words[0])}")

    def content(self, name):
        return getattr(self.last, name) if name in ("stdout", "stderr") else (self.cwd / name).read_text("utf-8")

    def do_cmp(self, words, _):
        one, other = map(self.content, words)
        if one != other:
            raise Failure(f"{words[0]} is\n{one}\n{words[1]} is\n{other}")

    def do_exists(self, words, negated):
        for word in words:
            if (self.cwd / word).exists() == negated:
                raise Failure(f"{word} is {'' if negated else 'not '}there")

    def do_json(self, words, _):
        text = self.last.stdout
        documents = [json.loads(line) for line in text.splitlines()] if "--json=lines" in self.words else [json.loads(text)]
        for problem in schema.check_document(words[0], {k: v for k, v in documents[-1].items() if k != "event"}):
            raise Failure(problem)
        if not eval(words[1], {"d": documents[-1], "events": documents}):  # scripts are part of this repository
            raise Failure(f"stdout is\n{text}")

    def do_valid(self, words, _):
        for problem in schema.problems(json.loads(self.content(words[0])), schema.load(words[1])):
            raise Failure(problem)

    def do_sqlite(self, words, _):
        with contextlib.closing(sqlite3.connect(self.cwd / words[0])) as database:
            rows = database.execute(words[1]).fetchall()
            database.commit()
        self.last = Run(0, "".join("|".join("" if c is None else str(c) for c in row) + "\n" for row in rows), "")

    def do_env(self, words, _):
        name, value = words[0].split("=", 1)
        self.environment[name] = value

    def do_unset(self, words, _):
        self.environment.pop(words[0], None)

    def do_write(self, words, _):
        name, content = (word.encode().decode("unicode_escape") for word in words)
        (self.cwd / name).write_bytes(content.encode("latin-1"))

    def do_append(self, words, _):
        with open(self.cwd / words[0], "a", encoding="utf-8") as stream:
            stream.write(words[1] + "\n")

    def do_rm(self, words, _):
        for word in words:
            path = self.cwd / word
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def do_mkdir(self, words, _):
        for word in words:
            (self.cwd / word).mkdir(parents=True)

    def do_mv(self, words, _):
        (self.cwd / words[0]).rename(self.cwd / words[1])

    def do_chmod(self, words, _):
        (self.cwd / words[1]).chmod(int(words[0], 8))

    def do_cd(self, words, _):
        self.cwd = self.folder / words[0]

    def do_unprivileged(self, _, __):
        if os.geteuid() != 0:
            return
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        self.user = NOBODY
        if subprocess.run([str(self.godwit), "--version"], cwd="/", capture_output=True, user=NOBODY).returncode != 0:
            raise Skip("the program lies where only root may run it")


def run_one(path, godwit, secrets):
    """(outcome, text): "passed", "failed" or "skipped"."""
    with tempfile.TemporaryDirectory(prefix="godwit-cli-") as name:
        folder = pathlib.Path(name).resolve()
        try:
            Script(path, godwit, folder, secrets).run()
            return "passed", ""
        except Skip as skip:
            return ("failed" if os.environ.get("GODWIT_REQUIRE_DB") == "1" and "_URL" in str(skip) else "skipped"), str(skip)
        except Exception as failure:  # whatever went wrong is this script's failure, not the runner's end
            return "failed", f"{failure}" if isinstance(failure, Failure) else f"{path.name}: {failure!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*", help="only these scripts")
    arguments = parser.parse_args()
    paths = sorted((HERE / "scripts").glob("*.txtar"))
    if arguments.names:
        paths = [path for path in paths if path.stem in arguments.names]
    godwit = pathlib.Path(arguments.godwit).resolve()
    secrets = server_passwords()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(arguments.j) as pool:
        results = pool.map(lambda path: (path, run_one(path, godwit, secrets)), paths)
        for path, (outcome, text) in results:
            counts[outcome] += 1
            if outcome != "passed":
                print(f"{path.stem}: {'SKIPPED' if outcome == 'skipped' else 'FAILED'}: {text}")
    for problem in [] if arguments.names else coverage.problems(godwit):
        counts["failed"] += 1
        print(f"FAILED: {problem}")
    print(f"cli: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
