"""PgBouncer in transaction mode: every transaction may be another session of the server."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

import databases
from bench import Skip, expect, until
from starts import check_native, check_once, write_migrations

COPIES = 8


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Pooler:
    """A pgbouncer in front of the test server, with few sessions for many clients."""

    def __init__(self, case, **settings):
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        if not os.path.exists(program):
            if databases.required():
                raise AssertionError("GODWIT_REQUIRE_DB=1, and there is no pgbouncer")
            raise Skip("pgbouncer is not installed (apt-get install pgbouncer)")
        self.case, self.port = case, free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="godwit-pooler"))
        server = urllib.parse.urlsplit(case.url())
        options = {"listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "", "auth_type": "any",
                   "pool_mode": "transaction", "default_pool_size": 3, "max_client_conn": 200, **settings}
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={server.hostname} port={server.port} user={server.username} "
            f"password={server.password}\n[pgbouncer]\n" + "".join(f"{k} = {v}\n" for k, v in options.items()))
        owner = []
        if os.geteuid() == 0:  # it refuses to be root
            owner = ["runuser", "-u", "postgres", "--"]
            for path in (self.folder, self.folder / "pgbouncer.ini"):
                shutil.chown(path, "postgres")
        self.log = open(self.folder / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen([*owner, program, self.folder / "pgbouncer.ini"], cwd="/",
                                        stdout=self.log, stderr=self.log)
        self.url = case.url().replace(f":{server.port}/", f":{self.port}/")
        until(lambda: self.query("SELECT 1").returncode == 0, "the pooler answers", 20)

    def query(self, text):
        return databases.run(["psql", "-XqAt", "-c", text, self.url])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


def commands(case):
    """The everyday commands, and nothing left in the sessions that others get next."""
    with Pooler(case) as pooler:
        through = {"GODWIT_DATABASE": pooler.url}
        case.write(v1_t="CREATE TABLE t (id int);\n", v2_set="SET search_path TO pg_temp, public;\nSET work_mem = '1MB';\nSELECT 1;\n",
                   v3_index="CREATE INDEX CONCURRENTLY i ON t (id);\n",
                   v4_plain="-- godwit: no-transaction\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n")
        (case.files / "4_plain.down.sql").write_text("DELETE FROM t;\n")
        case.run("up", "--statement-timeout", "20s", "--ddl-lock-timeout", "5s", **through)
        expect(case.sql("SELECT count(*) FROM t") == "2", "rows")
        expect(case.json("status", **through)["current"] == "4", "status")
        case.run("down", **through)
        expect(case.sql("SELECT count(*) FROM t") == "0", "rows behind down")
        case.run("up", **through)
        expect(len(case.json("history", **through)["rows"]) >= 6, "history")
        left = [pooler.query("SHOW " + name).stdout.strip() for name in ("statement_timeout", "lock_timeout", "search_path", "work_mem")]
        expect(left == ["0", "0", '"$user", public', "4MB"], f"left in the pool: {left}")
        expect(case.sql("SELECT count(*) FROM schema_lock") == "0", "the lock's row is left")


def settings(case):
    """What the URL and --init-sql set counts for the scripts, although it is gone with each transaction."""
    case.sql("CREATE SCHEMA app; CREATE SCHEMA other")
    for ignore, schema, words in (("", "app", ()), ("options", "app", ()), ("", "other", ("--init-sql", "SET search_path TO other"))):
        with Pooler(case, **({"ignore_startup_parameters": ignore} if ignore else {})) as pooler:
            url = pooler.url + ("" if words else "&search_path=app")
            case.write(v1_t="CREATE TABLE here (id int);\n",
                       v2_t="-- godwit: no-transaction\nCREATE TABLE there (id int);\n")
            case.run("up", *words, GODWIT_DATABASE=url)
            made = case.sql(f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}' AND tablename IN ('here', 'there')")
            expect(made == "2", f"{made} of 2 tables are in {schema} ({ignore or 'refused'})")
            expect(pooler.query("SHOW search_path").stdout.strip() == '"$user", public', "search_path is left in the pool")
            case.sql(f"DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}")


def eight(case):
    count = write_migrations(case)
    with Pooler(case) as pooler:
        check_native([case.start("up", "--lock-timeout", "60s", GODWIT_DATABASE=pooler.url) for _ in range(COPIES)], count)
    check_once(case, count)


def beside_direct_ones(case):
    """Some through the pooler with the row, some directly with advisory locks."""
    count = write_migrations(case)
    with Pooler(case) as pooler:
        urls = [pooler.url if n % 2 else case.url() for n in range(COPIES)]
        check_native([case.start("up", "--lock-timeout", "60s", GODWIT_DATABASE=url) for url in urls], count)
    check_once(case, count)


def behind_concurrently(case):
    case.write(v1_t="CREATE TABLE t (id int);\nINSERT INTO t SELECT generate_series(1, 100000);\n")
    for n in range(2, 5):
        case.write(**{f"v{n}_index": f"CREATE INDEX CONCURRENTLY i{n} ON t (id);\n"})
    with Pooler(case, default_pool_size=12) as pooler:
        check_native([case.start("up", "--lock-timeout", "60s", GODWIT_DATABASE=pooler.url) for _ in range(4)], 4)
    expect(case.sql("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid") == "3", "indexes")


def longer_than_the_lease(case):
    """Who works longer than the lease keeps the lock."""
    case.write(v1_slow="CREATE TABLE t (id int);\n" + case.sleeping(4), v2_plain="-- godwit: no-transaction\n" + case.sleeping(4))
    with Pooler(case) as pooler:
        url = {"GODWIT_DATABASE": pooler.url + "&x-lock-lease=1000"}
        first = case.start("up", "--json=lines", **url)
        first.wait_for('"run-started"')
        until(lambda: case.running("pg_sleep"), "the slow statement")
        second = case.start("up", "--lock-timeout", "3s", **url)
        second.join(6)
        expect("last heard of" in second.output(), second.output())
        third = case.start("up", "--lock-timeout", "60s", **url)
        first.join(0)
        third.join(0)
        expect("nothing to do" in third.output(), third.output())


def taken_over(case):
    """A dead owner's row is free when its lease ran out and its statement has ended, not before."""
    case.write(v1_marks="CREATE TABLE marks (n int);\nINSERT INTO marks VALUES (1);\n",
               v2_slow="INSERT INTO marks VALUES (2);\n" + case.sleeping(5))
    with Pooler(case) as pooler:
        url = {"GODWIT_DATABASE": pooler.url + "&x-lock-lease=1000"}
        first = case.start("up", **url)
        until(lambda: case.running("pg_sleep"), "the slow statement")
        first.signal("KILL")
        first.join(-9)
        shown = case.json("locks", **url)["sessions"]
        expect(any(s["role"] == "holder" for s in shown), f"no holder: {shown}")
        second = case.start("up", "--lock-timeout", "60s", **url)
        second.join(0)
        expect(case.sql("SELECT string_agg(n::text, ',' ORDER BY n) FROM marks") == "1,2", "marks")
        expect(case.sql("SELECT count(*) FROM schema_lock") == "0", "the row is left")


