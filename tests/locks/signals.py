"""What a signal leaves: no lock, no statement that runs on, no half migration without a word."""
from bench import expect, until

ALL = ("postgresql", "mariadb", "mysql", "sqlite")
LONG = 60
NEEDLE = {"postgresql": "pg_sleep", "mariadb": "SLEEP", "mysql": "SLEEP", "sqlite": ""}


def long_run(case, seconds=LONG, *words):
    case.write(v1_first="CREATE TABLE first (id int);\n", v2_slow=case.sleeping(seconds),
               v3_next="CREATE TABLE next (id int);\n")
    running = case.start("up", "--json=lines", "--no-batch", *words)
    running.wait_for('"run-started"')
    if case.kind == "sqlite":
        until(lambda: case.json("locks")["sessions"], "the lock")
    else:
        until(lambda: case.running(NEEDLE[case.kind]), "the slow statement")
    return running


def check_clean(case, running, version):
    """The exit is 130, the place is said, and the next one finds nothing in its way."""
    last = running.text["stdout"].strip().splitlines()[-1]
    expect('"dirty":false' in last and f'"current":"{version}"' in last, last)
    until(lambda: not case.running(NEEDLE[case.kind]) or case.kind == "sqlite", "the statement ends on the server", 5)
    expect(case.json("locks")["sessions"] == [], "a lock is left")
    expect(case.version() == version, case.version())


def finished(case):
    """First signal: the running migration is finished, the next is not begun."""
    running = long_run(case, 2)
    running.signal("TERM")
    running.wait_for("stopping behind")
    running.join(130)
    check_clean(case, running, "2")
    case.run("up")
    expect(case.version() == "3", "the next run")


def after_the_grace(case):
    """Where that takes too long it is rolled back."""
    running = long_run(case, LONG, "--grace", "700ms")
    running.signal("TERM")
    running.wait_for("--grace")
    took = running.join(130)
    expect(took < LONG / 2, f"took {took}")
    check_clean(case, running, "1")


def by_environment(case):
    running = case.write(v1_slow=case.sleeping(LONG)) or case.start("up", "--json=lines", GODWIT_GRACE="0")
    running.wait_for('"run-started"')
    until(lambda: case.running(NEEDLE[case.kind]), "the slow statement")
    running.signal("INT")
    expect(running.join(130) < LONG / 2, "waited")


def twice(case):
    """Second signal: cancelled on the server, rolled back."""
    running = long_run(case)
    running.signal("INT")
    running.wait_for("stopping behind")
    running.signal("INT")
    took = running.join(130)
    expect(took < LONG / 2, f"took {took}")
    check_clean(case, running, "1")


def while_waiting(case):
    """A run that waits for the lock has begun nothing: one signal is enough."""
    holder = long_run(case)
    waiter = case.start("up")
    waiter.wait_for("waiting")
    waiter.signal("TERM")
    expect(waiter.join(130) < 30, "waited")
    expect("interrupted" in waiter.output(), waiter.output())
    for _ in range(2):
        holder.signal("TERM")
        holder.wait_for("once more")
    holder.join(130)
    check_clean(case, holder, "1")


def killed(case):
    """kill -9: the lock is free when the server sees the connection closed, and the next run goes on."""
    running = long_run(case, 3)
    running.signal("KILL")
    running.join(-9)
    case.run("up", "--lock-timeout", "30s")
    expect(case.version() == "3", case.version())


CASES = [(finished, ALL), (after_the_grace, ALL), (by_environment, ("postgresql", "mariadb")), (twice, ALL),
         (while_waiting, ALL), (killed, ALL)]
