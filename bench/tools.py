"""Command lines: godwit and its peers, the databases' own clients, and the probe."""
import dataclasses
import pathlib
import re
import typing
import urllib.parse

PATTERN = {"postgresql": r"postgres://([^:]+):([^@]+)@([^:/]+):(\d+)/([^?]*)",
           "mariadb": r"mysql://([^:]+):([^@]+)@tcp\(([^:]+):(\d+)\)/(.*)"}


@dataclasses.dataclass
class Target:
    """One database as the tools name it."""
    kind: str
    url: str  # as godwit and golang-migrate take it

    def parts(self):
        user, password, host, port, name = re.match(PATTERN[self.kind], self.url).groups()
        return user, urllib.parse.unquote(password), host, int(port), name

    def through(self, port):
        """The same database behind a line that listens on `port` of this machine."""
        _, _, host, old, _ = self.parts()
        return Target(self.kind, self.url.replace(f"{host}:{old}", f"127.0.0.1:{port}"))

    @property
    def file(self):
        return self.url.removeprefix("sqlite3://")


@dataclasses.dataclass
class Tool:
    name: str
    layout: str
    up: typing.Callable  # (target, folder of the layout) -> words
    version: typing.Optional[list] = None
    stdin: typing.Optional[str] = None  # a file of the layout's folder that it reads


def goose_words(program, target, folder):
    if target.kind == "postgresql":
        return [program, "-dir", folder, "postgres", target.url]
    if target.kind == "mariadb":
        return [program, "-dir", folder, "mysql", target.url.removeprefix("mysql://") + "?parseTime=true"]
    return [program, "-dir", folder, "sqlite3", target.file]


def dbmate_url(target):
    if target.kind == "postgresql":
        return target.url
    if target.kind == "sqlite":
        return f"sqlite:{target.file}"
    user, password, host, port, name = target.parts()
    return f"mysql://{user}:{urllib.parse.quote(password)}@{host}:{port}/{name}"


def alembic_url(target):
    if target.kind == "sqlite":
        return f"sqlite:///{target.file}"
    scheme = {"postgresql": "postgresql+psycopg2", "mariadb": "mysql+pymysql"}[target.kind]
    user, password, host, port, name = target.parts()
    return f"{scheme}://{user}:{urllib.parse.quote(password)}@{host}:{port}/{name}"


def alembic_words(program, target, folder):
    ini = pathlib.Path(folder) / f"{abs(hash(target.url))}.ini"
    ini.write_text(f"[alembic]\nscript_location = {folder}\nsqlalchemy.url = {alembic_url(target).replace('%', '%%')}\n")
    return [program, "-c", str(ini), "upgrade", "head"]


def flyway_words(program, target, folder):
    user, password, host, port, name = target.parts()
    return [program, "-q", f"-url=jdbc:{target.kind}://{host}:{port}/{name}", f"-user={user}", f"-password={password}",
            f"-locations=filesystem:{folder}", "migrate"]


def client_words(target, _folder):
    """The database's own client, which reads one file from its standard input."""
    if target.kind == "postgresql":
        return ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", target.url]
    if target.kind == "sqlite":
        return ["sqlite3", "-bail", target.file]
    user, password, host, port, name = target.parts()
    return ["mariadb", "--no-defaults", f"-h{host}", f"-P{port}", f"-u{user}", f"-p{password}", name]


def all_tools(godwit, peers, probe, migrations):
    """Those that are there, godwit first."""
    program = lambda name: str(peers / name)  # noqa: E731
    found = [Tool("godwit", "pairs", lambda t, f: [godwit, "-q", "-d", t.url, "-s", f"file://{f}", "up"], [godwit, "--version"])]
    if (peers / "goose").exists():
        found.append(Tool("goose", "goose", lambda t, f: [*goose_words(program("goose"), t, f), "up"], [program("goose"), "-version"]))
    if (peers / "migrate").exists():
        found.append(Tool("golang-migrate", "pairs", lambda t, f: [program("migrate"), "-database", t.url, "-path", f, "up"],
                          [program("migrate"), "-version"]))
    if (peers / "dbmate").exists():
        found.append(Tool("dbmate", "dbmate", lambda t, f: [program("dbmate"), "--no-dump-schema", "-u", dbmate_url(t), "-d", f, "migrate"],
                          [program("dbmate"), "--version"]))
    if (peers / "alembic/bin/alembic").exists():
        found.append(Tool("Alembic", "alembic", lambda t, f: alembic_words(program("alembic/bin/alembic"), t, f),
                          [program("alembic/bin/alembic"), "--version"]))
    if (peers / "flyway/flyway").exists():
        found.append(Tool("Flyway", "flyway", lambda t, f: flyway_words(program("flyway/flyway"), t, f), [program("flyway/flyway"), "-v"]))
    found.append(Tool("client", "one", client_words, stdin="all.sql"))
    if probe:
        found.append(Tool("probe", "one", lambda t, _f: [str(probe), t.url, str(migrations)]))
    return found
