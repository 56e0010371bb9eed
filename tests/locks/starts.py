"""Many that start at once on an empty database: one applies, the others wait and find nothing to do."""
import functools
import http.server
import threading

from bench import Skip, expect

COPIES = 8
ROUNDS = 3
ALL = ("postgresql", "mariadb", "mysql", "sqlite")
SERVERS = ("postgresql", "mariadb", "mysql")


def write_migrations(case, count=12):
    """Each leaves a mark: done twice it fails or shows."""
    case.write(v1_marks="CREATE TABLE marks (n INTEGER NOT NULL);\n")
    for n in range(2, count + 1):
        case.write(**{f"v{n}_step": f"CREATE TABLE t{n} (id INTEGER);\nINSERT INTO marks (n) VALUES ({n});\n"})
    return count


def check_once(case, count):
    expect(case.sql("SELECT count(*), count(DISTINCT n) FROM marks").split() == [str(count - 1)] * 2
           or case.sql("SELECT count(*), count(DISTINCT n) FROM marks") == f"{count - 1}|{count - 1}",
           "marks: " + case.sql("SELECT count(*), count(DISTINCT n) FROM marks"))
    expect(case.version() == str(count), f"version {case.version()}")


def check_native(processes, count):
    """All end with 0, one of them with everything done."""
    for process in processes:
        process.join(0)
    outputs = [process.text["stdout"] for process in processes]
    done = sum(f"{count} applied" in text for text in outputs)
    idle = sum("nothing to do" in text for text in outputs)
    expect((done, idle) == (1, len(processes) - 1), f"{done} applied, {idle} had nothing to do:\n" + "\n".join(outputs))


def again(case):
    """An empty database for the next round."""
    case.run("drop", "--yes")
    expect("marks" not in case.database.tables(), "drop left tables")


def eight(case):
    count = write_migrations(case)
    for _ in range(ROUNDS):
        check_native([case.start("up", "--lock-timeout", "60s") for _ in range(COPIES)], count)
        check_once(case, count)
        again(case)


def eight_over_http(case):
    count = write_migrations(case, 5)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(case.files))
    handler.func.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    source = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        check_native([case.start("up", "-s", source, "--lock-timeout", "60s") for _ in range(COPIES)], count)
    finally:
        server.shutdown()
        server.server_close()
    check_once(case, count)


def mixed_with_golang_migrate(case):
    reference = case.bench.reference
    if reference is None:
        raise Skip("golang-migrate's program is not there (the differential test installs it)")
    count = write_migrations(case)
    for _ in range(ROUNDS):
        theirs = ["-lock-timeout", "60", "-source", f"file://{case.files}", "-database", case.url(), "up"]
        processes = [case.start("up", "--lock-timeout", "60s") if n % 2 else case.start(*theirs, program=reference)
                     for n in range(COPIES)]
        for process in processes:
            process.join(0)
        check_once(case, count)
        again(case)


def behind_concurrently(case):
    """CREATE INDEX CONCURRENTLY waits for every transaction that is older: nobody may wait for the lock in one."""
    case.write(v1_t="CREATE TABLE t (id int);\nINSERT INTO t SELECT generate_series(1, 200000);\n")
    for n in range(2, 8):
        case.write(**{f"v{n}_index": f"CREATE INDEX CONCURRENTLY i{n} ON t (id);\n"})
    check_native([case.start("up", "--lock-timeout", "60s") for _ in range(COPIES)], 7)
    expect(case.sql("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid") == "6", "indexes")


CASES = [(eight, ALL), (eight_over_http, ("postgresql", "mariadb", "sqlite")), (mixed_with_golang_migrate, SERVERS),
         (behind_concurrently, ("postgresql",))]
