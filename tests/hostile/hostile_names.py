"""Names of ledgers, schemas, databases and migrations are never SQL, whatever is in them.

For each name: up, status, history and down with a ledger of that name either work, leaving that table, its history and the migration's
own table and nothing else, or are refused with a word on why and leave nothing at all. A table that stands by keeps its
row. Names are a fixed list and some more from a seed, which is printed.
"""
import argparse
import concurrent.futures
import json
import os
import random
import sys
import urllib.parse

from place import Failure, available, folder, missing_is_failure, place

NAMES = [
    "plain", "two words", " blank", "semi;colon", "quo'te", "quo\"te", "back`tick", "back\\slash", "back\\", "'", "\"", "`",
    "\"; DROP TABLE bystander; --", "'; DROP TABLE bystander; --", "`; DROP TABLE bystander; --", "x\nDROP TABLE bystander;",
    "x\r\n-- ", "/* x", "x */", "$$x$$", "%s%n%00", "{}", ":colon", "@at", "?", "x' OR '1'='1", "bystander\"(id) --", "MiXed",
    "größe", "名前", "\U0001F426", "\u202Eevil", "\x1b[31mred", "select", "x" * 63, "x" * 64, "x" * 65, "x" * 300, "é" * 40,
    "a" * 62 + "é", "tab\there", "_history", "schema_migrations_history", "0", "-1", "=", "a,b", "(a)", "[a]", "#a", "--a", "a\x7f",
]
PIECES = ["'", "\"", "`", "\\", ";", "--", "/*", "*/", "\n", "\r", "\t", " ", "$", "$$", "%", "?", ":", "@", "#", "(", ")", "é", "名",
          "DROP TABLE bystander", "x", "SELECT", "\x01", "E'", "{", "}", "=", ","]
CLEAR = {1, 2, 5}  # exit codes of a refusal


def random_names(seed, count):
    source = random.Random(seed)
    return ["".join(source.choice(PIECES) for _ in range(source.randint(1, 12))) for _ in range(count)]


def spare_title(name):
    """The part of it that a file's name can hold."""
    return "".join(c for c in name if c not in "/\n\0" and c.isprintable())[:40] or "x"


def prepare(p, name):
    p.title = spare_title(name)
    p.write(f"m/1_{p.title}.up.sql", "CREATE TABLE ours (id int);\n")
    p.write(f"m/1_{p.title}.down.sql", "DROP TABLE ours;\n")
    p.rows("CREATE TABLE bystander (id int)")
    p.rows("INSERT INTO bystander VALUES (4711)")


def names_in(tables):
    return {name for _, name in tables}


def check_bystander(p, run):
    if p.rows("SELECT id FROM bystander") != ["4711"]:
        raise Failure(f"the bystander was changed\n{run}")


def check_refused(p, run, before):
    if run.code not in CLEAR:
        raise Failure(f"that is no refusal\n{run}")
    if "error: " not in run.stderr or "state: " not in run.stderr:
        raise Failure(f"it is not said what is wrong, or what the state is\n{run}")
    if p.tables() != before:
        raise Failure(f"tables before {before}, behind {p.tables()}\n{run}")


def folded(kind, name):
    """How the server keeps the name; MariaDB and MySQL on Linux keep it as it is."""
    return name.encode()


def check_kept(p, run, before, name):
    added = names_in(p.tables()) - names_in(before)
    if b"ours" not in added or folded(p.kind, name) not in added or len(added) != 3:
        raise Failure(f"tables that came: {added}\n{run}")


def succeed(p, *words):
    run = p.run(*words)
    if run.code != 0:
        raise Failure(str(run))
    return run


