"""Throwaway databases in the place of those that a document names.

A document says `postgres://shop:secret@localhost/shop`; the test servers know neither that user nor that database.
For each such URL a page gets a user and a database of its own, and what is printed of them is turned back into what the
document says. A URL with the port 1, where nobody listens, is one that cannot be reached, and stays as it is.
"""
import itertools
import os
import re
import secrets
import subprocess
import urllib.parse

URL = re.compile(r"\b(?P<scheme>postgres(?:ql)?|pgx[45]?|mysql|mariadb)://(?P<rest>[^\s'\"`<>|;,}\\]+)")
PARTS = re.compile(r"(?:(?P<user>[^:@/]+)(?::[^@/]*)?@)?(?P<host>tcp\([^)]*\)|[^/?]+)/(?P<database>[^?]*)(?:\?(?P<query>.*))?$")
VARIABLES = {"PostgreSQL": "GODWIT_TEST_POSTGRESQL_URL", "MariaDB": "GODWIT_TEST_MARIADB_URL"}
_numbers = itertools.count()


class Unusable(Exception):
    pass


def kind_of(scheme):
    return "MariaDB" if scheme in ("mysql", "mariadb") else "PostgreSQL"


def urls_in(text):
    """The URLs of servers in a text that stand for a test server, in order."""
    found = dict.fromkeys(match[0] for match in URL.finditer(text))
    return [url for url in found if not re.search(r":1\)?(/|$)", url)]


def missing_for(text):
    """The kinds of server that a text needs and that are not there."""
    kinds = {kind_of(URL.match(url)["scheme"]) for url in urls_in(text)}
    return sorted(kind for kind in kinds if not os.environ.get(VARIABLES[kind]))


def psql(sql):
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", os.environ[VARIABLES["PostgreSQL"]]], input=sql, text=True,
                   check=True, capture_output=True)


def mariadb(sql):
    server = re.match(r"mysql://(?P<user>[^:]+):(?P<password>[^@]*)@tcp\((?P<host>[^:]+):(?P<port>\d+)\)",
                      os.environ[VARIABLES["MariaDB"]])
    subprocess.run(["mariadb", "--no-defaults", "-h", server["host"], "-P", server["port"], "-u", server["user"]],
                   env={**os.environ, "MYSQL_PWD": server["password"]}, input=sql, text=True, check=True,
                   capture_output=True)


class Databases:
    """Those of one page; made when they are first named, removed at the end."""

    def __init__(self):
        self._prefix = f"gd{os.getpid()}x{next(_numbers)}_"
        self._password = "pw" + secrets.token_hex(8)
        self._real = {}
        self._made = []
        self._shown = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for undo, sql in reversed(self._made):
            undo(sql)

    def _make(self, kind, user, database):
        run = psql if kind == "PostgreSQL" else mariadb
        quote = '"' if kind == "PostgreSQL" else "`"
        name, role = f"{quote}{self._prefix}{database}{quote}", f"{self._prefix}{user}"
        if kind == "PostgreSQL":
            steps = [(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{self._password}'", f"DROP ROLE {role}"),
                     (f"GRANT pg_read_all_stats TO {role}", ""),
                     (f"CREATE DATABASE {name} OWNER {role}", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")]
        else:
            steps = [(f"CREATE USER {role}@'%' IDENTIFIED BY '{self._password}'", f"DROP USER {role}@'%'"),
                     (f"CREATE DATABASE {name}", f"DROP DATABASE IF EXISTS {name}"),
                     (f"GRANT ALL ON {name}.* TO {role}@'%'", ""), (f"GRANT PROCESS ON *.* TO {role}@'%'", "")]
        for sql, undo in steps:
            if (run, undo) in self._made:
                continue
            run(sql)
            if undo:
                self._made.append((run, undo))

    def _address(self, kind, role, database, query, plain):
        """The real URL, and the same as godwit shows it."""
        test = os.environ[VARIABLES[kind]]
        if kind == "MariaDB":
            host = re.search(r"tcp\(([^)]*)\)", test)[1 if plain else 0]
        else:
            host = urllib.parse.urlsplit(test).netloc.rpartition("@")[2]
            query = "&".join(filter(None, [query, "" if "sslmode=" in (query or "") else "sslmode=disable"]))
        tail = f"@{host}/{database}" + (f"?{query}" if query else "")
        return f"{role}:{self._password}{tail}", f"{role}:***{tail}"

    def real(self, url):
        if url in self._real:
            return self._real[url]
        match = URL.match(url)
        parts = PARTS.match(match["rest"])
        if not parts or not parts["database"]:
            raise Unusable(f"{url}: a database and a host are expected")
        kind, user = kind_of(match["scheme"]), parts["user"] or "godwit"
        self._make(kind, user, parts["database"])
        full, hidden = self._address(kind, self._prefix + user, self._prefix + parts["database"], parts["query"],
                                     not parts["host"].startswith("tcp("))
        self._real[url] = f"{match['scheme']}://{full}"
        shown = re.sub(r"^(\w+://[^:@/]+):[^@/]*@", r"\1:***@", url)
        self._shown += [(self._real[url], url), (f"{match['scheme']}://{hidden}", shown)]
        self._shown.sort(key=lambda pair: -len(pair[0]))
        return self._real[url]

    def to_real(self, text):
        for url in sorted(urls_in(text), key=len, reverse=True):
            text = text.replace(url, self.real(url))
        return text

    def to_shown(self, text):
        for real, shown in self._shown:
            text = text.replace(real, shown)
        return text.replace(self._prefix, "")
