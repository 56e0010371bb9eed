"""Validates the program's machine output against docs/schema: the part of JSON Schema that those files use."""
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
VALUED = {"-d", "-s", "-p", "-f", "-c", "-e", "--database", "--source", "--path", "--format", "--config", "--env",
          "--lock-timeout", "--statement-timeout", "--ddl-lock-timeout", "--connect-timeout", "--connect-retry", "--table",
          "--init-sql", "--each", "--jobs", "--load-extension", "--placeholder", "--plugin", "--plugin-path", "--color"}
RUNS = {"up", "down", "goto", "redo", "resume"}
SAME = {"migrate": "up", "apply": "up", "upgrade": "up", "deploy": "up", "rollback": "down", "downgrade": "down",
        "undo": "down", "info": "status", "current": "status", "create": "new", "add": "new", "generate": "new",
        "log": "history", "resolve": "repair"}
seen = set()
documents = set()  # commands whose result was validated


def load(name):
    seen.add(name)
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def unseen():
    return sorted({path.stem for path in FOLDER.glob("*.json")} - seen)


def has_type(value, name):
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def problems(value, rule, at="$"):
    """Every place where `value` breaks `rule`."""
    if "$ref" in rule:
        yield from problems(value, load(rule["$ref"].removesuffix(".json")), at)
        return
    if "anyOf" in rule:
        if not any(not list(problems(value, option, at)) for option in rule["anyOf"]):
            yield f"{at}: fits none of the alternatives"
    names = rule.get("type")
    if names and not any(has_type(value, name) for name in ([names] if isinstance(names, str) else names)):
        yield f"{at}: {value!r} is not {names}"
        return
    if "enum" in rule and value not in rule["enum"]:
        yield f"{at}: {value!r} is not one of {rule['enum']}"
    if "pattern" in rule and isinstance(value, str) and not re.search(rule["pattern"], value):
        yield f"{at}: {value!r} does not match {rule['pattern']}"
    if isinstance(value, dict):
        yield from object_problems(value, rule, at)
    if isinstance(value, list) and "items" in rule:
        for index, item in enumerate(value):
            yield from problems(item, rule["items"], f"{at}[{index}]")


def object_problems(value, rule, at):
    known = rule.get("properties", {})
    for name in rule.get("required", []):
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, item in value.items():
        if name in known:
            yield from problems(item, known[name], f"{at}.{name}")
        elif rule.get("additionalProperties", True) is False:
            yield f"{at}: {name} is not in the schema"


def command_of(words):
    rest = iter(words[1:])
    for word in rest:
        if word in ("--version", "--help", "-h"):
            return "program" if word == "--version" else "help"
        if word in VALUED:
            next(rest, None)
        elif not word.startswith("-"):
            return "help" if {"--help", "-h"} & set(words) else SAME.get(word, word)
    return "help"


def schema_of(command, document):
    if "error" in document:
        return "error"
    if "targets" in document:
        return "each"
    if command in RUNS:
        return "plan" if "steps" in document else "run"
    return command


def check_document(name, document):
    yield from (f"docs/schema/{name}.json: {problem}" for problem in problems(document, load(name)))


def check_output(words, text):
    command = command_of(words)
    if "--json=lines" not in words:
        document = json.loads(text)
        if "error" not in document:
            documents.add(command)
        yield from check_document(schema_of(command, document), document)
        return
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines[:-1]:
        yield from (f"docs/schema/event.json: {problem}" for problem in problems(line, load("event")))
    last = dict(lines[-1])
    if last.pop("event", None) not in ("result", "error"):
        yield "the last line is neither a result nor an error"
    yield from check_document(schema_of(command, last), last)
