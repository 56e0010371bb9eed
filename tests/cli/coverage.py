"""What a run of all scripts must have met: every schema, and every command that `godwit help --json` lists."""
import json
import os
import subprocess
import tempfile

import schema


def schema_name(command):
    return "run" if command in schema.RUNS else command


ENDLESS = {"idle"}  # idle.txtar ends it


def bare_run(godwit, command, mode):
    """Problems of a command's machine output where nothing is configured: a result or an error, and nothing else."""
    words = ["godwit", command, mode]
    with tempfile.TemporaryDirectory(prefix="godwit-cli-") as folder:
        done = subprocess.run([godwit, *words[1:]], cwd=folder, env={"HOME": folder, "PATH": os.environ["PATH"]},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    try:
        found = list(schema.check_output(words, done.stdout.decode("utf-8")))
    except (ValueError, OSError) as error:
        found = [str(error)]
    for problem in found:
        yield f"godwit {command} {mode}: {problem}\n{done.stdout.decode('utf-8', 'replace')}"


def problems(godwit):
    help_text = subprocess.run([godwit, "help", "--json"], capture_output=True, check=True, timeout=120).stdout
    for command in (row["name"] for row in json.loads(help_text)["commands"]):
        if not (schema.FOLDER / f"{schema_name(command)}.json").exists():
            yield f"godwit {command}: docs/schema/{schema_name(command)}.json is not there"
            continue
        if command not in schema.documents:
            yield f"godwit {command}: no script validates the document of a run with --json that did its work"
        for mode in () if command in ENDLESS else ("--json", "--json=lines"):
            yield from bare_run(godwit, command, mode)
    for name in schema.unseen():
        yield f"docs/schema/{name}.json: no script's output was validated against it"
