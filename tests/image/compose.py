"""`docker compose` for packaging/docker/compose.yaml, on top of ./docker: what the file says is read from it and done.

  compose.py [-f FILE] up -d [--build] | exec SERVICE COMMAND … | run --rm SERVICE COMMAND … | logs SERVICE | down

A service whose image is a database's is stood in for by the test server ($GODWIT_TEST_POSTGRESQL_URL): the user and the
database it asks for are made there, its health check runs, and its name and port in the others' environment are replaced.
One whose image is not here is only told of, in its turn. $GODWIT_COMPOSE_STATE is a folder for what lives between the calls.
"""
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import urllib.parse

import yaml

HERE = pathlib.Path(__file__).resolve().parent
DOCKER = str(HERE / "docker")
KNOWN = {"image", "build", "environment", "volumes", "read_only", "cap_drop", "security_opt", "command", "depends_on",
         "stop_grace_period", "healthcheck"}
LIMIT = 120


def die(text):
    sys.exit(f"compose: {text}")


def interpolated(text):
    """${NAME:-default}, as Compose has it."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: os.environ.get(match[1]) or match[2], text)


class Compose:
    def __init__(self, path):
        self.folder = path.resolve().parent
        self.services = yaml.safe_load(interpolated(path.read_text(encoding="utf-8")))["services"]
        self.state = pathlib.Path(os.environ["GODWIT_COMPOSE_STATE"])
        self.state.mkdir(parents=True, exist_ok=True)
        self.server = urllib.parse.urlsplit(os.environ["GODWIT_TEST_POSTGRESQL_URL"])
        for name, service in self.services.items():
            if set(service) - KNOWN:
                die(f"service {name}: {sorted(set(service) - KNOWN)} is not understood here")

    def service(self, name):
        return self.services.get(name) or die(f"no such service: {name}")

    def is_database(self, name):
        return self.service(name)["image"].startswith("postgres:")

    def environment(self, name):
        """The service's variables; the database's place in them is the test server's."""
        for key, value in (self.service(name).get("environment") or {}).items():
            for other in filter(self.is_database, self.services):
                value = str(value).replace(f"@{other}:5432/", f"@{self.server.hostname}:{self.server.port}/")
            yield f"{key}={value}"

    def run_words(self, name, command):
        service = self.service(name)
        words = [DOCKER, "run", "--rm"] + (["--read-only"] if service.get("read_only") else [])
        for entry in self.environment(name):
            words += ["-e", entry]
        for volume in service.get("volumes") or []:
            source, rest = volume.split(":", 1)
            words += ["-v", f"{(self.folder / source).resolve()}:{rest}"]
        return words + [service["image"], *(command or service.get("command") or [])]

    # up

    def up(self):
        started = set()
        for name in self.services:
            self.start(name, started)
        return 0

    def start(self, name, started):
        if name in started:
            return
        started.add(name)
        for other, wanted in (self.service(name).get("depends_on") or {}).items():
            self.start(other, started)
            self.require(other, wanted["condition"], name)
        if self.is_database(name):
            self.make_database(name)
        elif not self.have_image(name):
            print(f"{name}: would start now; the image {self.service(name)['image']} is not here", file=sys.stderr)
        else:
            self.launch(name)

    def require(self, name, condition, who):
        if condition == "service_healthy":
            self.check_health(name)
        elif condition == "service_completed_successfully":
            code = self.ended(name)
            if code != 0:
                die(f"service \"{name}\" didn't complete successfully: exit {code}; {who} is not started")
        else:
            die(f"condition {condition} is not understood here")

    def have_image(self, name):
        image = self.service(name)["image"]
        return subprocess.run(["buildah", "inspect", "--type", "image", image], capture_output=True).returncode == 0

    def psql(self, statement):
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", os.environ["GODWIT_TEST_POSTGRESQL_URL"],
                               "-c", statement], capture_output=True, text=True)
        if done.returncode:
            die(f"psql: {done.stderr}")
        return done.stdout.strip()

    def make_database(self, name):
        made = self.service(name)["environment"]
        user, password, database = (made[f"POSTGRES_{key}"] for key in ("USER", "PASSWORD", "DB"))
        if self.psql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'") != "1":
            self.psql(f"CREATE USER {user} PASSWORD '{password}'")
            self.psql(f"CREATE DATABASE {database} OWNER {user}")

    def check_health(self, name):
        kind, *words = self.service(name)["healthcheck"]["test"]
        if kind != "CMD":
            die("a health check that is no CMD is not understood here")
        program = pathlib.Path(os.environ["GODWIT_TEST_POSTGRESQL_BIN"]) / words[0]
        subprocess.run([program, *words[1:]], check=True, stdout=sys.stderr,
                       env={**os.environ, "PGPORT": str(self.server.port)})

    def launch(self, name):
        if self.alive(name):
            return
        pid_file, code_file, log = (self.state / f"{name}.{kind}" for kind in ("pid", "code", "log"))
        for file in (pid_file, code_file):
            file.unlink(missing_ok=True)
        # A shell of its own keeps the exit code for those who wait for it in another process.
        subprocess.Popen(["sh", "-c", '"$@"; echo $? > "$0.part"; mv "$0.part" "$0"', code_file, *self.run_words(name, None)],
                         stdin=subprocess.DEVNULL, stdout=log.open("w"), stderr=subprocess.STDOUT, start_new_session=True,
                         env={**os.environ, "GODWIT_CONTAINER_PID_FILE": str(pid_file)})
        self.wait_for(lambda: pid_file.exists() or code_file.exists(), f"{name} does not start")

    # what runs

    @staticmethod
    def wait_for(condition, otherwise):
        poll, rounds = select.poll(), 0
        while not condition():
            rounds += 1
            if rounds > LIMIT * 20:
                die(otherwise)
            poll.poll(50)

    def alive(self, name):
        return (self.state / f"{name}.pid").exists() and not (self.state / f"{name}.code").exists()

    def ended(self, name):
        file = self.state / f"{name}.code"
        self.wait_for(file.exists, f"{name} does not end")
        return int(file.read_text())

    def process_one(self, name):
        """The container's process 1, by its number out here: the only child of unshare. Waits until it is the program."""
        if not self.alive(name):
            die(f"service \"{name}\" is not running")
        pid = (self.state / f"{name}.pid").read_text()
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        self.wait_for(lambda: children.read_text().split(), f"{name} has no process")
        child = children.read_text().split()[0]
        self.wait_for(lambda: "container.py" not in pathlib.Path(f"/proc/{child}/cmdline").read_text(),
                      f"{name} does not get to its program")
        return child

    def execute(self, name, command):
        """In the namespaces, root and environment of the running container, as its user."""
        child = self.process_one(name)
        status = pathlib.Path(f"/proc/{child}/status").read_text()
        uid, gid = (re.search(rf"^{key}:\s+(\d+)", status, re.M)[1] for key in ("Uid", "Gid"))
        environment = pathlib.Path(f"/proc/{child}/environ").read_text().rstrip("\0").split("\0")
        return subprocess.run(["/usr/bin/env", "-i", *environment, "/usr/bin/nsenter", "-t", child, "-m", "-p", "-r", "-w",
                               "-S", uid, "-G", gid, "--", *command]).returncode

    def logs(self, name):
        print((self.state / f"{name}.log").read_text(), end="")
        return 0

    def down(self):
        for name in reversed(list(self.services)):
            if self.alive(name):
                os.kill(int(self.process_one(name)), signal.SIGTERM)
                print(f"{name}: ended with {self.ended(name)}", file=sys.stderr)
        for name in filter(self.is_database, self.services):
            made = self.service(name)["environment"]
            self.psql(f"DROP DATABASE {made['POSTGRES_DB']} WITH (FORCE)")
            self.psql(f"DROP USER {made['POSTGRES_USER']}")
        return 0


def main():
    words = sys.argv[1:]
    path = pathlib.Path("compose.yaml")
    if words[:1] == ["-f"]:
        path, words = pathlib.Path(words[1]), words[2:]
    compose = Compose(path)
    if words in (["up", "-d"], ["up", "-d", "--build"]):
        return compose.up()
    if words[:1] == ["exec"] and len(words) > 2:
        return compose.execute(words[1], words[2:])
    if words[:2] == ["run", "--rm"] and len(words) > 2:
        return subprocess.run(compose.run_words(words[2], words[3:])).returncode
    if words[:1] == ["logs"] and len(words) == 2:
        return compose.logs(words[1])
    if words == ["down"]:
        return compose.down()
    return die(f"unknown command {json.dumps(words)}")


if __name__ == "__main__":
    sys.exit(main())
