"""How long is waited, for whom, and what is told of it."""
import re
import threading
import time

from bench import Session, expect, until

ALL = ("postgresql", "mariadb", "mysql", "sqlite")
SERVERS = ("postgresql", "mariadb", "mysql")
EXACT = 0.3  # seconds that a time-out may be off


def held_by_a_run(case):
    """A godwit that has the lock for long. It is killed with the case."""
    case.write(v1_slow=case.sleeping(60))
    holder = case.start("up", "--json=lines")
    holder.wait_for('"run-started"')
    return holder


def waited_for(text):
    """Seconds of 'not free within 1.5s'."""
    match = re.search(r"not free within (?:([\d.]+) ms|([\d.]+) s)", text)
    expect(match, f"no time in: {text}")
    return float(match[1]) / 1000 if match[1] else float(match[2])


def exactly(case, seconds, holder, *words):
    """--lock-timeout is kept, and the holder named. What a start of the program takes is measured beside it."""
    start = min(case.run("version", code=3, GODWIT_TABLE="other").took for _ in range(2)) if words else 0
    process = case.run("up", "--lock-timeout", f"{int(seconds * 1000)}ms", *words, code=6)
    told = waited_for(process.output())
    expect(abs(told - seconds) <= EXACT, f"told {told} s instead of {seconds}")
    expect(seconds <= process.took <= seconds + 2 * EXACT + 2 * start + 1, f"took {process.took:.2f} s")
    expect(holder in process.output(), f"{holder} is not named: {process.output()}")


def lock_timeout(case):
    holder = held_by_a_run(case)
    named = f"pid {holder.process.pid}" if case.kind == "sqlite" else "user "
    for seconds in (0.4, 1.5):
        exactly(case, seconds, named)
    begin = time.monotonic()
    case.run("up", "--lock-timeout", "0", code=6)
    expect(time.monotonic() - begin < 3, "0 waited")


def ledger_in_the_making(case):
    """Somebody else makes the version table and does not commit."""
    case.write(v1_t="CREATE TABLE t (id int);\n")
    with Session(case) as other:
        number = other.number()
        other.do("BEGIN")
        other.do("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)")
        exactly(case, 1.2, f"pid {number}")
        other.do("ROLLBACK")
    expect("schema_migrations" not in case.database.tables(), "something was left")
    case.run("up")


def ledger_locked(case):
    """Somebody has the version table for himself."""
    case.write(v1_t="CREATE TABLE t (id int);\n")
    case.run("up")
    case.write(v2_t="CREATE TABLE t2 (id int);\n")
    with Session(case) as other:
        number = other.number()
        if case.kind == "postgresql":
            other.do("BEGIN")
            other.do("LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE")
        else:
            other.do("LOCK TABLES schema_migrations WRITE")
        process = case.run("up", "--lock-timeout", "1200ms", code=6)
        expect(abs(waited_for(process.output()) - 1.2) <= EXACT and process.took < 1.2 + 2,
               f"{process.took}: {process.output()}")
        if case.kind != "mariadb":  # which tells only with the performance schema
            expect(number in process.output(), f"{number} is not named: {process.output()}")
    case.run("up")
    expect(case.version() == "2", case.version())


def file_locked(case):
    """SQLite: another program writes and does not end."""
    case.write(v1_t="CREATE TABLE t (id int);\n")
    case.sql("CREATE TABLE other (id int)")
    with Session(case) as other:
        other.do("BEGIN EXCLUSIVE")
        process = case.run("up", "--lock-timeout", "700ms", code=6)
        expect(process.took < 0.7 + 2 and f"pid {other.number()}" in process.output(), process.output())
    case.run("up")


def shown_locks(case):
    """Holder, waiter, and who blocks the holder's statement."""
    free = case.json("locks")
    expect(free["sessions"] == [] and free["lock"], free)
    case.write(v1_t="CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n")
    case.run("up")
    case.write(v2_alter="ALTER TABLE t ADD COLUMN n int;\n")
    with Session(case) as reader:
        reader.do("BEGIN")
        reader.do("SELECT count(*) FROM t")
        number = reader.number()
        holder = case.start("up", "--json=lines")
        if case.kind == "sqlite":
            until(lambda: case.json("locks")["sessions"], "a holder")
        else:
            until(lambda: case.running("ALTER TABLE t ADD"), "the statement that waits")
        waiter = case.start("up", "--lock-timeout", "60s")
        roles = lambda: {s["role"]: s for s in case.json("locks")["sessions"]}  # noqa: E731
        wanted = {"holder", "blocker"} | ({"waiter"} if case.kind in ("postgresql", "mysql") else set())
        until(lambda: wanted <= set(roles()), f"{wanted} in godwit locks")
        found = roles()
        expect(found["blocker"]["id"] == number and found["blocker"]["blocks"] == found["holder"]["id"], found)
        expect(case.kind in ("sqlite", "mariadb") or found["blocker"]["object"].endswith("t"), found)
        text = case.run("locks").output()
        expect("held" in text and "holder" in text and "block" in text, text)
        reader.do("ROLLBACK" if case.kind != "sqlite" else "COMMIT")
    holder.join(0)
    waiter.join(0)
    expect(case.json("locks")["sessions"] == [], "somebody holds it still")


