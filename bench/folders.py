"""The same work as each tool wants it: folders of migrations, and one file for a database's own client."""
import re

FIRST_SEQUENCE = 20240101000000  # dbmate takes time stamps


def small(number):
    """One table, then a row each."""
    if number == 1:
        return "CREATE TABLE bench (id int, t varchar(20));", "DROP TABLE bench;"
    return f"INSERT INTO bench VALUES ({number}, 'row');", f"DELETE FROM bench WHERE id = {number};"


def definitions(number):
    """A table each."""
    return f"CREATE TABLE bench{number} (id int PRIMARY KEY, t varchar(20));", f"DROP TABLE bench{number};"


def write_pairs(folder, count, script):
    for number in range(1, count + 1):
        up, down = script(number)
        (folder / f"{number:06d}_m.up.sql").write_text(up + "\n")
        (folder / f"{number:06d}_m.down.sql").write_text(down + "\n")


def write_goose(folder, count, script):
    for number in range(1, count + 1):
        up, down = script(number)
        (folder / f"{number:06d}_m.sql").write_text(f"-- +goose Up\n{up}\n-- +goose Down\n{down}\n")


def write_dbmate(folder, count, script):
    for number in range(1, count + 1):
        up, down = script(number)
        (folder / f"{FIRST_SEQUENCE + number}_m.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")


def write_flyway(folder, count, script):
    for number in range(1, count + 1):
        (folder / f"V{number}__m.sql").write_text(script(number)[0] + "\n")


ENV_PY = """from alembic import context
import sqlalchemy
engine = sqlalchemy.create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def write_alembic(folder, count, script):
    (folder / "versions").mkdir()
    (folder / "env.py").write_text(ENV_PY)
    for number in range(1, count + 1):
        up, down = script(number)
        before = f'"{number - 1:06d}"' if number > 1 else None
        (folder / "versions" / f"{number:06d}_m.py").write_text(
            f'from alembic import op\nrevision = "{number:06d}"\ndown_revision = {before}\n'
            f'def upgrade():\n    op.execute("""{up}""")\ndef downgrade():\n    op.execute("""{down}""")\n')


def write_one_file(folder, count, script):
    (folder / "all.sql").write_text("".join(script(number)[0] + "\n" for number in range(1, count + 1)))


WRITERS = {"pairs": write_pairs, "goose": write_goose, "dbmate": write_dbmate, "flyway": write_flyway,
           "alembic": write_alembic, "one": write_one_file}


def write(top, count, script, layouts):
    """Each layout in a folder of its own below `top`."""
    for layout in layouts:
        (top / layout).mkdir()
        WRITERS[layout](top / layout, count, script)


LARGE_TABLE = "CREATE TABLE bench (id int, note varchar(200));\n"


def insert_block(first, last):
    filling = "x" * 60
    return "".join(f"INSERT INTO bench VALUES ({n}, 'the note of {n}: {filling}');\n" for n in range(first, last))


def copy_block(first, last):
    return "".join(f"{n}\tthe note of {n}, which is some forty letters long\n" for n in range(first, last))


def write_large(top, megabytes, head, block, tail):
    """One script of that size, as a migration and as a client's file, where it is one transaction as well. Bytes and rows."""
    for layout in ("pairs", "one"):
        (top / layout).mkdir()
    script, rows, size = top / "pairs/1_large.up.sql", 0, 0
    with open(script, "w") as stream, open(top / "one/all.sql", "w") as file:
        file.write("BEGIN;\n")
        for both in (stream, file):
            both.write(LARGE_TABLE + head)
        while size < megabytes << 20:
            lines = block(rows, rows + 10_000)
            rows, size = rows + 10_000, size + len(lines)
            stream.write(lines)
            file.write(lines)
        for both in (stream, file):
            both.write(tail)
        file.write("COMMIT;\n")
    return script.stat().st_size, rows


def in_order(folder, direction):
    """The scripts of a folder of pairs as one file's text."""
    paths = sorted(folder.glob(f"*.{direction}.sql"), key=lambda p: int(re.match(r"\d+", p.name)[0]), reverse=direction == "down")
    return "".join(path.read_text() + "\n;\n" for path in paths)
