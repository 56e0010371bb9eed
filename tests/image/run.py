"""Builds godwit's images and uses them: `./dev check-image` starts it, with servers, as root.

usage: run.py [--only REGEX]
Containers are run by ./docker beside this file: as the image's user, 65532, on its file system mounted read-only. Prints a
line per check with its seconds, the sizes, then `image: N passed, N failed`.
"""
import argparse
import contextlib
import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import select
import shutil
import signal
import ssl
import subprocess
import sys
import tarfile
import threading
import time
import traceback
import urllib.parse

import yaml

from images import BASE, ROOT, TOOLCHAIN, Failed, Images, expect, run

LIMIT = 60_000_000  # bytes, compressed
TARGETS = {"godwit": "godwit", "static": "godwit:static", "debug": "godwit:debug", "migrate": "godwit:migrate"}
USER = 65532
STOCK = {("driver", "postgresql"), ("driver", "mysql"), ("driver", "sqlite"),
         ("source", "filesystem"), ("source", "embedded"), ("source", "http")}
MIGRATIONS = {"1_birds.up.sql": "CREATE TABLE birds (id INTEGER PRIMARY KEY, name VARCHAR(40));\n",
              "1_birds.down.sql": "DROP TABLE birds;\n",
              "2_flights.up.sql": "CREATE TABLE flights (id INTEGER PRIMARY KEY);\nINSERT INTO flights VALUES (1);\n",
              "2_flights.down.sql": "DROP TABLE flights;\n"}


class Bench:
    """The images, the folders that containers see, and fresh databases on the test servers."""

    def __init__(self, images):
        self.images = images
        self.folder = images.folder / "work"
        self.folder.mkdir(mode=0o755)
        self.count = 0
        self.migrations = self.folder_of("migrations", MIGRATIONS)

    def folder_of(self, name, files):
        folder = self.folder / name
        folder.mkdir(mode=0o755)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        return folder

    def shared(self, name):
        """A folder that the image's user may write to."""
        folder = self.folder_of(name, {})
        os.chown(folder, USER, USER)
        return folder

    def psql(self, statement, url=None):
        return run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", url or os.environ["GODWIT_TEST_POSTGRESQL_URL"],
                   "-c", statement)[0].strip()

    def mariadb(self, statement):
        server = urllib.parse.urlsplit(re.sub(r"tcp\((.*?)\)", r"\1", os.environ["GODWIT_TEST_MARIADB_URL"]))
        return run("mariadb", "--no-defaults", "-h", server.hostname, "-P", server.port, "-uroot", f"-p{server.password}",
                   "-BNe", statement)[0].strip()

    def postgresql_database(self):
        self.count += 1
        name = f"image_{os.getpid()}_{self.count}"
        self.psql(f"CREATE DATABASE {name}")
        return os.environ["GODWIT_TEST_POSTGRESQL_URL"].replace("/postgres?", f"/{name}?")

    def mariadb_database(self):
        self.count += 1
        name = f"image_{os.getpid()}_{self.count}"
        self.mariadb(f"CREATE DATABASE {name}")
        return os.environ["GODWIT_TEST_MARIADB_URL"] + name

    def database(self, kind):
        if kind == "sqlite":
            self.count += 1
            self.shared(f"data{self.count}")
            return "sqlite:///data/birds.db"
        return self.postgresql_database() if kind == "postgresql" else self.mariadb_database()

    def run_words(self, image, url, options):
        # Images are written to the disk beside this: a server may take long to answer.
        words = ["run", "--rm", "--read-only", "--network", "host", "-e", "GODWIT_DATABASE", "-e", "GODWIT_CONNECT_TIMEOUT=60s"]
        if url and url.startswith("sqlite"):
            words += ["-v", f"{self.folder}/data{self.count}:/data"]
        return [*words, *options, image], {"GODWIT_DATABASE": url or ""}

    def godwit(self, image, url, *command, code=0, options=None):
        """Both outputs of a run of an image, with the migrations mounted read-only."""
        options = ["-v", f"{self.migrations}:/migrations:ro"] if options is None else options
        words, variables = self.run_words(image, url, options)
        return self.images.docker(*words, *command, code=code, **variables)

    @contextlib.contextmanager
    def started(self, image, url, *command, options):
        """A container in the background: (process, number of its process 1 out here)."""
        words, variables = self.run_words(image, url, options)
        pid_file = self.folder / "pid"
        pid_file.unlink(missing_ok=True)
        process = subprocess.Popen(["docker", *words, *command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**self.images.environment, **variables, "GODWIT_CONTAINER_PID_FILE": str(pid_file)})
        try:
            await_that(lambda: pid_file.exists() or process.poll() is not None, "the container does not start")
            yield process, lambda: first_process(pid_file)
        finally:
            process.kill()
            process.wait()


