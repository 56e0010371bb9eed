"""What the parts of run.py work with: a folder of migrations, godwit processes, sessions that hold something."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
import databases  # noqa: E402

LIMIT = 120
HIDDEN = ("GODWIT_", "DATABASE_URL", "PG", "MYSQL_")


class Failed(Exception):
    pass


class Skip(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


def until(condition, what, limit=LIMIT):
    """Polls: the value of the condition as soon as it is true."""
    end = time.monotonic() + limit
    while not (found := condition()):
        expect(time.monotonic() < end, f"never: {what}")
        time.sleep(0.02)
    return found


class Process:
    """A running godwit (or migrate). Both streams are read all the time."""

    def __init__(self, words, folder, environment):
        self.words, self.begin = [str(word) for word in words], time.monotonic()
        self.text, self.lock = {"stdout": "", "stderr": ""}, threading.Lock()
        self.process = subprocess.Popen(self.words, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                        bufsize=1)
        self.readers = [threading.Thread(target=self.read, args=(name,), daemon=True) for name in self.text]
        for reader in self.readers:
            reader.start()

    def read(self, name):
        for line in getattr(self.process, name):
            with self.lock:
                self.text[name] += line

    def output(self):
        with self.lock:
            return self.text["stdout"] + self.text["stderr"]

    def wait_for(self, text):
        until(lambda: text in self.output() or self.process.poll() is not None, text)
        expect(text in self.output(), f"{self.words} ended without {text!r}:\n{self.output()}")

    def signal(self, name):
        self.process.send_signal(getattr(signal, "SIG" + name))

    def join(self, code=None):
        """Seconds that it took. With a code: it must have ended with it."""
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed(f"{self.words} never ended:\n{self.output()}") from None
        took = time.monotonic() - self.begin
        for reader in self.readers:
            reader.join(LIMIT)
        expect(code is None or self.process.returncode == code,
               f"{self.words}\nexit code {self.process.returncode}, expected {code}\n{self.output()}")
        return took


class Session:
    """A session of the server's own client that keeps what it was told to take, until it is closed."""

    def __init__(self, case):
        self.case = case
        if case.kind == "sqlite":
            self.connection = sqlite3.connect(case.database.file, isolation_level=None, check_same_thread=False)
            return
        words = (["psql", "-XqAt", case.database.url] if case.kind == "postgresql"
                 else [*case.database.client, "--unbuffered", "--skip-reconnect", case.database.name])
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)

    def do(self, sql):
        """Runs it and waits until it has run. Gives the last line of what it printed before."""
        if self.case.kind == "sqlite":
            return self.connection.execute(sql).fetchone()
        self.process.stdin.write(sql + ";\nSELECT 'done-with-it';\n")
        self.process.stdin.flush()
        last = ""
        for line in self.process.stdout:
            if "done-with-it" in line:
                return last
            last = line.strip()
        raise Failed(f"the session ended at: {sql}")

    def number(self):
        if self.case.kind == "sqlite":
            return str(os.getpid())
        return self.do("SELECT pg_backend_pid()" if self.case.kind == "postgresql" else "SELECT CONNECTION_ID()")

    def close(self):
        if self.case.kind == "sqlite":
            self.connection.close()
            return
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Case:
    """A fresh database and a folder of migrations."""

    def __init__(self, kind, bench, folder):
        self.kind, self.bench, self.folder = kind, bench, folder
        folder.mkdir(parents=True)
        self.database = databases.open_database(kind, bench.bases[kind], folder)
        self.files = folder / "migrations"
        self.files.mkdir()
        self.started = []
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(HIDDEN)}
        self.environment.update(HOME=str(folder), NO_COLOR="1", ASAN_OPTIONS="detect_leaks=0",
                                GODWIT_DATABASE=self.url())

    def url(self):
        return self.database.url

    def write(self, **files):
        """1_name='SQL' makes 1_name.up.sql."""
        for name, sql in files.items():
            (self.files / f"{name.lstrip('v')}.up.sql").write_text(sql)

    def start(self, *words, program=None, **environment):
        process = Process([program or self.bench.godwit, *words], self.folder, {**self.environment, **environment})
        self.started.append(process)
        return process

    def run(self, *words, code=0, **environment):
        process = self.start(*words, **environment)
        process.took = process.join(code)
        return process

    def json(self, *words, code=0, **environment):
        return json.loads(self.run(*words, "--json", code=code, **environment).text["stdout"])

    def sql(self, text):
        done = self.database.sql(text)
        expect(done.returncode == 0, f"{text}: {done.stderr}")
        return done.stdout.strip()

    def version(self):
        return self.sql("SELECT version FROM schema_migrations WHERE NOT dirty")

    def sleeping(self, seconds):
        """A statement that takes this long."""
        if self.kind == "postgresql":
            return f"SELECT pg_sleep({seconds});\n"
        if self.kind == "sqlite":
            rows = int(seconds * 500_000)
            return f"CREATE TABLE slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT sum(i) AS s FROM n;\n"
        # MySQL takes a SLEEP() that was killed for one that has slept: the rows behind it show that it was
        forty = "(" + " UNION ALL ".join(f"SELECT {n} AS x" for n in range(40)) + ")"
        return f"CREATE TABLE slow AS SELECT SLEEP(0.05) AS s FROM {forty} a, {forty} b LIMIT {int(seconds / 0.05)};\n"

    def running(self, needle):
        """Sessions on the server that run a statement with this text."""
        if self.kind == "postgresql":
            return self.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' "
                            f"AND pid <> pg_backend_pid() AND query LIKE '%{needle}%'") != "0"
        if self.kind == "sqlite":
            return False
        return self.sql("SELECT count(*) FROM information_schema.processlist WHERE db = database() AND id <> CONNECTION_ID() "
                        f"AND info LIKE '%{needle}%'") != "0"

    def close(self):
        for process in self.started:
            if process.process.poll() is None:
                process.process.kill()
                process.process.wait()
        if self.kind in ("mariadb", "mysql"):  # whose sessions work to their end, also for nobody
            for number in self.database.sql("SELECT id FROM information_schema.processlist WHERE db = database() "
                                            "AND id <> CONNECTION_ID()").stdout.split():
                self.database.sql(f"KILL {number}")
        self.database.drop()


class Bench:
    def __init__(self, godwit, reference):
        self.godwit, self.reference = godwit, reference
        self.bases = {kind: base for kind in databases.KINDS
                      if (base := databases.available(kind, str(godwit))) is not None}
        if databases.required():
            missing = set(databases.KINDS) - set(self.bases) - {"mysql"}
            expect(not missing, f"GODWIT_REQUIRE_DB=1, and missing: {', '.join(sorted(missing))}")