def walk(p, name, options):
    """The commands with this ledger. True where they work."""
    before = p.tables()
    first = p.run("up", *options)
    check_bystander(p, first)
    if first.code != 0:
        check_refused(p, first, before)
        return False
    check_kept(p, first, before, name)
    status = json.loads(succeed(p, "status", "--json", *options).stdout)
    if [m["state"] for m in status["migrations"]] != ["applied"]:
        raise Failure(f"{status}")
    history = json.loads(succeed(p, "history", "--json", *options).stdout)
    if [row["name"] for row in history["rows"]] != [p.title]:
        raise Failure(f"{history}")
    down = succeed(p, "down", *options)
    if b"ours" in names_in(p.tables()):
        raise Failure(str(down))
    check_bystander(p, down)
    return True


def by_option(p, name):
    prepare(p, name)
    return walk(p, name, ["-d", p.url, "-p", "m", "--table", name])


def by_url(p, name):
    """golang-migrate's parameter: one name, dots included."""
    prepare(p, name)
    between = "&" if "?" in p.url else "?"
    url = f"{p.url}{between}x-migrations-table={urllib.parse.quote(name, safe='')}"
    return walk(p, name, ["-d", url, "-p", "m"])


def by_schema(p, name):
    """PostgreSQL: a schema of that name, that of the session and that of the option."""
    if p.kind != "postgresql" or len(name.encode()) > 63 or "." in name:
        return None
    prepare(p, name)
    quoted = '"' + name.replace('"', '""') + '"'
    p.rows(f"CREATE SCHEMA {quoted}")
    path = urllib.parse.quote(f"{quoted},public", safe="")
    walk(p, "versions", ["-d", f"{p.url}&search_path={path}", "-p", "m", "--table", f"{name}.versions"])
    if b"ours" in {n for schema, n in p.tables() if schema == b"public"}:
        raise Failure("the migration's table is not in that schema")
    return True


def by_database(p, name):
    """A database of that name, made, used and dropped."""
    if p.kind == "sqlite" or len(name.encode()) > 50:
        return None
    prepare(p, name)
    full = f"{p.database.name} {name}"
    cut = p.url.rfind(p.database.name)
    url = p.url[:cut] + urllib.parse.quote(full, safe="") + p.url[cut + len(p.database.name):]
    made = p.run("create-db", "-d", url)
    if made.code != 0:
        check_refused(p, made, p.tables())
        return False
    try:
        first = p.run("up", "-d", url, "-p", "m")
        if first.code != 0:  # MySQL makes a database whose name it then cannot compare
            check_refused(p, first, p.tables())
            return False
        for words in (["status"], ["down"], ["up"], ["drop", "--yes"]):
            succeed(p, *words, "-d", url, *([] if words[0] == "drop" else ["-p", "m"]))
    finally:
        succeed(p, "drop-db", "--yes", "-d", url)
    check_bystander(p, made)
    return True


def one(job):
    way, kind, base, godwit, name, number, root = job
    try:
        with place(kind, base, godwit, f"{root}/{kind}-{way.__name__}-{number}") as p:
            return way(p, name), ""
    except Failure as failure:
        return None, f"{kind}: {way.__name__}: {name!r}: {failure}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--more", type=int, default=6, help="names from the seed")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    kinds = available(arguments.godwit)
    names = arguments.names or NAMES + random_names(arguments.seed, arguments.more)
    jobs = []
    with folder() as root, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, name in enumerate(names):
            for kind, base in kinds:
                # the ways other than the option take every third name each
                others = [by_url, by_schema, by_database]
                chosen = [by_option, *(others if arguments.names else [others[number // 3 % 3]] if number % 3 == 0 else [])]
                jobs += [(way, kind, base, arguments.godwit, name, number, root) for way in chosen]
        worked = refused = failed = 0
        for result, trouble in pool.map(one, jobs):
            worked, refused, failed = worked + (result is True), refused + (result is False), failed + bool(trouble)
            if trouble:
                print("FAILED:", trouble)
    failed += missing_is_failure(kinds)
    print(f"names that work: {worked}, that are refused: {refused}")
    print(f"{worked + refused} passed, {failed} failed")
    return 1 if failed or not worked else 0


if __name__ == "__main__":
    sys.exit(main())