def await_that(condition, otherwise, seconds=60):
    end, poll = time.monotonic() + seconds, select.poll()
    while not condition():
        expect(time.monotonic() < end, otherwise)
        poll.poll(20)


def first_process(pid_file):
    """The child of unshare, as soon as it is the program itself."""
    unshare = pid_file.read_text()
    children = pathlib.Path(f"/proc/{unshare}/task/{unshare}/children")
    await_that(lambda: children.read_text().split(), "no process in the container")
    child = children.read_text().split()[0]
    await_that(lambda: b"container.py" not in pathlib.Path(f"/proc/{child}/cmdline").read_bytes(), "still mounting")
    return int(child)


# What the images are.

def builds(bench):
    for target, tag in TARGETS.items():
        bench.images.build(tag, "--target", target)


def small(bench):
    for tag in TARGETS.values():
        size = bench.images.pushed(tag)[1]
        print(f"   {tag}: {size / 1e6:.1f} MB compressed")
        expect(size < LIMIT, f"{tag} has {size} bytes, the limit is {LIMIT}")


def described(bench):
    version = bench.godwit("godwit", None, "--version", options=[])[0].split()[1]
    for tag in TARGETS.values():
        config = bench.images.config(tag)
        expect(config["User"] == f"{USER}:{USER}" and config["WorkingDir"] == "/", f"{tag}: {config}")
        expect(config["Entrypoint"] == ["migrate" if tag.endswith("migrate") else "godwit"], f"{tag}: {config}")
        labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
        expect(labels["version"] == version and labels["licenses"] == "Apache-2.0" and labels["title"] == "godwit"
               and labels["description"], f"{tag}: {labels}")
    text = bench.godwit("godwit", None, options=[])[0]
    expect("Commands:" in text, f"without a word: {text}")


def nothing_else(bench):
    for tag in ("godwit", "godwit:static"):
        with bench.images.files(tag) as root:
            files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
            for path in files:
                expect(not path.stat().st_mode & 0o6022, f"{tag}: {path} has mode {path.stat().st_mode:o}")
            programs = {path.name for path in files
                        if path.stat().st_mode & 0o111 and ".so" not in path.name}
            expect(programs == {"godwit"}, f"{tag} has the programs {sorted(programs)}")
            for link in ("migrate", "usr/bin/migrate", "usr/local/bin/migrate"):
                expect(os.readlink(root / link).endswith("godwit"), f"{tag}: {link}")
            modules = {path.name for path in files if path.name.startswith("godwit-")}
            expect(len(modules) == (0 if tag.endswith("static") else 6), f"{tag} has the plugins {sorted(modules)}")
    # 127: there is no such program.
    bench.godwit("godwit", None, "-c", "true", code=127, options=["--entrypoint", "sh"])


