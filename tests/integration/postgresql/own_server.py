"""What only a PostgreSQL of our own can show: TLS and client certificates, scram, password files, a Unix socket; a
server that is stopped under a migration, that is in recovery, whose disk is full.

Makes a data folder and a server in it, and removes both. Needs initdb and pg_ctl (GODWIT_TEST_POSTGRESQL_BIN).
"""
import argparse
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PASSWORD = "Zugvogel-4711"  # never in any output
LIMIT = 60
FILES = {
    "1_first.up.sql": "CREATE TABLE first (id int);\n",
    "2_slow.up.sql": "CREATE TABLE begun (id int);\nSELECT pg_sleep(30) WHERE NOT EXISTS (SELECT FROM first);\n"
                     "CREATE TABLE ended (id int);\n",
}


class Skip(Exception):
    pass


class Failure(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failure(text)


def run(words, **options):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=LIMIT, **options)
    return done


def must(words, **options):
    done = run(words, **options)
    check(done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bin_folder():
    given = os.environ.get("GODWIT_TEST_POSTGRESQL_BIN")
    folders = [pathlib.Path(given)] if given else sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders or not (folders[-1] / "initdb").exists():
        raise Skip("no initdb in " + (given or "/usr/lib/postgresql; see GODWIT_TEST_POSTGRESQL_BIN"))
    return folders[-1]


class Server:
    """A server as an unprivileged user, with its socket in `folder`."""

    def __init__(self, folder, data=None, *options):
        self.bin, self.folder, self.data, self.port = bin_folder(), folder, data or folder / "data", free_port()
        self.owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        password = folder / "password"
        password.write_text(PASSWORD)
        self.give(folder, password)
        must([*self.owner, self.bin / "initdb", "-D", self.data, "-U", "owner", f"--pwfile={password}",
              "-A", "scram-sha-256", "-N", "-E", "UTF8", "--locale=C.UTF-8", *options], cwd="/")
        password.unlink()

    def give(self, *paths):
        for path in paths:
            if os.geteuid() == 0:
                shutil.chown(path, "postgres")

    def write(self, name, text, append=False):
        path = self.data / name
        with open(path, "a" if append else "w", encoding="utf-8") as stream:
            stream.write(text)
        path.chmod(0o600)
        self.give(path)

    def control(self, *words):
        must([*self.owner, self.bin / "pg_ctl", "-D", self.data, "-w", *words], cwd="/")

    def start(self, *settings):
        options = " ".join(f"-c {setting}" for setting in ("fsync=off", *settings))
        self.control("-l", self.folder / "log", "-o", f"-p {self.port} -k {self.folder} {options}", "start")

    def start_in_vain(self, setting):
        """Starts what takes no connections; waits for it to say so."""
        must([*self.owner, self.bin / "pg_ctl", "-D", self.data, "-W", "-l", self.folder / "log", "-o",
              f"-p {self.port} -k {self.folder} -c {setting}", "start"], cwd="/")
        end = time.monotonic() + LIMIT
        while "not accepting" not in run(["psql", "-XqAtc", "SELECT 1", self.url()]).stderr:
            check(time.monotonic() < end, "the server never refused a connection")
            time.sleep(0.05)

    def stop(self, mode="fast"):
        if (self.data / "postmaster.pid").exists():
            self.control("-m", mode, "stop")

    def url(self, database="postgres", query="sslmode=disable", user=f"owner:{PASSWORD}", host="127.0.0.1"):
        return f"postgres://{user}@{host}:{self.port}/{database}?{query}"

    def sql(self, text, database="postgres"):
        return must(["psql", "-XqAtc", text, self.url(database)])


class Case:
    """A folder with migrations, and godwit in it."""

    def __init__(self, godwit, server, folder):
        self.godwit, self.server, self.folder = godwit, server, folder
        (folder / "migrations").mkdir()
        self.environment = {k: v for k, v in os.environ.items() if not re.match("PG|GODWIT_(?!TEST)|DATABASE_URL", k)}
        self.environment["HOME"] = str(folder)

    def files(self, files):
        for name, text in files.items():
            (self.folder / "migrations" / name).write_text(text)

    def words(self, verb, url):
        return [self.godwit, *verb.split(), "-d", url]

    def told(self, text):
        check(PASSWORD not in text, f"the password is in: {text}")
        check("AddressSanitizer" not in text and "runtime error:" not in text, text)
        return text

    def godwit_ends(self, code, verb, url, *patterns, **environment):
        done = run(self.words(verb, url), cwd=self.folder, env={**self.environment, **environment})
        text = self.told(done.stdout + done.stderr)
        check(done.returncode == code, f"{verb}: ended with {done.returncode}, not {code}\n{text}")
        for pattern in patterns:
            check(re.search(pattern, text, re.M), f"{verb}: no {pattern!r} in\n{text}")
        return text

    def under(self, url, action, event="Timeout"):
        """Does something while `up` waits in its slow statement, or for a lock; its end."""
        process = subprocess.Popen(self.words("up", url), cwd=self.folder, env=self.environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + LIMIT
        waiting = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'godwit' AND "
                   f"wait_event_type = '{event}' AND wait_event <> 'VacuumDelay'")
        while self.server.sql(waiting).strip() == "0":
            check(time.monotonic() < end and process.poll() is None, "the slow statement was never seen")
            time.sleep(0.02)
        action()
        text = self.told(process.communicate(timeout=LIMIT)[0])
        return process.returncode, text


def certificates(folder):
    """ca.crt, server.*, client.* and a stranger's other.crt; the server is "localhost"."""
    def openssl(*words):
        must(["openssl", *words], cwd=folder)

    for name, subject in (("ca", "/CN=test CA"), ("other", "/CN=another CA")):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt",
                "-days", "2", "-subj", subject)
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    for name, subject in (("server", "/CN=localhost"), ("client", "/CN=owner")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-out", f"{name}.crt", "-extfile", "names")
        (folder / f"{name}.key").chmod(0o600)


def test_passwords(case):
    server = case.server
    plain = server.url(user="owner")
    case.godwit_ends(7, "status", server.url(user="owner:wrong"), "password authentication failed", "check user and password",
                     "state: nothing was changed")
    case.godwit_ends(7, "status", plain, "no password supplied", "PGPASSWORD or ~/.pgpass")
    case.godwit_ends(0, "status", plain, PGPASSWORD=PASSWORD)
    line = f"127.0.0.1:{server.port}:*:owner:{PASSWORD}\n"
    for name in ("passwords", ".pgpass"):
        (case.folder / name).write_text(line)
        (case.folder / name).chmod(0o600)
    case.godwit_ends(0, "status", plain)  # ~/.pgpass
    (case.folder / ".pgpass").unlink()
    case.godwit_ends(0, "status", plain, PGPASSFILE=str(case.folder / "passwords"))
    (case.folder / "passwords").chmod(0o644)
    case.godwit_ends(7, "status", plain, "no password supplied", PGPASSFILE=str(case.folder / "passwords"))
    case.godwit_ends(0, "status", f"postgres://owner:{PASSWORD}@/postgres?host={server.folder}&port={server.port}")


def test_missing_database(case):
    url = case.server.url("nosuch")
    case.godwit_ends(7, "up", url, 'database "nosuch" does not exist', "godwit create-db")
    case.godwit_ends(7, "up", case.server.url().replace(str(case.server.port), "1"), "Connection refused", "--connect-retry")


def test_tls(case):
    server, folder = case.server, case.folder
    certificates(folder)
    server.stop()
    for name in ("ca.crt", "server.crt", "server.key"):
        server.write(name, (folder / name).read_text())
    server.write("postgresql.conf", "ssl=on\nssl_ca_file='ca.crt'\n", append=True)
    hba = (server.data / "pg_hba.conf").read_text()
    server.write("pg_hba.conf", "hostssl sealed all 127.0.0.1/32 scram-sha-256\nhostnossl sealed all all reject\n"
                 "hostssl bycert all 127.0.0.1/32 cert\n" + hba)
    server.start()
    for name in ("sealed", "bycert"):
        server.sql(f"CREATE DATABASE {name}")
    case.files({"1_first.up.sql": FILES["1_first.up.sql"]})
    ca = f"sslrootcert={folder}/ca.crt"

    def sealed(query, host="localhost"):
        return server.url("sealed", query, host=host)

    case.godwit_ends(0, "status", sealed(""))  # lib/pq's default is sslmode=require
    case.godwit_ends(0, "up", sealed(f"sslmode=verify-full&{ca}"), "1 applied")
    case.godwit_ends(0, "version", sealed(f"sslmode=verify-ca&{ca}", "127.0.0.1"), "^1$")
    case.godwit_ends(7, "version", sealed(f"sslmode=verify-full&{ca}", "127.0.0.1"), "does not match host name",
                     "connect by a name that is in the certificate")
    case.godwit_ends(7, "version", sealed(f"sslmode=verify-ca&sslrootcert={folder}/other.crt"), "certificate verify failed")
    text = case.godwit_ends(7, "version", sealed("sslmode=verify-full"), "root certificate file", "sslrootcert=FILE")
    check("create-db" not in text, text)
    case.godwit_ends(7, "version", sealed("sslmode=disable", "127.0.0.1"), "pg_hba.conf rejects")
    key = f"sslcert={folder}/client.crt&sslkey={folder}/client.key"
    case.godwit_ends(7, "status", server.url("bycert", "sslmode=require", "owner"), "sslcert=FILE&sslkey=FILE")
    case.godwit_ends(0, "status", server.url("bycert", f"sslmode=require&{key}", "owner"))
    (folder / "client.key").chmod(0o644)
    case.godwit_ends(7, "status", server.url("bycert", f"sslmode=require&{key}", "owner"), "chmod 600")


def stopped_under(case, name, head, action, states, kept):
    """The server goes away under a migration; after it has come back the same command does the rest."""
    server = case.server
    server.sql(f"CREATE DATABASE {name}")
    url = server.url(name)
    case.files({**FILES, "2_slow.up.sql": head + FILES["2_slow.up.sql"]})
    case.godwit_ends(0, "up 1", url)  # in a run of its own: on the disk, whatever becomes of the server
    code, text = case.under(url, action)
    check(code == 1, f"ended with {code}\n{text}")
    for pattern in (*states, "next:  when the server answers again: godwit status"):
        check(re.search(pattern, text), f"no {pattern!r} in\n{text}")
    if not (server.data / "postmaster.pid").exists():
        server.start()
    found = server.sql("SELECT to_regclass('begun') IS NOT NULL", name).strip()
    check(found == ("t" if kept else "f"), f"the first statement is kept: {found}")
    case.godwit_ends(0, "status", url, "1 of 3 statements done" if kept else "2 slow *pending")
    server.sql("INSERT INTO first VALUES (1)", name)  # from now on the slow statement is quick
    case.godwit_ends(0, "up", url, "^1 applied, 0 pending")
    check(server.sql("SELECT to_regclass('ended') IS NOT NULL", name).strip() == "t", "it was not brought to its end")


def test_stopped(case):
    server = case.server

    def end_session():
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")

    unknown = ["whether 2 was committed is not known"]
    begun = ["1 of 3 statements are kept; whether the one behind them took effect is not known"]
    stopped_under(case, "stop1", "", lambda: server.stop("immediate"), unknown, False)
    stopped_under(case, "stop2", "", end_session, ["the server rolls back what 2 had begun"], False)
    stopped_under(case, "stop3", "-- godwit: no-transaction\n", end_session, begun, True)


# statement that refuses a transaction, and a lock that it waits for when it is half done
HALF_DONE = {
    "VACUUM t;": "LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE",
    "CREATE INDEX CONCURRENTLY made ON t (x);": "INSERT INTO t VALUES (1)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS made ON t (x);": "INSERT INTO t VALUES (1)",
    "CREATE INDEX CONCURRENTLY ON t (x);": "INSERT INTO t VALUES (1)",
    "REINDEX TABLE CONCURRENTLY t;": "INSERT INTO t VALUES (1)",
    "REINDEX INDEX CONCURRENTLY ix;": "INSERT INTO t VALUES (1)",
    "DROP INDEX CONCURRENTLY ix;": "SELECT FROM t",
    "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;": "SELECT FROM p",
}


def cut_off_apart(case, name, statement, blocker):
    """What is there after a run that was cut off and one that goes on; as after one that nobody disturbed."""
    server = case.server
    server.sql(f"CREATE DATABASE {name}")
    server.sql("CREATE TABLE t (x text); CREATE INDEX ix ON t (x); CREATE TABLE p (x int) PARTITION BY LIST (x); "
               "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)", name)
    case.files({"1_apart.up.sql": f"INSERT INTO t VALUES ('mark');\n{statement}\nINSERT INTO t VALUES ('mark');\n"})
    url = server.url(name)
    if blocker:
        with subprocess.Popen(["psql", "-XqAt", url], stdin=subprocess.PIPE, text=True) as holder:
            print(f"BEGIN; {blocker};", file=holder.stdin, flush=True)
            held = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            while server.sql(held).strip() != "1":
                check(holder.poll() is None, "the blocking session ended")
            code, text = case.under(url, lambda: server.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"), "Lock")
            check(code == 1, f"ended with {code}\n{text}")
            print("ROLLBACK;", file=holder.stdin, flush=True)
    case.godwit_ends(0, "up", url, "^1 applied, 0 pending")
    return server.sql("SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid >= 16384 AND "
                      "indrelid::regclass::text !~ 'schema_migrations' AND indexrelid::regclass::text !~ 'toast' ORDER BY "
                      "1::text; SELECT count(*) FROM pg_index WHERE NOT indisvalid; SELECT count(*) FROM pg_inherits; "
                      "SELECT x FROM t", name)


def test_cut_off_apart(case):
    for number, (statement, blocker) in enumerate(HALF_DONE.items()):
        expected = cut_off_apart(case, f"apart{number}", statement, None)
        found = cut_off_apart(case, f"cut{number}", statement, blocker)
        check(found == expected, f"{statement} leaves, after a cut,\n{found}instead of\n{expected}")


def test_recovery(case):
    server = case.server
    case.files({"1_first.up.sql": FILES["1_first.up.sql"], "1_first.down.sql": "DROP TABLE first;\n"})
    case.godwit_ends(0, "up", server.url(), "1 applied")
    server.stop()
    server.write("standby.signal", "")
    try:
        server.start()
        case.godwit_ends(0, "status", server.url(), "1 first *applied")
        case.godwit_ends(1, "down", server.url(), "the server is in recovery", "name the primary's host",
                         "nothing of this migration was kept; the database is at 1, clean", "next:  remove the cause")
        case.godwit_ends(1, "force 1", server.url(), "the server is in recovery", "state: nothing was changed")
        case.godwit_ends(1, "create-db", server.url("another"), "the server is in recovery")
        server.stop()
        server.start_in_vain("hot_standby=off")
        case.godwit_ends(7, "up", server.url(), "not accepting connections", "--connect-retry")
    finally:
        server.stop("immediate")
        (server.data / "standby.signal").unlink()
        server.start()
    case.godwit_ends(0, "down", server.url(), "1 rolled back")


def test_rights(case):
    server = case.server
    server.sql("CREATE DATABASE rights")
    server.sql(f"CREATE ROLE weak LOGIN PASSWORD '{PASSWORD}'")
    case.files({"1_first.up.sql": FILES["1_first.up.sql"]})
    url = server.url("rights", user=f"weak:{PASSWORD}")
    case.godwit_ends(0, "status", url, "1 first *pending")
    case.godwit_ends(1, "up", url, "permission denied for schema public", "next:  give weak the right, or fix the file")
    case.godwit_ends(1, "force 1", url, "weak needs CREATE on schema public", "state: nothing was changed")
    case.godwit_ends(0, "up", server.url("rights"), "1 applied")
    case.godwit_ends(1, "status", url, "cannot be read: permission denied", "SELECT is enough to look")
    server.sql("GRANT SELECT ON schema_migrations, schema_migrations_history TO weak", "rights")
    case.godwit_ends(0, "status", url, "1 first *applied")
    case.godwit_ends(1, "create-db", server.url("another", user=f"weak:{PASSWORD}"), "permission denied to create database",
                     "CREATEDB")


def test_full_disk(case):
    """A tablespace on a small file system, where this user may mount one."""
    server = case.server
    place = server.folder / "small"
    place.mkdir()
    if run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", place]).returncode != 0:
        print("own_server: SKIPPED: the full disk: no right to mount a small file system")
        return
    try:
        server.give(place)
        server.sql(f"CREATE TABLESPACE small LOCATION '{place}'")
        server.sql("CREATE DATABASE fills")
        case.files({"1_first.up.sql": FILES["1_first.up.sql"],
                    "2_rows.up.sql": "CREATE TABLE rows (s text) TABLESPACE small;\n"
                                     "INSERT INTO rows SELECT repeat(md5(i::text), 20) FROM generate_series(1, 30000) i;\n"})
        url = server.url("fills")
        case.godwit_ends(1, "up", url, "53100", "2_rows.up.sql:2:1", "the database is at 1, clean", "next:  remove the cause")
        must(["mount", "-o", "remount,size=64m", place])
        case.godwit_ends(0, "up", url, "1 applied")
        server.sql("DROP DATABASE fills")
        server.sql("DROP TABLESPACE small")
    finally:
        server.stop("immediate")
        must(["umount", place])
        server.start()


TESTS = (test_passwords, test_missing_database, test_rights, test_recovery, test_stopped, test_cut_off_apart, test_full_disk, test_tls)


def run_all(godwit, base, names):
    server = Server(base)
    server.start()
    failed = 0
    try:
        for test in TESTS:
            if names and test.__name__ not in names:
                continue
            folder = base / test.__name__
            folder.mkdir(mode=0o755)
            begin = time.monotonic()
            try:
                test(Case(godwit, server, folder))
                print(f"own_server: {test.__name__}: passed in {time.monotonic() - begin:.1f} s", flush=True)
            except Failure as failure:
                failed += 1
                print(f"own_server: {test.__name__}: FAILED: {failure}", flush=True)
    finally:
        server.stop("immediate")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("names", nargs="*", help="only these tests")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="godwit-pg-") as name:
            os.chmod(name, 0o755)
            return 1 if run_all(str(pathlib.Path(arguments.godwit).resolve()), pathlib.Path(name), arguments.names) else 0
    except Skip as skip:
        print(f"own_server: SKIPPED: {skip}")
        return 1 if os.environ.get("GODWIT_REQUIRE_DB") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