def signalled(case):
    """A signal gives the row back."""
    case.write(v1_slow=case.sleeping(60))
    with Pooler(case) as pooler:
        running = case.start("up", "--grace", "300ms", GODWIT_DATABASE=pooler.url)
        until(lambda: case.running("pg_sleep"), "the slow statement")
        running.signal("TERM")
        running.join(130)
        expect(case.sql("SELECT count(*) FROM schema_lock") == "0", "the row is left")
        until(lambda: not case.running("pg_sleep"), "the statement ends", 5)


def without_lock(case):
    case.write(v1_t="CREATE TABLE t (id int);\n")
    with Pooler(case) as pooler:
        case.run("up", GODWIT_DATABASE=pooler.url + "&x-lock-strategy=none")
        expect("schema_lock" not in case.database.tables(), "a lock table was made")


def golang_migrates_row(case):
    """Its rows have no lease: they are told of and never taken over."""
    url = {"GODWIT_DATABASE": case.url() + "&x-lock-strategy=table&x-lock-lease=1000"}
    case.write(v1_t="CREATE TABLE t (id int);\n")
    case.run("up", **url)
    case.write(v2_t="CREATE TABLE t2 (id int);\n")
    key = case.json("locks", **url)["lock"].split()[1]
    case.sql(f"INSERT INTO schema_lock (lock_id) VALUES ({key})")
    for database in (url, {}):  # who takes the advisory locks looks at the row as well
        process = case.run("up", "--lock-timeout", "1500ms", code=6, **database)
        expect("golang-migrate has written" in process.output(), process.output())
    case.sql("DELETE FROM schema_lock")
    case.run("up", **url)
    expect(case.version() == "2", case.version())


CASES = [(function, ("postgresql",)) for function in (
    commands, settings, eight, beside_direct_ones, behind_concurrently, longer_than_the_lease, taken_over, signalled,
    without_lock, golang_migrates_row)]
