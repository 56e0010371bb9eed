"""What a person sees of a long run at a terminal, and what a log file gets; what other processes can see of godwit.

  bar       the line that changes: count, file, elapsed, what the server says, who blocks; gone at the end
  pipe      a line every ten seconds, in the log as in --json=lines (takes 11 s)
  secrets   /proc/PID/cmdline of godwit and of a !command without the password; memory and environment closed to other
            processes of the same user; no core file

Needs no server for `secrets`; the others skip databases that are not in the environment.
"""
import argparse
import ctypes
import json
import os
import pathlib
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
import fcntl
import termios

import schema

LIMIT = 60
PASSWORD = "Zugvogel-4711"
NOBODY = 65534
SERVERS = {"postgresql": "GODWIT_TEST_POSTGRESQL_URL", "mariadb": "GODWIT_TEST_MARIADB_URL",
           "mysql": "GODWIT_TEST_MYSQL_URL"}


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failure(text)


def wait_for(condition, text):
    end = time.monotonic() + LIMIT
    while not (value := condition()):
        check(time.monotonic() < end, text)
        time.sleep(0.02)
    return value


class Folder:
    def __init__(self, godwit, path):
        self.godwit, self.path = godwit, path
        self.environment = {k: v for k, v in os.environ.items() if not re.match("PG|GODWIT_|DATABASE_URL|MYSQL", k)}
        self.environment.update(HOME=str(path), TERM="xterm", LC_ALL="C.UTF-8")
        (path / "migrations").mkdir()

    def write(self, name, text):
        (self.path / name).write_text(text)

    def run(self, *words):
        done = subprocess.run([self.godwit, *words], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LIMIT)
        check(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}")

    def start(self, *words, **options):
        return subprocess.Popen([self.godwit, *words], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL,
                                **options)


class Database:
    """A fresh database on a server, and SQL in it from another session."""

    def __init__(self, kind, folder):
        if not os.environ.get(SERVERS[kind]):
            raise Skip(f"{SERVERS[kind]} is not set")
        self.kind, self.folder = kind, folder
        base, name = os.environ[SERVERS[kind]], f"godwit_terminal_{os.getpid()}"
        pattern, by = (r"(//[^/]*/)[^?]*", r"\g<1>" + name) if kind == "postgresql" else (r"\)/[^?]*", f")/{name}")
        self.url = re.sub(pattern, by, base)
        folder.run("create-db", "-d", self.url)

    def session(self, sql):
        """A client that runs the SQL and then keeps its session open."""
        if self.kind == "postgresql":
            words = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url]
        else:
            user, password, host, port, name = re.match(r"\w+://([^:]*):(.*)@tcp\((.*):(\d+)\)/([^?]*)", self.url).groups()
            words = ["mariadb", "--no-defaults", "-N", "--unbuffered", "-h", host, "-P", port, "-u", user, f"-p{password}", name]
        client = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        client.stdin.write(f"{sql}\nSELECT 'ready';\n")
        client.stdin.flush()
        check(client.stdout.readline().strip() == "ready", "the other session did not get there")
        return client

    def close(self):
        self.folder.run("drop-db", "--yes", "-d", self.url)


class Terminal:
    """godwit on a pty of 150 columns."""

    def __init__(self, folder, *words):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
        self.process = subprocess.Popen([folder.godwit, *words], cwd=folder.path, env=folder.environment, stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self.seen = b""

    def read(self):
        ready, _, _ = select.select([self.master], [], [], 0.05)
        try:
            data = os.read(self.master, 65536) if ready else b""
        except OSError:  # the other end is closed
            return False
        self.seen += data
        return bool(data) or self.process.poll() is None

    def text(self):
        return self.seen.decode("utf-8", "replace")

    def await_text(self, pattern):
        end = time.monotonic() + LIMIT
        while not re.search(pattern, self.text()):
            check(self.read() and time.monotonic() < end, f"never saw {pattern!r} in\n{self.text()!r}")

    def finish(self):
        while self.read():
            pass
        code = self.process.wait(LIMIT)
        os.close(self.master)
        return code

    def screen(self):
        """What stands there in the end: each line behind the last thing that took it back."""
        return [line.split("\r\x1b[K")[-1] for line in self.text().replace("\r\n", "\n").split("\n")]


def test_bar(folder, kind):
    database = Database(kind, folder)
    try:
        folder.write("migrations/1_first.up.sql", "CREATE TABLE busy (id INTEGER);\nINSERT INTO busy VALUES (1);\n")
        folder.write("migrations/2_blocked.up.sql", "ALTER TABLE busy ADD COLUMN late INTEGER;\n")
        folder.run("up", "1", "-d", database.url)
        holder = hold(database)
        terminal = Terminal(folder, "up", "-d", database.url)
        terminal.await_text(r"░ 0/1  2_blocked\.up\.sql  1 statement  \d s")
        holder_word = "pid" if kind == "postgresql" else "connection id"
        terminal.await_text(rf"blocked by {holder_word} \d+, user \w+")
        holder.stdin.close()
        holder.wait(LIMIT)
        check(terminal.finish() == 0, terminal.text())
        screen = terminal.screen()
        check(not any("░" in line or "█" in line for line in screen), f"the bar is left over in {screen}")
        check(any(re.search("✓.*blocked", line) for line in screen), f"no result in {screen}")
        for drawn in re.findall(r"(?:░|█)[^\r\n]*", terminal.text()):
            check(len(drawn) <= 150, f"wider than the terminal: {drawn!r}")
    finally:
        database.close()


def hold(database):
    if database.kind == "postgresql":
        return database.session("BEGIN; LOCK TABLE busy IN ACCESS EXCLUSIVE MODE;")
    return database.session("START TRANSACTION; UPDATE busy SET id = 2;")


def test_quiet_terminal(folder):
    """--no-progress: nothing that changes, even at a terminal."""
    folder.write("migrations/1_slow.up.sql", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) "
                 "SELECT count(*) FROM n;\n")
    terminal = Terminal(folder, "up", "--no-progress", "-d", "sqlite://app.db")
    check(terminal.finish() == 0, terminal.text())
    check("░" not in terminal.text() and "\x1b[K" not in terminal.text(), terminal.text())


