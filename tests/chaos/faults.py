"""What is done to a run of godwit at a random moment."""
import contextlib
import os
import signal
import subprocess
import threading
import time

import servers
from proxy import Proxy

CLIENT = ["kill"] * 6 + ["int", "term", "int-int"]
SERVER = ["session"] * 3 + ["crash"] * 2 + ["net-reset", "net-stop", "net-deaf"]
FAULTS = {
    "sqlite": [*CLIENT, "disk"],
    "postgresql": [*CLIENT, *SERVER, "disk", "wal"],
    "mariadb": [*CLIENT, *SERVER, "disk"],
    "mysql": [*CLIENT, *SERVER],
}
FULL = 3  # seconds that a disk is full
VANISHED = 0.7  # seconds until the server learns that a client is gone which the network swallowed


class Faults:
    """Of one server."""

    def __init__(self, kind, server):
        self.kind, self.server = kind, server
        self.proxy = Proxy(server.port) if hasattr(server, "port") else None
        self.names = [name for name in FAULTS[kind] if name not in server.disks or server.disks[name].mounted]
        self.missing = sorted(set(FAULTS[kind]) - set(self.names))

    def close(self):
        if self.proxy:
            self.proxy.close()

    def url(self, name, url):
        return servers.with_port(url, self.proxy.port) if name.startswith("net-") else url

    def strike(self, name, process, database):
        """Ends when the fault is there; repair() takes it away."""
        if name in self.server.disks:
            self.server.disks[name].fill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(FULL)
            process.kill()
        elif name.startswith("net-"):
            self.network(name, process)
        elif name == "session":
            self.end_session(database)
        elif name == "crash":
            self.server.crash()
        elif name == "kill":
            process.kill()
        else:
            for word in name.split("-"):
                process.send_signal(signal.SIGTERM if word == "term" else signal.SIGINT)
                time.sleep(0.01)  # two of the same signal at once are one

    def network(self, name, process):
        if name == "net-stop":
            self.proxy.stop()
            process.kill()  # nothing will ever reach it
            threading.Timer(VANISHED, self.proxy.cut).start()
            return
        if name == "net-deaf":
            self.proxy.deafen()
            time.sleep(0.05)
        self.proxy.cut()

    def repair(self, name):
        if name in self.server.disks:
            self.server.disks[name].free()
        if name in self.server.disks or name == "crash":
            self.server.revive()

    def end_session(self, database):
        if self.kind == "postgresql":
            database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                             f"'{database.name}' AND pid <> pg_backend_pid()")
        else:
            database.execute("SET @id = (SELECT max(id) FROM information_schema.processlist WHERE db = "
                             f"'{database.name}' AND id <> connection_id()); KILL @id")


def environment():
    """Without settings of the person who runs this."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "GODWIT_", "DATABASE_URL"))}
