"""The references are what the tables in the code say: docs/reference as `godwit man --markdown` writes it, the tables in
docs/cli.md and docs/configuration.md as far as they repeat it, and manual pages that man reads without a warning.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UPDATE = "godwit man --markdown --write docs/reference"


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})


def markdown(godwit, folder):
    """docs/reference holds what the program writes."""
    run(godwit, "man", "--markdown", "--write", folder)
    for page in sorted(folder.glob("*.md")):
        kept = ROOT / "docs" / "reference" / page.name
        same = kept.exists() and kept.read_text("utf-8") == page.read_text("utf-8")
        yield None if same else f"docs/reference/{page.name} is not what the tables say; write it anew: {UPDATE}"


def manual(godwit, folder, commands):
    """Every page is there, man finds nothing wrong with it, and what it shows names every option."""
    run(godwit, "man", "--write", folder)
    expected = {"man1/godwit.1", "man5/godwit.yaml.5", "man7/godwit-plugin.7"} | {
        f"man1/godwit-{row['name']}.1" for row in commands}
    found = {str(page.relative_to(folder)) for page in folder.rglob("*.*") if page.is_file()}
    yield None if found == expected else f"pages: {sorted(found ^ expected)}"
    if not shutil.which("man"):
        yield "man is not installed" if os.environ.get("GODWIT_REQUIRE_DB") == "1" else None
        return
    pages = [folder / name for name in sorted(expected)]
    done = run("man", "--warnings", "-l", *pages)
    yield f"man: {done.stderr}" if done.stderr or done.returncode != 0 else None
    # Each begins with a line that has its name at both ends.
    shown_pages = re.split(r"^(\S+)\(\d\) .*\1\(\d\)$", re.sub(r".\x08", "", done.stdout), flags=re.M)
    shown_by_name = dict(zip(shown_pages[1::2], shown_pages[2::2]))
    for row in commands:
        shown = shown_by_name.get(f"godwit-{row['name']}", "")
        if f"godwit {row['name']}" not in shown:
            yield f"man does not show godwit-{row['name']}(1)"
        lacking = [option["name"] for option in row["options"] if f"--{option['name']}" not in shown]
        yield f"godwit-{row['name']}(1) does not show {lacking}" if lacking else None


def cells(line):
    """The cells of a table's row; a bar behind a backslash ends none."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def table_rows(path, heading):
    """The rows of the first table below a heading."""
    text = path.read_text("utf-8").split(f"\n## {heading}\n", 1)[1]
    rows = re.search(r"\n\|(?:---\|)+\n((?:\|.*\n)+)", text)[1]
    return [cells(line) for line in rows.splitlines()]


def words(cell):
    """What stands there as code."""
    return re.findall(r"`([^`]*)`", cell)


def explained_options(listed):
    """docs/cli.md names each option with its letter, environment variable and key."""
    rows = {name: row for row in table_rows(ROOT / "docs" / "cli.md", "Options of every command")
            for name in re.findall(r"--([\w-]+)", " ".join(words(row[0])))}
    for option in listed["options"]:
        row = rows.pop(option["name"], None)
        if row is None and option["name"] == "verbose":  # it stands there as -v, -vv
            continue
        if row is None:
            yield f"docs/cli.md does not list --{option['name']}"
            continue
        wrong = [text for text, at in ((option["environment"], 1), (option["key"], 2)) if text and text not in row[at]]
        if option["letter"] and f"-{option['letter']}," not in row[0]:
            wrong.append(f"-{option['letter']}")
        yield f"docs/cli.md, --{option['name']}: {wrong} is not there" if wrong else None
    yield f"docs/cli.md lists options that are none: {sorted(rows)}" if rows else None


def explained_commands(listed):
    """docs/cli.md has every command, and the options in its rows are options of that command."""
    everywhere = {option["name"] for option in listed["options"]}
    own = {row["name"]: {option["name"] for option in row["options"]} for row in listed["commands"]}
    explained = {}
    for row in table_rows(ROOT / "docs" / "cli.md", "Commands"):
        for usage in words(row[0]):
            explained.setdefault(usage.split()[0], set()).update(re.findall(r"--([a-z][\w-]+)", " ".join(words(" ".join(row)))))
    yield None if set(explained) == set(own) else f"docs/cli.md, commands: {sorted(set(explained) ^ set(own))}"
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for name, options in own.items():
        lacking = {option for option in options if f"--{option}" not in text}
        foreign = explained.get(name, set()) - options - everywhere - {"each"}
        yield f"docs/cli.md, {name}: lacking {lacking}, foreign {foreign}" if lacking or foreign else None


def explained_exit_codes(godwit):
    written = table_rows(ROOT / "docs" / "cli.md", "Exit codes")
    known = re.search(r"Exit codes: (.*?)\.\n", run(godwit, "help").stdout, re.S)[1]
    codes = re.findall(r"(?:^|, )(\d+) ", known.replace("\n", " "))
    yield None if [row[0] for row in written] == codes else f"docs/cli.md, exit codes: {written} is not {codes}"


def explained_keys(listed):
    rows = table_rows(ROOT / "docs" / "configuration.md", "Keys")
    written = {key for row in rows for key in words(row[0])}
    keys = {option["key"] for row in [listed, *listed["commands"]] for option in row["options"] if option["key"]}
    keys |= {"placeholders", "environments", "protected"}
    yield None if written == keys else f"docs/configuration.md, keys: {sorted(written ^ keys)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    godwit = pathlib.Path(parser.parse_args().godwit).resolve()
    listed = json.loads(run(godwit, "help", "--json").stdout)
    with tempfile.TemporaryDirectory(prefix="godwit-reference-") as name:
        results = list(markdown(godwit, pathlib.Path(name) / "markdown"))
        results += manual(godwit, pathlib.Path(name) / "man", listed["commands"])
    results += explained_options(listed)
    results += explained_commands(listed)
    results += explained_exit_codes(godwit)
    results += explained_keys(listed)
    problems = [result for result in results if result]
    for problem in problems:
        print(f"FAILED: {problem}")
    print(f"reference: {len(results) - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