def hold_for(case, session, seconds):
    """A reader that has the table for so long, then lets it go by itself."""
    session.do("BEGIN")
    session.do("SELECT count(*) FROM t")
    timer = threading.Timer(seconds, lambda: session.do("COMMIT"))
    timer.start()
    return timer


def table_with_reader(case):
    case.write(v1_t="CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n")
    case.run("up")
    case.write(v2_alter="ALTER TABLE t ADD COLUMN n int;\n")
    # MySQL and MariaDB count in whole seconds
    return "200ms" if case.kind == "postgresql" else "1s"


def gives_up(case):
    """Without --retry a table that is not free fails the migration, and nothing is left of it."""
    limit = table_with_reader(case)
    with Session(case) as reader:
        timer = hold_for(case, reader, 4)
        process = case.run("up", "--ddl-lock-timeout", limit, code=1)
        expect(process.took < 3.5, f"took {process.took}")
        timer.join()
    expect(case.version() == "1", "the version moved")
    case.run("up")


def tries_again(case):
    """With --retry it lets traffic through and comes back."""
    limit = table_with_reader(case)
    with Session(case) as reader:
        timer = hold_for(case, reader, 2.5)
        migrating = case.start("up", "--ddl-lock-timeout", limit, "--retry", "20")
        if case.kind == "postgresql":
            until(lambda: case.running("ALTER TABLE t ADD"), "the first try")
            begin = time.monotonic()
            case.sql("SELECT count(*) FROM t")  # queues behind the ALTER, which gives up
            expect(time.monotonic() - begin < 1.5, "traffic stood still")
        migrating.join(0)
        timer.join()
    expect(case.version() == "2", "not applied")


def directives(case):
    """The same, asked for in the script; and `timeout`."""
    limit = table_with_reader(case)
    case.write(v2_alter=f"-- godwit: lock-timeout {limit}\n-- godwit: retry 20\nALTER TABLE t ADD COLUMN n int;\n")
    with Session(case) as reader:
        timer = hold_for(case, reader, 1.5)
        case.run("up")
        timer.join()
    expect(case.version() == "2", "not applied")
    case.write(v3_slow="-- godwit: timeout 300ms\n" + case.sleeping(30))
    process = case.run("up", code=1)
    expect(process.took < 10 and case.version() == "2", process.output())


def number_of_tries(case):
    """An option that is no number, and more tries than were asked for."""
    case.run("up", "--retry", "many", code=2)
    limit = table_with_reader(case)
    with Session(case) as reader:
        reader.do("BEGIN")
        reader.do("SELECT count(*) FROM t")
        process = case.run("up", "--ddl-lock-timeout", limit, code=1, GODWIT_RETRY="1")
        expect(process.took < 6, f"took {process.took}")


def keepalives(case):
    """What makes the server notice that our host is gone."""
    if case.kind == "postgresql":
        case.write(v1_k="CREATE TABLE k AS SELECT current_setting('tcp_keepalives_idle')::int + 3 * "
                        "current_setting('tcp_keepalives_interval')::int AS s, current_setting('tcp_user_timeout') AS u;\n")
        case.run("up")
        expect(case.sql("SELECT s, u FROM k") == "25|25000", case.sql("SELECT s, u FROM k"))
        return
    case.write(v1_k="CREATE TABLE k AS SELECT @@wait_timeout AS s;\n")
    case.run("up")
    expect(case.sql("SELECT s FROM k") == "25", case.sql("SELECT s FROM k"))


CASES = [(lock_timeout, ALL), (ledger_in_the_making, ("postgresql",)), (ledger_locked, SERVERS),
         (file_locked, ("sqlite",)), (shown_locks, ALL), (gives_up, SERVERS), (tries_again, SERVERS),
         (directives, SERVERS), (number_of_tries, ("postgresql", "mariadb")), (keepalives, SERVERS)]
