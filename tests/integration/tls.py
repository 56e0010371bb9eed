"""Each TLS mode against each kind of certificate, on a PostgreSQL and a MariaDB of our own.

The servers take certificates one after the other: a good one, an expired one, one for another host, one that signed
itself. TABLES says for every mode of the URL which of them it must take, and what the refusal says. A password is in every
URL and in no output.
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

PASSWORD = "Zugvogel-4711"
LIMIT = 60
KINDS = ("good", "expired", "otherhost", "selfsigned")
VERIFY = "certificate|self.signed|expired"
HOST = "host name|[Hh]ostname|[Vv]alidation|certificate"

# mode: (query, kinds that it takes); {ca} is the file with the test's CA
POSTGRESQL = {
    "disable": ("sslmode=disable", KINDS),
    "prefer": ("sslmode=prefer", KINDS),
    "require": ("sslmode=require", KINDS),
    "verify-ca": ("sslmode=verify-ca&sslrootcert={ca}", ("good", "otherhost")),
    "verify-full": ("sslmode=verify-full&sslrootcert={ca}", ("good",)),
    "verify-full, strange CA": ("sslmode=verify-full&sslrootcert={strange}", ()),
}
MARIADB = {
    "false": ("tls=false", KINDS),
    "preferred": ("tls=preferred", KINDS),
    "skip-verify": ("tls=skip-verify", KINDS),
    "true": ("tls=true", ()),  # the machine's own authorities do not know the test's
    "custom": ("tls=custom&x-tls-ca={ca}", ("good",)),
    "custom, not verified": ("tls=custom&x-tls-ca={ca}&x-tls-insecure-skip-verify=true", KINDS),
    "custom, strange CA": ("tls=custom&x-tls-ca={strange}", ()),
}


class Skip(Exception):
    pass


class Failure(Exception):
    pass


def must(words, **options):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=LIMIT, **options)
    if done.returncode != 0:
        raise Failure(f"{words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def wait_until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what} did not come about")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_user(user):
    return ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []


def certificates(folder):
    """KIND.crt and KIND.key for the host "localhost", ca.crt that signed them, strange.crt that did not."""
    def openssl(*words):
        must(["openssl", *words], cwd=folder)

    for name in ("ca", "strange"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "2",
                "-subj", f"/CN={name} of the test")
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\n"
        f"certificate={folder}/ca.crt\nprivate_key={folder}/ca.key\ndefault_md=sha256\npolicy=any\nunique_subject=no\n"
        "[any]\ncommonName=supplied\n")
    spans = {"good": ("20200101000000Z", "20400101000000Z"), "otherhost": ("20200101000000Z", "20400101000000Z"),
             "expired": ("20200101000000Z", "20200201000000Z")}
    for kind, (begin, end) in spans.items():
        host = "elsewhere.example" if kind == "otherhost" else "localhost"
        (folder / f"{kind}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{kind}.key", "-out", f"{kind}.csr", "-subj", f"/CN={host}")
        openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", f"{kind}.csr", "-out", f"{kind}.crt", "-startdate", begin,
                "-enddate", end, "-extfile", f"{kind}.ext")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "selfsigned.key", "-out", "selfsigned.crt", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")


class Postgresql:
    user, table = "postgres", POSTGRESQL

    def __init__(self, folder):
        self.bin = pathlib.Path(os.environ.get("GODWIT_TEST_POSTGRESQL_BIN") or "/nonexistent")
        if not (self.bin / "initdb").exists():
            raise Skip("GODWIT_TEST_POSTGRESQL_BIN has no initdb")
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        must([*as_user(self.user), self.bin / "initdb", "-D", self.data, "-U", "owner", f"--pwfile={folder / 'password'}",
              "-A", "scram-sha-256", "-N", "--locale=C.UTF-8"], cwd="/")

    def start(self, crt, key):
        options = f"-p {self.port} -k {self.folder} -c fsync=off -c ssl=on -c ssl_cert_file={crt} -c ssl_key_file={key}"
        must([*as_user(self.user), self.bin / "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start"],
             cwd="/")

    def stop(self):
        must([*as_user(self.user), self.bin / "pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop"], cwd="/")

    def url(self, query):
        return f"postgres://owner:{PASSWORD}@localhost:{self.port}/postgres?{query}"


class Mariadb:
    user, table = "mysql", MARIADB

    def __init__(self, folder):
        if not os.environ.get("GODWIT_TEST_MARIADB_URL") or not shutil.which("mariadb-install-db"):
            raise Skip("GODWIT_TEST_MARIADB_URL is not set, or there is no mariadb-install-db")
        self.server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        self.folder, self.data, self.port, self.process = folder, folder / "data", free_port(), None
        # a server that starts removes what others have in the same folder for temporary tables
        self.own = ["--no-defaults", f"--datadir={self.data}", f"--tmpdir={folder}"]
        must([*as_user(self.user), "mariadb-install-db", *self.own, "--skip-test-db",
              "--auth-root-authentication-method=normal"], cwd="/")
        (folder / "init.sql").write_text(
            f"CREATE DATABASE IF NOT EXISTS shop;\nCREATE USER IF NOT EXISTS owner@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            f"CREATE USER IF NOT EXISTS owner@localhost IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON *.* TO owner@'127.0.0.1';\nGRANT ALL ON *.* TO owner@localhost;\n")
        (folder / "init.sql").chmod(0o644)

    def start(self, crt, key):
        words = [*as_user(self.user), self.server, *self.own, f"--port={self.port}",
                 "--bind-address=127.0.0.1", f"--socket={self.folder}/s", f"--init-file={self.folder}/init.sql",
                 f"--pid-file={self.folder}/pid", "--innodb-flush-log-at-trx-commit=0", f"--ssl-cert={crt}", f"--ssl-key={key}"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        wait_until(lambda: b"ready for connections" in (self.folder / "log").read_bytes(), "MariaDB")

    def stop(self):
        self.process.terminate()
        self.process.wait(LIMIT)
        (self.folder / "log").unlink()

    def url(self, query):
        return f"mysql://owner:{PASSWORD}@tcp(localhost:{self.port})/shop?{query}"


def try_mode(godwit, server, certs, mode, kind):
    """What is wrong, or ""."""
    query, taken = server.table[mode]
    url = server.url(query.format(ca=certs / "ca.crt", strange=certs / "strange.crt"))
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([godwit, "wait", "--connect-retry", "0", "-d", url], env=environment, stdin=subprocess.DEVNULL,
                          cwd=certs, capture_output=True, text=True, timeout=LIMIT)
    text = done.stdout + done.stderr
    if PASSWORD in text or "AddressSanitizer" in text:
        return f"tells too much: {text}"
    if done.returncode != (0 if kind in taken else 7):
        return f"ended with {done.returncode}: {text}"
    if kind not in taken and not re.search(HOST if kind == "otherhost" else VERIFY, text):
        return f"does not say why: {text}"
    return ""


def run_kind(godwit, server, certs, kind):
    server.start(certs / f"{kind}.crt", certs / f"{kind}.key")
    failed = 0
    try:
        for mode in server.table:
            problem = try_mode(godwit, server, certs, mode, kind)
            failed += bool(problem)
            if problem:
                print(f"tls: {type(server).__name__} {mode}, {kind}: FAILED: {problem}")
    finally:
        server.stop()
    return failed


def run_server(godwit, cls):
    with tempfile.TemporaryDirectory(prefix="godwit-tls-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        certificates(folder)
        own = folder / "server"
        own.mkdir()
        if os.geteuid() == 0:
            for path in (own, *folder.glob("*.key")):
                shutil.chown(path, cls.user)
        server = cls(own)
        failed = sum(run_kind(godwit, server, folder, kind) for kind in KINDS)
        print(f"tls: {cls.__name__}: {len(cls.table) * len(KINDS)} pairs of mode and certificate, {failed} wrong", flush=True)
        return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    arguments = parser.parse_args()
    godwit, failed = str(pathlib.Path(arguments.godwit).resolve()), 0
    for cls in (Postgresql, Mariadb):
        try:
            failed += run_server(godwit, cls)
        except Skip as skip:
            print(f"tls: {cls.__name__}: SKIPPED: {skip}")
            failed += os.environ.get("GODWIT_REQUIRE_DB") == "1"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
