"""The table of bad inputs: what is given, the exit code, and the first line that is said of it; on every database.

After each the database must hold exactly what it held before. A row that says `holds` is accepted, and must do what it
says. Lines above the error (the header, warnings) are passed over; the paths of the folder are left out.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

from place import NOBODY, Failure, available, folder, missing_is_failure, place

UNCHANGED = re.compile(r"^  state: (nothing was (changed|run)\b.*|nothing of this migration was kept; .*)$", re.M)
UP = ["up", "-d", "URL", "-p", "m"]


class Case:
    """`words`: the command line, where URL stands for the database. `first`: pattern of the whole first line that
    begins with "error:" (or of the last line of stdout where the code is 0). `make` prepares the place. `only`: the
    kinds it is for. `begun`: something may have been kept; the state is said all the same."""

    def __init__(self, name, code, first, words=None, make=None, only=None, begun=False, privileged=True):
        self.name, self.code, self.first, self.words = name, code, first, UP if words is None else words
        self.make, self.only, self.begun, self.privileged = make, only, begun, privileged


def file(name, content):
    return lambda p: p.write("m/" + name, content)


def config(text):
    return lambda p: p.write("godwit.yaml", text)


def fifo(p):
    os.mkfifo(p.folder / "m/2_b.up.sql")


def link(target):
    return lambda p: (p.folder / "m/2_b.up.sql").symlink_to(target)


def ledger(sql):
    return lambda p: p.rows(sql)


def empty_folder(p):
    for path in (p.folder / "m").iterdir():
        path.unlink()


def unreadable(p):
    (p.folder / "m/1_a.up.sql").chmod(0)


def sizes(p):
    for name in ("1_a.up.sql", "1_a.down.sql", "2_b.up.sql"):
        p.write("m/" + name)


TEXT = r"the script is not UTF-8: this byte is part of no character"
CASES = [
    # the command line
    Case("no command", 2, "no command was given", []),
    Case("unknown command", 2, "unknown command 'pu'", ["pu"]),
    Case("unknown option", 2, "up has no option --hurry", [*UP, "--hurry"]),
    Case("option without its value", 2, ".*--lock-timeout.*", ["up", "--lock-timeout"]),
    Case("too many arguments", 2, ".*'2' is one argument too many", [*UP, "1", "2"]),
    Case("a count that is none", 2, "'x' is not a whole number from 1", [*UP, "x"]),
    Case("a count of SQL", 2, "'1; DROP TABLE x' is not a whole number from 1", [*UP, "1; DROP TABLE x"]),
    Case("a version that is none", 2, "'1 OR 1=1' is not a version.*", ["goto", "1 OR 1=1", "-d", "URL", "-p", "m"]),
    Case("a version beyond the ledger", 2, ".*99999999999999999999.*", ["goto", "99999999999999999999", "-d", "URL", "-p", "m"]),
    Case("a duration that is none", 2, "--lock-timeout: 'soon' is not a duration.*", [*UP, "--lock-timeout", "soon"]),
    Case("two ways to name the source", 2, "--path and --source exclude each other", [*UP, "-s", "file://m"]),
    Case("no database", 2, "no database is named", ["up", "-p", "m"]),
    Case("a database without scheme", 2, "--database: no scheme", ["up", "-d", "app.db", "-p", "m"]),
    Case("a scheme nobody knows", 2, "no driver plugin for 'nosuch:' .*", ["up", "-d", "nosuch://h/d", "-p", "m"]),
    Case("a scheme that climbs", 2, "--database: no scheme", ["up", "-d", "../../x://h/d", "-p", "m"]),
    Case("an empty table name", 2, ".*--table.*|.*is not a table name.*", [*UP, "--table", ""]),
    Case("a table name with three parts", 2, "'a\\.b\\.c' is not a table name: it has more than one dot", [*UP, "--table", "a.b.c"]),
    Case("a relative plugin path", 2, "the plugin path has the relative entry 'x': it must be absolute", [*UP, "--plugin-path", "x"]),
    Case("an unknown layout", 2, ".*'golang-migrat'.*", [*UP, "--format", "golang-migrat"]),
    # the folder
    Case("missing folder", 2, "ERROR ENOENT: cannot open the migrations folder DIR/nowhere: No such file or directory",
         ["up", "-d", "URL", "-p", "nowhere"]),
    Case("a file as folder", 2, "ERROR ENOTDIR: cannot open the migrations folder DIR/m/1_a.up.sql: Not a directory",
         ["up", "-d", "URL", "-p", "m/1_a.up.sql"]),
    Case("empty folder", 0, "nothing to do, 0 pending in .*", make=empty_folder),
    Case("empty folder and a goal", 2, ".*\\b1\\b.*", ["goto", "1", "-d", "URL", "-p", "m"], make=empty_folder),
    Case("unreadable file", 2, "ERROR EACCES: cannot open 1_a.up.sql: Permission denied", make=unreadable, privileged=False),
    Case("broken symbolic link", 2, "ERROR ENOENT: cannot open 2_b.up.sql: No such file or directory", make=link("nowhere")),
    Case("symbolic link to itself", 2, "ERROR ELOOP: cannot open 2_b.up.sql: Too many levels of symbolic links", make=link("2_b.up.sql")),
    Case("symbolic link to a folder", 2, "ERROR EISDIR: cannot read 2_b.up.sql: Is a directory", make=link("../m")),
    Case("symbolic link to a device", 5, "2_b.up.sql has a migration's name but is no regular file", make=link("/dev/zero")),
    Case("pipe named like a migration", 5, "2_b.up.sql has a migration's name but is no regular file", make=fifo),
    Case("huge version", 5, "99999999999999999999_b.up.sql: version 99999999999999999999 is larger than 9223372036854775807, .*",
         make=file("99999999999999999999_b.up.sql", "SELECT 1;")),
    Case("duplicate version", 5, "version 01 has two up files: 01_b.up.sql and 1_a.up.sql", make=file("01_b.up.sql", "SELECT 1;")),
    Case("files of no byte", 0, "2 applied, 0 pending in .*", make=sizes),
    # the scripts
    Case("Latin-1", 1, TEXT, make=file("2_b.up.sql", b"CREATE TABLE b (a int);\nCREATE TABLE caf\xe9 (a int);\n")),
    Case("Latin-1 in a comment", 1, TEXT, make=file("2_b.up.sql", b"-- caf\xe9\nCREATE TABLE b (a int);\n")),
    Case("UTF-16 with its mark", 1, "script is not UTF-8 but looks like UTF-16", make=file("2_b.up.sql", "SELECT 1;".encode("utf-16"))),
    Case("UTF-16 without", 1, "script is not UTF-8 but looks like UTF-16", make=file("2_b.up.sql", "SELECT 1;".encode("utf-16-le"))),
    Case("NUL bytes", 1, "NUL byte in the script: this is not a text file", make=file("2_b.up.sql", b"CREATE TABLE b (a int);\0")),
    Case("a picture", 1, "NUL byte in the script: this is not a text file|" + TEXT, make=file("2_b.up.sql", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
    Case("byte order mark", 0, "2 applied, 0 pending in .*", make=file("2_b.up.sql", b"\xef\xbb\xbfCREATE TABLE b (a int);\r\n")),
    Case("unterminated string", 1, "unterminated string", make=file("2_b.up.sql", "INSERT INTO a VALUES ('x);\n")),
    Case("unterminated comment", 1, "unterminated comment", make=file("2_b.up.sql", "/* x\nSELECT 1;\n")),
    Case("unknown directive", 1, "unknown directive 'no-transactoin'", make=file("2_b.up.sql", "-- godwit: no-transactoin\nSELECT 1;\n")),
    # a session that is lost in the middle of a script: a migration failed, which is 1; that one cannot connect is 7
    Case("a script that ends its session", 1, "ERROR 57P01: terminating connection due to administrator command",
         make=file("1_a.up.sql", "CREATE TABLE a (id int);\nSELECT pg_terminate_backend(pg_backend_pid());\n"),
         only=("postgresql",), begun=True),
    Case("a script that ends its session", 1, "ERROR (1927|1317|2013) .*",
         make=file("1_a.up.sql", "CREATE TABLE a (id int);\nKILL CONNECTION_ID();\n"), only=("mariadb", "mysql"), begun=True),
    Case("a server that is not there", 7, "cannot connect.*|.*[Cc]an't connect.*",
         ["up", "-d", "postgres://u:p@127.0.0.1:1/d?sslmode=disable", "-p", "m"], only=("postgresql",)),
    Case("a server that is not there", 7, ".*[Cc]an't connect.*", ["up", "-d", "mysql://u:p@tcp(127.0.0.1:1)/d", "-p", "m"],
         only=("mariadb", "mysql")),
    # the configuration file
    Case("configuration of a wrong type", 2, "godwit.yaml:1:8: 'table' must be one text, not a list", make=config("table: [a, b]\n")),
    Case("configuration with an unknown key", 2, "godwit.yaml:2:1: unknown key 'tabel'", make=config("# x\ntabel: a\n")),
    Case("configuration that is no YAML", 2, "godwit.yaml:\\d+:\\d+: .*", make=config("table: [a\n")),
    Case("configuration that is a list", 2, "godwit.yaml:1:1: the file must hold keys and values", make=config("- a\n")),
    Case("configuration of bytes", 2, "godwit.yaml:\\d+:\\d+: .*", make=config(b"\xff\xfe\0\1\0")),
    Case("configuration that is not there", 2, "cannot read .*nosuch.yaml", [*UP, "-c", "nosuch.yaml"]),
    # the ledger
    Case("somebody else's table", 5, ".*name.*batch.*", make=ledger("CREATE TABLE schema_migrations (name varchar(9), batch int)")),
    Case("a view in the ledger's place", 5, ".*it is a view.*",
         make=ledger("CREATE VIEW schema_migrations AS SELECT 1 AS version, 0 AS dirty")),
]


def first_line(run, code, directory):
    if code == 0:
        lines = run.stdout.strip().split("\n")[-1:]
    else:
        # of a migration that failed, the error stands below its place and excerpt
        lines = [line.removeprefix("error: ").strip() for line in run.stderr.split("\n")
                 if line.startswith(("error: ", "      ERROR "))]
    return lines[0].replace(str(directory), "DIR") if lines else ""


def check(case, p):
    p.write("m/1_a.up.sql", "CREATE TABLE a (id int);\n")
    p.write("m/1_a.down.sql", "DROP TABLE a;\n")
    if case.make:
        case.make(p)
    if not case.privileged and os.geteuid() == 0:
        if subprocess.run([p.godwit, "--version"], cwd="/", capture_output=True, user=NOBODY).returncode != 0:
            return  # the program lies where only root may run it
        p.user = NOBODY
        os.chmod(p.folder, 0o777)
    before = p.tables()
    run = p.run(*[p.url if word == "URL" else word for word in case.words])
    said = first_line(run, case.code, p.folder)
    if run.code != case.code:
        raise Failure(f"{case.code} was expected\n{run}")
    if not re.fullmatch(case.first, said):
        raise Failure(f"said {said!r}, not {case.first!r}\n{run}")
    if case.code == 0:
        return
    if not (UNCHANGED.search(run.stderr) or case.begun and re.search(r"^ +state: ", run.stderr, re.M)):
        raise Failure(f"nothing is said of the database's state\n{run}")
    if p.tables() != before and not case.begun:
        raise Failure(f"tables before {before}, behind {p.tables()}\n{run}")


def one(job):
    kind, base, godwit, case, number, root = job
    try:
        with place(kind, base, godwit, f"{root}/{kind}-{number}") as p:
            check(case, p)
        return ""
    except Failure as failure:
        return f"{kind}: {case.name}: {failure}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--godwit", required=True)
    parser.add_argument("names", nargs="*", help="only these rows")
    arguments = parser.parse_args()
    kinds = available(arguments.godwit)
    passed = failed = 0
    with folder() as root, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        os.chmod(root, 0o755)
        jobs = [(kind, base, arguments.godwit, case, number, root) for number, case in enumerate(CASES)
                for kind, base in kinds if (not arguments.names or case.name in arguments.names)
                and (not case.only or kind in case.only)]
        for trouble in pool.map(one, jobs):
            passed, failed = (passed, failed + 1) if trouble else (passed + 1, failed)
            if trouble:
                print("FAILED:", trouble)
    failed += missing_is_failure(kinds)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
