"""Servers of the campaign's own: they are killed, started again, and their disks are filled."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration" / "postgresql"))
import own_server  # noqa: E402

LIMIT = 90  # seconds for a server to start or to end
PASSWORD = "Zugvogel-4711"
BALLAST = "ballast"


class Missing(Exception):
    """What is needed for a kind of database is not on this machine."""


def wait_until(what, question):
    end = time.monotonic() + LIMIT
    while not question():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {LIMIT} s in vain: {what}")
        time.sleep(0.02)


def is_alive(pid):
    with contextlib.suppress(OSError, ValueError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


class Disk:
    """A folder that can be filled to its last byte; an ordinary one where no file system may be mounted."""

    def __init__(self, stack, folder, megabytes, owner=None):
        folder.mkdir()
        stack.callback(self.close)
        self.folder = folder
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder)]
        self.mounted = shutil.which("mount") and subprocess.run(words, capture_output=True).returncode == 0
        if owner and os.geteuid() == 0:
            shutil.chown(folder, owner)

    def fill(self):
        """Takes what is free, in smaller and smaller pieces."""
        with open(self.folder / BALLAST, "ab") as stream:
            piece = 1 << 22
            while piece >= 4096:
                try:
                    os.posix_fallocate(stream.fileno(), stream.tell(), piece)
                    stream.seek(0, os.SEEK_END)
                except OSError:
                    piece //= 2

    def free(self):
        (self.folder / BALLAST).unlink(missing_ok=True)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)


class PostgreSql(own_server.Server):
    """Data and write-ahead log on a small disk each."""

    def __init__(self, folder, stack):
        own_server.bin_folder()
        folder.mkdir(mode=0o755)
        self.disks = {"disk": Disk(stack, folder / "disk", 192, "postgres"), "wal": Disk(stack, folder / "wal", 48, "postgres")}
        super().__init__(folder, folder / "disk" / "data", "--wal-segsize=1", f"--waldir={folder}/wal/wal")
        self.start()

    def start(self):
        # autovacuum off: when it comes by is chance, and nothing here needs it
        super().start("max_wal_size=8MB", "min_wal_size=2MB", "autovacuum=off", "max_prepared_transactions=4")

    def address(self):
        return self.url()

    def crash(self):
        self.stop("immediate")

    def revive(self):
        """After a full disk it may have ended by itself, or be about to."""
        wait_until("a server that answers", self.starts_or_answers)

    def starts_or_answers(self):
        """Its port may be lent to a client of another server for a moment: then it ends at once."""
        if not self.answers():
            with contextlib.suppress(own_server.Failure):
                self.stop("immediate")
            with contextlib.suppress(own_server.Failure):
                self.start()
        return self.answers()

    def answers(self):
        return own_server.run(["psql", "-XqAtc", "SELECT 1", self.url()]).returncode == 0

    def close(self):
        with contextlib.suppress(own_server.Failure):
            self.stop("immediate")


class MySqlFamily:
    """What MariaDB and MySQL servers have in common."""

    def address(self):
        return f"mysql://root:{PASSWORD}@tcp(127.0.0.1:{self.port})/"

    def answers(self):
        words = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.port}", "-uroot", f"-p{PASSWORD}", "-e", "SELECT 1"]
        return subprocess.run(words, capture_output=True).returncode == 0

    def crash(self):
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        wait_until("the end of a server", lambda: not is_alive(pid))

    def revive(self):
        wait_until("a server that answers", self.starts_or_answers)

    def starts_or_answers(self):
        """Its port may be lent to a client of another server for a moment: then it ends at once."""
        if not is_alive(self.pid()):
            self.start()
        return self.answers()


class MariaDb(MySqlFamily):
    def __init__(self, folder, stack):
        self.server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        if not os.access(self.server, os.X_OK):
            raise Missing("mariadbd is not installed")
        folder.mkdir(mode=0o755)
        self.folder, self.port, self.process = folder, own_server.free_port(), None
        self.owner = ["runuser", "-u", "mysql", "--"] if os.geteuid() == 0 else []
        self.disks = {"disk": Disk(stack, folder / "disk", 320, "mysql")}
        self.data = folder / "disk" / "data"
        # a server that starts removes what others have in the same folder for temporary tables
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        if self.owner:
            shutil.chown(self.tmp, "mysql")
        own_server.must([*self.owner, "mariadb-install-db", "--no-defaults", f"--datadir={self.data}",
                         f"--tmpdir={self.tmp}", "--skip-test-db",
                         "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M"], cwd="/")
        self.first = folder / "disk" / "first.sql"
        self.first.write_text(f"ALTER USER root@localhost IDENTIFIED BY '{PASSWORD}';\n"
                              f"GRANT ALL ON *.* TO root@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' WITH GRANT OPTION;\n")
        self.first.chmod(0o644)
        self.start(f"--init-file={self.first}")
        wait_until("MariaDB's first start", self.answers)

    def start(self, *options):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.owner, self.server, "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.tmp}",
                 f"--port={self.port}", "--bind-address=127.0.0.1", f"--socket={self.data}/socket",
                 f"--pid-file={self.data}/pid",
                 "--skip-name-resolve", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        wait_until("MariaDB's process", lambda: self.process.poll() is not None or is_alive(self.pid()))

    def pid(self):
        """Of the server itself, not of the program that changes the user."""
        for line in subprocess.run(["ps", "-eo", "pid=,ppid=,comm="], capture_output=True, text=True).stdout.splitlines():
            pid, parent, name = line.split(None, 2)
            if name == "mariadbd" and self.process and int(self.process.pid) in (int(pid), int(parent)):
                return int(pid)
        return 0

    def close(self):
        if self.pid():
            self.crash()
        if self.process:
            self.process.wait(LIMIT)


class MySql(MySqlFamily):
    """In a folder of its own; see tests/servers/mysql."""

    script = HERE.parent / "servers" / "mysql"

    def __init__(self, folder, stack):
        folder.mkdir(mode=0o755)
        self.folder, self.disks, self.port = folder, {}, own_server.free_port()
        done = subprocess.run([self.script, "start", folder, PASSWORD, str(self.port), "1"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing((done.stderr.strip().splitlines() or ["no MySQL"])[-1])

    def start(self):
        own_server.must([self.script, "again", self.folder])

    def pid(self):
        return int((self.folder / "mysql.pid").read_text())

    def close(self):
        if is_alive(self.pid()):
            self.crash()
        own_server.must([self.script, "stop", self.folder])


class Sqlite:
    """No server: a small disk for the files."""

    def __init__(self, folder, stack):
        if not shutil.which("sqlite3"):
            raise Missing("sqlite3 is not installed")
        folder.mkdir(mode=0o755)
        self.disks = {"disk": Disk(stack, folder / "disk", 8)}

    def address(self):
        return ""

    def revive(self):
        pass

    def close(self):
        pass


KINDS = {"postgresql": PostgreSql, "mariadb": MariaDb, "mysql": MySql, "sqlite": Sqlite}


def start(kind, folder, stack):
    """A server that `stack` stops."""
    try:
        server = KINDS[kind](folder, stack)
        stack.callback(server.close)
        return server
    except own_server.Skip as skip:
        raise Missing(str(skip)) from None


def with_port(url, port):
    """The same URL through another port of this machine."""
    return re.sub(r"(127\.0\.0\.1):\d+", rf"\1:{port}", url)