def bill_of_materials(bench):
    place = bench.folder / "sbom"
    bench.images.build("godwit:sbom", "--target", "sbom", "--output", str(place))
    written = (place / "godwit.spdx.json").read_text(encoding="utf-8")
    with bench.images.files("godwit") as root:
        expect(written == (root / "usr/share/sbom/godwit.spdx.json").read_text(encoding="utf-8"), "another one is in the image")
        known = {path.name for path in (root / "var/lib/dpkg/status.d").iterdir()}
        licences = {path.parent.name for path in (root / "usr/share/doc").glob("*/copyright")}
        versions = {name: re.search("^Version: (.*)$", (root / "var/lib/dpkg/status.d" / name).read_text(), re.M)[1]
                    for name in known}
    document = json.loads(written)
    expect(document["spdxVersion"] == "SPDX-2.3" and document["dataLicense"] == "CC0-1.0"
           and document["documentNamespace"].startswith("https://"), "not SPDX 2.3")
    packages = {package["name"]: package for package in document["packages"]}
    expect({"godwit", "libpq5", "libmariadb3", "libsqlite3-0", "libc6", "ca-certificates", "nlohmann-json3-dev"} <= set(packages),
           f"only {sorted(packages)}")
    identities = [package["SPDXID"] for package in document["packages"]]
    expect(len(set(identities)) == len(identities), "an SPDXID comes twice")
    for package in document["packages"]:
        expect(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"]), package["SPDXID"])
    linked = {(relation["spdxElementId"], relation["relatedSpdxElement"]) for relation in document["relationships"]}
    expect({other for _, other in linked} == set(identities), "a package without a relation")
    expect(known < set(packages) and all(packages[name]["versionInfo"] == versions[name] for name in known), "other versions")
    expect(licences == set(packages) - {"godwit"}, f"licences of {sorted(licences ^ set(packages))}")
    with bench.images.files("godwit:debug") as root:
        own = json.loads((root / "usr/share/sbom/godwit.spdx.json").read_text(encoding="utf-8"))
        expect({package["name"] for package in own["packages"]} == set(packages) | {"busybox-static"}, "the shell is not in it")
    print(f"   {len(packages)} packages")


def same_digest(bench):
    """Everything but the installation of compilers again, from a copy of the sources with other times."""
    copy = bench.images.folder / "copy"
    for name in run("git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z")[0].split("\0"):
        if name and (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    bench.images.build("godwit-again", "--no-cache", "--build-arg", f"BASE={TOOLCHAIN}", context=copy)
    first, second = (bench.images.pushed(tag)[0] for tag in ("godwit", "godwit-again"))
    expect(first == second, f"{first} and {second}")
    print(f"   {first}")


# What they do.

def up_and_down(image, kind):
    def check(bench):
        url = bench.database(kind)
        applied = json.loads(bench.godwit(image, url, "--json", "--connect-retry=30s", "up")[0])
        expect([step["version"] for step in applied["applied"]] == ["1", "2"] and not applied["dirty"], applied)
        bench.godwit(image, url, "status", "--check")
        bench.godwit(image, url, "down", "--all", "--yes")
        bench.godwit(image, url, "version", code=3)
    check.__name__ = f"up_and_down {image} {kind}"
    return check


def as_migrate(bench):
    for image, start in (("godwit:migrate", []), ("godwit", ["--entrypoint", "/migrate"]),
                         ("godwit:static", ["--entrypoint", "migrate"])):
        for kind in ("postgresql", "mariadb"):
            url = bench.database(kind)
            options = [*start, "-v", f"{bench.migrations}:/migrations:ro"]
            words = ["-path=/migrations", "-database", url]
            expect("1/u birds" in bench.godwit(image, url, *words, "up", options=options)[1], f"{image} {kind}: up")
            expect(bench.godwit(image, url, *words, "version", options=options)[1].strip() == "2", f"{image} {kind}: version")
            bench.godwit(image, url, *words, "down", "-all", options=options)
    usage = bench.images.docker("run", "--rm", "godwit:migrate")[1]
    expect("Usage: migrate OPTIONS COMMAND" in usage, usage)


def user_and_file_system(bench):
    """New files belong to 65532; nothing but mounted folders can be written to."""
    shared = bench.shared("new")
    bench.godwit("godwit", None, "new", "owls", "--path=/new", "--sql=SELECT 1;", options=["-v", f"{shared}:/new"])
    made = sorted(shared.iterdir())
    expect(len(made) == 2 and all(path.stat().st_uid == USER for path in made), f"{made}")
    refused = bench.godwit("godwit", None, "new", "owls", "--path=/tmp", "--sql=SELECT 1;", code=2, options=[])[1]
    expect("Read-only file system" in refused, refused)
    said = bench.godwit("godwit:debug", None, "-c", "id -u; touch /tmp/x; ls -d /migrations", code=1,
                        options=["--entrypoint", "sh"])
    expect(said[0] == f"{USER}\n" and "Read-only file system" in said[1], f"{said}")
    forgotten = bench.godwit("godwit", bench.database("sqlite"), "up", code=2, options=[])[1]
    expect("migrations" in forgotten and "state: nothing was changed" in forgotten, forgotten)


def config_map(bench):
    """A folder as the kubelet makes it: links to files below a link to a folder."""
    folder = bench.folder_of("map", {})
    (folder / "..2026").mkdir()
    (folder / "..data").symlink_to("..2026")
    for name, text in MIGRATIONS.items():
        (folder / "..2026" / name).write_text(text)
        (folder / name).symlink_to(f"..data/{name}")
    applied = json.loads(bench.godwit("godwit", bench.database("postgresql"), "--json", "up",
                                      options=["-v", f"{folder}:/migrations:ro"])[0])
    expect(len(applied["applied"]) == 2, applied)


def client_plugins(bench):
    """A user of MariaDB whose way to log in is a plugin that the client library loads from the image."""
    bench.mariadb("INSTALL SONAME 'auth_ed25519'")
    bench.mariadb(f"CREATE USER 'image{os.getpid()}'@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('of-the-image')")
    bench.mariadb(f"GRANT ALL ON *.* TO 'image{os.getpid()}'@'127.0.0.1'")
    url = re.sub(r"//.*?@", f"//image{os.getpid()}:of-the-image@", bench.database("mariadb"))
    for image in ("godwit", "godwit:static"):
        bench.godwit(image, url, "up")
    with bench.images.files("godwit") as root:
        names = {path.name for path in root.glob("usr/lib/*/libmariadb3/plugin/*.so")}
    expect({"caching_sha2_password.so", "sha256_password.so", "client_ed25519.so"} <= names, f"{names}")


@contextlib.contextmanager
def served(files, certificate=None):
    """A web server for a few files, with TLS where it is given a file with certificate and key: its address."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = files.get(self.path.lstrip("/"))
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def archive_from_the_web(bench):
    """Names that are no ASCII need the one locale of the image."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, text in (("1_vögel.up.sql", "CREATE TABLE v (id INTEGER);"), ("1_vögel.down.sql", "DROP TABLE v;")):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    content = packed.getvalue()
    with served({"m.tar.gz": content}) as address:
        source = f"{address}/m.tar.gz#sha256={hashlib.sha256(content).hexdigest()}"
        for image in ("godwit", "godwit:static"):
            done = json.loads(bench.godwit(image, bench.database("postgresql"), "--json", "--source", source, "up",
                                           options=[])[0])
            expect([step["name"] for step in done["applied"]] == ["vögel"], done)


def certificates(bench):
    """Debian's bundle is there and counts: a server is believed when its certificate stands in that file, and else not."""
    with bench.images.files("godwit") as root:
        bundle = (root / "etc/ssl/certs/ca-certificates.crt").read_text()
        expect(os.readlink(root / "usr/lib/ssl/cert.pem") == "/etc/ssl/certs/ca-certificates.crt", "OpenSSL looks elsewhere")
    expect(bundle.count("BEGIN CERTIFICATE") > 100, f"only {bundle.count('BEGIN CERTIFICATE')} certificates")
    made, key = bench.folder / "server.pem", bench.folder / "server.key"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=image", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made)
    both = bench.folder / "both.pem"
    both.write_text(key.read_text() + made.read_text())
    files = {name: text.encode() for name, text in MIGRATIONS.items()}
    bench.images.docker("run", "--rm", "--user", f"{os.getuid()}:{os.getgid()}", "-v", f"{bench.migrations}:/migrations", "godwit",
                        "index", "/migrations")
    files["migrations.json"] = (bench.migrations / "migrations.json").read_bytes()
    (bench.migrations / "migrations.json").unlink()
    with served(files, both) as address:
        url = bench.database("postgresql")
        words = ["--source", f"{address}/", "up"]
        refused = bench.godwit("godwit", url, *words, code=2, options=[])[1]
        expect("certificate" in refused, refused)
        bench.godwit("godwit", url, *words, options=["-v", f"{made}:/etc/ssl/certs/ca-certificates.crt:ro"])


def all_built_in(bench):
    for image, place in (("godwit", "/usr/local/lib/godwit/"), ("godwit:static", "built-in")):
        listed = json.loads(bench.godwit(image, None, "plugins", "--json", options=[])[0])["plugins"]
        found = {(plugin["kind"], plugin["name"]) for plugin in listed if plugin["file"].startswith(place)}
        expect(found == STOCK, f"{image}: {listed}")


# What happens to it.

def sigterm(bench):
    """The migration that runs is finished, the next one is not begun, the process ends with 130: it is process 1."""
    slow = bench.folder_of("slow", {"1_slow.up.sql": "SELECT pg_sleep(1.5);\n", "2_next.up.sql": "SELECT 2;\n"})
    url = bench.database("postgresql")
    with bench.started("godwit", url, "up", "--no-batch", "--grace=30s", "--json=lines",
                       options=["-v", f"{slow}:/migrations:ro"]) as (process, first):
        await_that(lambda: bench.psql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND state = "
                                      "'active' AND pid <> pg_backend_pid() AND datname = current_database()", url) != "0"
                   or process.poll() is not None, "the migration does not begin")
        os.kill(first(), signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    expect(process.returncode == 130, f"exit code {process.returncode}\n{output}{errors}")
    result = json.loads(output.splitlines()[-1])
    expect(result["event"] == "result" and [step["version"] for step in result["applied"]] == ["1"] and result["interrupted"],
           result)


def sigterm_while_waiting(bench):
    with bench.started("godwit", "postgres://x@127.0.0.1:1/x?sslmode=disable", "wait", "--connect-retry=10m",
                       options=[]) as (process, first):
        child = first()
        await_that(lambda: catches_term(child), "godwit takes no signals")
        os.kill(child, signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    expect(process.returncode == 130, f"exit code {process.returncode}\n{output}{errors}")


def catches_term(pid):
    """SIGTERM is blocked, which is how godwit reads it from a descriptor."""
    mask = re.search(r"^SigBlk:\s+(\w+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]
    return int(mask, 16) >> (signal.SIGTERM - 1) & 1


def commands(bench):
    return json.loads(bench.godwit("godwit", None, "help", "--json", options=[])[0])["commands"]


def kubernetes(bench):
    """Every command of godwit in the YAML files, in the order of the containers, each file on a fresh database."""
    ran = 0
    for path in sorted((ROOT / "packaging/kubernetes").glob("*.yaml")):
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))["spec"]["template"]["spec"]
        url = bench.database("postgresql")
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            if container["image"].startswith("registry.example.com/"):
                continue
            mounts = [["-v", f"{bench.migrations}:{mount['mountPath']}:ro"] for mount in container.get("volumeMounts", [])]
            user = f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}"
            output = bench.godwit("godwit", url, *container["args"], options=sum(mounts, ["--user", user]))[0]
            if "--json=lines" in container["args"]:
                result = [json.loads(line) for line in output.splitlines()][-1]
                expect(result["event"] == "result" and result["pending"] == 0, f"{path.name}: {result}")
            ran += 1
    print(f"   {ran} commands")
    expect(ran >= 5, f"only {ran} containers")


def example():
    """The bundle beside the example of a source plugin."""
    return next(path for top in ("examples", "plugins") for path in (ROOT / top).rglob("shop.sql.txt"))


def plugin_for(bench):
    """docs/docker.md builds one; here is what it is good for."""
    shutil.copy(example(), bench.folder / "shop.sql.txt")
    options = ["-v", f"{bench.plugins}:/plugins:ro", "-e", "GODWIT_PLUGIN_PATH=/plugins", "-w", "/lists",
               "-v", f"{bench.folder}/shop.sql.txt:/lists/shop.sql.txt:ro"]
    url = bench.database("postgresql")
    bench.godwit("godwit", url, "--source", "list://shop.sql.txt", "up", options=options)
    expect(bench.godwit("godwit", url, "--source", "list://shop.sql.txt", "version", options=options)[0].strip() == "2", "not at 2")
    refused = bench.godwit("godwit:static", url, "--source", "list://shop.sql.txt", "up", code=2, options=options)[1]
    expect("built without loading of plugins" in refused, refused)


def documented(bench):
    """The lines of docs/docker.md that a person types, in their order."""
    bench.plugins = bench.folder_of("plugins", {})
    variables = {**bench.images.environment, "PLUGINS": str(bench.plugins), "SOURCE": str(example().parent),
                 "GODWIT_DATABASE": bench.database("postgresql")}
    text = (ROOT / "docs/docker.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    lines = [line for block in blocks for line in re.sub(r" *\\\n *", " ", block).splitlines()]
    has_idle = "idle" in {command["name"] for command in commands(bench)}
    ran = 0
    for line in lines:
        expect(line.startswith("docker "), f"docs/docker.md: not a docker command: {line}")
        if "compose.yaml exec" in line and not has_idle:
            print(f"   SKIPPED, this godwit has no idle: {line}")
            continue
        begun = time.monotonic()
        output = run("bash", "-c", line, cwd=ROOT, env=variables)
        ran += 1
        if os.environ.get("GODWIT_IMAGE_VERBOSE"):
            print(f"   {time.monotonic() - begun:.1f} s: $ {line}\n{output[0]}{output[1]}")
    print(f"   {ran} commands")
    expect(ran >= 15 or not has_idle, f"only {ran} commands")


def own_image(bench):
    """The Dockerfile that docs/docker.md shows."""
    text = (ROOT / "docs/docker.md").read_text(encoding="utf-8")
    context = bench.folder_of("own", {"Dockerfile": re.search(r"^```dockerfile\n(.*?)^```$", text, re.M | re.S)[1]})
    shutil.copytree(bench.migrations, context / "migrations")
    bench.images.docker("build", "-f", context / "Dockerfile", "-t", "shop", context)
    applied = json.loads(bench.godwit("shop", bench.database("mariadb"), "--json", "up", options=[])[0])
    expect(applied["current"] == "2", applied)


def composed(bench):
    """What docs/docker.md does, with a look at what came of it; then a migration that fails: nothing else is started."""
    def compose(*words, code=0):
        return bench.images.docker("compose", "-f", bench.compose, *words, code=code)

    folder = bench.folder / "shop"
    shutil.copytree(ROOT / "packaging/docker/migrations", folder / "migrations")
    bench.compose = folder / "compose.yaml"
    shutil.copy(ROOT / "packaging/docker/compose.yaml", bench.compose)
    has_idle = "idle" in {command["name"] for command in commands(bench)}
    expect("application: would start now" in compose("up", "-d")[1], "the application is not started")
    try:
        events = [json.loads(line) for line in compose("logs", "migrate")[0].splitlines() if line.startswith("{")]
        expect(events[-1]["event"] == "result" and events[-1]["current"] == "2", events[-1])
        if has_idle:
            expect("2 orders" in compose("exec", "godwit", "godwit", "info")[0], "info does not tell of 2")
            (folder / "migrations/3_more.up.sql").write_text("CREATE TABLE more (id bigint);\n")
            compose("exec", "godwit", "godwit", "migrate")
            expect(compose("exec", "godwit", "godwit", "version")[0].strip() == "3", "not at 3")
            compose("exec", "godwit", "sh", "-c", "true", code=127)
    finally:
        ended = compose("down")[1]
    expect("migrate: ended" not in ended, f"migrate stays: {ended}")
    expect("godwit: ended with 0" in ended or not has_idle, f"godwit idle: {ended}")
    (folder / "migrations/4_wrong.up.sql").write_text("CREATE TABEL wrong;\n")
    refused = compose("up", "-d", code=1)[1]
    expect("\"migrate\" didn't complete successfully: exit 1" in refused and "would start" not in refused, refused)
    compose("down")


CHECKS = [builds, small, described, nothing_else, bill_of_materials,
          *(up_and_down(image, kind) for image in ("godwit", "godwit:static") for kind in ("postgresql", "mariadb", "sqlite")),
          as_migrate, user_and_file_system, config_map, client_plugins, archive_from_the_web, certificates, all_built_in, sigterm,
          sigterm_while_waiting, kubernetes, own_image, documented, plugin_for, composed, same_digest]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="only these checks, and the building they need")
    wanted = parser.parse_args().only
    passed = failed = 0
    begun = time.monotonic()
    # So that whoever ends this leaves no mount and no storage behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Images() as images:
        images.make_base()
        print(f"base {BASE}, storage {images.driver} ({time.monotonic() - begun:.1f} s)", flush=True)
        begin = time.monotonic()
        images.make_toolchain()
        print(f"toolchain ({time.monotonic() - begin:.1f} s)", flush=True)
        bench = Bench(images)
        for check in CHECKS:
            if check is not builds and not re.search(wanted, check.__name__):
                continue
            begin = time.monotonic()
            try:
                check(bench)
                passed += 1
                print(f"ok {check.__name__} ({time.monotonic() - begin:.1f} s)", flush=True)
            except Exception as problem:  # a bug of the test fails it as well
                failed += 1
                told = problem if isinstance(problem, Failed) else traceback.format_exc()
                print(f"FAILED {check.__name__} ({time.monotonic() - begin:.1f} s): {told}", flush=True)
                if check is builds:
                    break
    print(f"image: {passed} passed, {failed} failed in {time.monotonic() - begun:.0f} s")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