def test_pipe(folder):
    database = Database("postgresql", folder)
    try:
        folder.write("migrations/1_slow.up.sql", "SELECT pg_sleep(11);\n")
        plain = folder.start("up", "-d", database.url, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, err = plain.communicate(timeout=LIMIT)
        check(plain.returncode == 0, out + err)
        lines = re.findall(r"^  … 1 of 1  1_slow\.up\.sql  1 statement, running for 1[01] s$", err, re.M)
        check(len(lines) == 1 and "\r" not in err + out and "\x1b" not in err + out, err)
        folder.write("migrations/2_slow.up.sql", "SELECT pg_sleep(11);\n")
        events = folder.start("up", "--json=lines", "-d", database.url, stdout=subprocess.PIPE, text=True)
        out = events.communicate(timeout=LIMIT)[0]
        for problem in schema.check_output(["godwit", "up", "--json=lines"], out):
            raise Failure(problem)
        beats = [event for event in map(json.loads, out.splitlines()) if event["event"] == "progress"]
        check(len(beats) == 1 and beats[0]["version"] == "2" and beats[0]["elapsed_ms"] >= 10000, out)
    finally:
        database.close()


def cmdline(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_process_title(folder):
    """godwit waits for a server that is not there; the words of its command line are read meanwhile."""
    url = f"postgres://app:{PASSWORD}@127.0.0.1:1/db"
    process = folder.start("wait", "-d", url, "--init-sql", f"SET app.key = '{PASSWORD}'", "--connect-retry", "30s",
                           stderr=subprocess.PIPE, text=True)
    try:
        check("waiting for" in process.stderr.readline(), "godwit did not begin to wait")
        words = cmdline(process.pid)
        check(PASSWORD not in words and "postgres://app:***@127.0.0.1:1/db" in words, words)
        check("--init-sql *** " in words, words)
    finally:
        process.kill()
        process.communicate()


def test_child_title(folder):
    """A !command's own words hold nothing that godwit knows and its author did not write there."""
    folder.write("godwit.yaml", "database: !command [sleep, '30']\n")
    folder.environment["DATABASE_URL"] = ""
    process = folder.start("config", "--placeholder", f"key={PASSWORD}", stderr=subprocess.DEVNULL)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    try:
        child = wait_for(lambda: children.read_text().split(), "no child was seen")[0]
        words = wait_for(lambda: re.search("sleep", cmdline(child)) and cmdline(child), "the program never ran")
        check(PASSWORD not in words + cmdline(process.pid), words)
    finally:
        os.kill(int(child), signal.SIGTERM)
        process.wait(LIMIT)


def as_nobody():
    if os.geteuid() == 0:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE, which setuid() has taken away


def test_closed(folder):
    """Another process of the same user reads neither environment nor memory, and a crash leaves no core file."""
    folder.path.chmod(0o777)
    folder.environment["GODWIT_DATABASE"] = f"postgres://app:{PASSWORD}@127.0.0.1:1/db"
    process = folder.start("wait", "--connect-retry", "30s", stderr=subprocess.PIPE, text=True, preexec_fn=as_nobody)
    try:
        first = process.stderr.readline()
        if "waiting for" not in first:
            raise Skip(f"nobody may not run the program: {first}")
        for name in ("environ", "mem"):
            reader = subprocess.run(["cat", f"/proc/{process.pid}/{name}"], capture_output=True, preexec_fn=as_nobody)
            check(reader.returncode != 0 and b"Permission denied" in reader.stderr, f"{name} could be read")
        process.send_signal(signal.SIGSEGV)
        process.wait(LIMIT)
    finally:
        process.kill()
        process.communicate()
    left = [path.name for path in folder.path.iterdir() if path.name.startswith("core")]
    check(not left, f"there are {left}")


TESTS = {
    "bar_postgresql": lambda folder: test_bar(folder, "postgresql"),
    "bar_mariadb": lambda folder: test_bar(folder, "mariadb"),
    "bar_mysql": lambda folder: test_bar(folder, "mysql"),
    "quiet_terminal": test_quiet_terminal,
    "process_title": test_process_title,
    "child_title": test_child_title,
    "closed": test_closed,
    "pipe": test_pipe,
}
SLOW = {"pipe"}


def run_one(godwit, name):
    with tempfile.TemporaryDirectory(prefix="godwit-terminal-") as path:
        TESTS[name](Folder(godwit, pathlib.Path(path)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--slow", action="store_true", help="only the slow ones; otherwise all others")
    parser.add_argument("names", nargs="*", choices=[*TESTS, []])
    arguments = parser.parse_args()
    godwit, failures = str(pathlib.Path(arguments.godwit).resolve()), 0
    for name in arguments.names or [name for name in TESTS if (name in SLOW) == arguments.slow]:
        begin = time.monotonic()
        try:
            run_one(godwit, name)
            print(f"terminal: {name}: passed in {time.monotonic() - begin:.1f} s", flush=True)
        except Skip as skip:
            failures += os.environ.get("GODWIT_REQUIRE_DB") == "1" and "_URL" in str(skip) and "MYSQL" not in str(skip)
            print(f"terminal: {name}: SKIPPED: {skip}", flush=True)
        except (Failure, subprocess.TimeoutExpired) as failure:
            failures += 1
            print(f"terminal: {name}: FAILED: {failure}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
