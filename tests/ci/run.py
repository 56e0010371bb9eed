"""Runs what pipelines run: packaging/ci/run, the step of the GitHub action, the script of the GitLab component and the
pre-commit hooks, each as its runner would, in a git repository with a SQLite database. Reports are read by parsers.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import traceback
import urllib.parse
import xml.etree.ElementTree

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CI = ROOT / "packaging" / "ci"
HIDDEN = re.compile(r"^(GODWIT_.*|DATABASE_URL|GITHUB_.*|GITLAB_.*|CI|CI_.*)$")
FILES = {"1_users.up.sql": "CREATE TABLE users (id INTEGER PRIMARY KEY);\n", "1_users.down.sql": "DROP TABLE users;\n",
         "2_orders.up.sql": "-- godwit: irreversible orders are kept for ten years\nCREATE TABLE orders (id INTEGER);\n"}


class Project:
    """A repository with an origin, migrations, and the runner's files."""

    def __init__(self, folder, godwit):
        self.folder = folder / "shop"
        (self.folder / "migrations").mkdir(parents=True)
        for name, text in FILES.items():
            self.write(name, text)
        self.environment = {k: v for k, v in os.environ.items() if not HIDDEN.match(k)}
        self.environment.update(PATH=f"{godwit.parent}:{os.environ['PATH']}", HOME=str(folder), LC_ALL="C.UTF-8",
                                GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@example.org", GIT_COMMITTER_NAME="t",
                                GIT_COMMITTER_EMAIL="t@example.org")
        self.git("init", "-q", "-b", "main", ".")
        self.git("add", ".")
        self.git("commit", "-qm", "one")
        self.git("clone", "-q", "--bare", ".", str(folder / "origin.git"))
        self.git("remote", "add", "origin", str(folder / "origin.git"))
        self.git("fetch", "-q")
        self.git("checkout", "-qb", "feature")

    def write(self, name, text):
        (self.folder / "migrations" / name).write_text(text, encoding="utf-8")

    def text(self, name):
        return (self.folder / name).read_text("utf-8")

    def git(self, *words):
        subprocess.run(["git", *words], cwd=self.folder, env=self.environment, check=True, timeout=120)

    def run(self, *words, **variables):
        return subprocess.run([str(word) for word in words], cwd=self.folder, env={**self.environment, **variables},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def outputs(self, name="output"):
        return dict(line.split("=", 1) for line in self.text(name).splitlines())


def expect(condition, told):
    if not condition:
        raise AssertionError(told)


def check_sarif(text):
    """What SARIF 2.1.0 requires of what godwit writes; the results."""
    document = json.loads(text)
    expect(document["version"] == "2.1.0" and document["$schema"].startswith("https://"), document)
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    ids = [rule["id"] for rule in driver["rules"]]
    expect(driver["name"] == "godwit" and len(set(ids)) == len(ids), driver)
    expect(run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints"), run)
    for result in run["results"]:
        expect(ids[result["ruleIndex"]] == result["ruleId"], result)
        expect(result["level"] in ("none", "note", "warning", "error") and result["message"]["text"], result)
        for location in result.get("locations", []):
            physical = location["physicalLocation"]
            uri = physical["artifactLocation"]["uri"]
            expect(not urllib.parse.urlsplit(uri).scheme and re.fullmatch(r"[\w.~/%-]+", uri, re.A), uri)
            expect(physical.get("region", {"startLine": 1})["startLine"] >= 1, physical)
    return run["results"]


def check_junit(text):
    """The failures of a JUnit document by the test case's name, and all names."""
    suites = xml.etree.ElementTree.fromstring(text)
    expect(suites.tag == "testsuites", suites.tag)
    failures, names = {}, []
    for suite in suites:
        cases = list(suite.iter("testcase"))
        expect(int(suite.get("tests")) == len(cases), suite.attrib)
        expect(int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases), suite.attrib)
        names += [case.get("name") for case in cases]
        failures |= {case.get("name"): case.find("failure").get("type") for case in cases if case.find("failure") is not None}
    return failures, names


def check_gitlab(text):
    found = json.loads(text)
    for item in found:
        expect(set(item) == {"description", "check_name", "fingerprint", "severity", "location"}, item)
        expect(item["severity"] in ("info", "minor", "major", "critical", "blocker"), item)
        expect(item["location"]["path"] and item["location"]["lines"]["begin"] >= 1, item)
    expect(len({item["fingerprint"] for item in found}) == len(found), "fingerprints are not unique")
    return found


def on_github(project, command, **variables):
    for name in ("summary", "output"):
        (project.folder / name).write_text("")
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(project.folder / "summary"),
              "GITHUB_OUTPUT": str(project.folder / "output"), "GODWIT_DATABASE": "sqlite:shop.db"}
    return project.run(CI / "run", command, **{**runner, **variables})


def plan(project):
    done = on_github(project, "plan")
    expect(done.returncode == 0, done)
    summary = project.text("summary")
    for part in ("## godwit plan", "`1`", "**no**", "orders are kept for ten years", "CREATE TABLE users", "2 planned"):
        expect(part in summary, f"{part!r} is not in the summary:\n{summary}")
    expect(project.outputs() == {"exit-code": "0", "result": "done", "reports": "godwit-reports"}, project.outputs())
    expect("2 steps planned" in done.stderr and "2 steps" not in done.stdout, done)
    expect(not (project.folder / "shop.db").exists() or "users" not in project.run("sqlite3", "shop.db", ".tables").stdout,
           "a plan has changed the database")


def failing_up(project):
    project.write("3_bad.up.sql", "CREATE TABLE a (id INTEGER);\nCREATE INDEX i ON a (ix);\n")
    done = on_github(project, "up", GODWIT_CI_ARGS="--lock-timeout 5s")
    expect(done.returncode == 1, done)
    expect(re.search(r"^::error title=godwit%3A statement,file=migrations/3_bad\.up\.sql,line=2,col=\d+::.*ix", done.stdout,
                     re.M), done.stdout)
    expect(project.outputs()["result"] == "failed", project.outputs())
    summary = project.text("summary")
    for part in ("### Failed", "migrations/3_bad.up.sql:2:", "**state:** nothing of this migration was kept", "**next:**"):
        expect(part in summary, f"{part!r} is not in the summary:\n{summary}")
    failures, names = check_junit(project.text("godwit-reports/junit.xml"))
    expect(failures == {"3 bad": "statement"} and "1 users" in names, (failures, names))
    (result,) = [r for r in check_sarif(project.text("godwit-reports/godwit.sarif")) if r["level"] == "error"]
    expect(result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2, result)


def invalid(project):
    done = on_github(project, "up")
    expect(done.returncode == 0, done)
    project.write("1_users.up.sql", FILES["1_users.up.sql"] + "-- edited\n")
    project.write("4_open.up.sql", "SELECT 1;\nSELECT 'open;\n")
    done = on_github(project, "validate")
    expect(done.returncode == 5, done)
    expect(project.outputs()["result"] == "invalid", project.outputs())
    expect("file=migrations/4_open.up.sql,line=2" in done.stdout, done.stdout)
    expect(check_junit(project.text("godwit-reports/junit.xml"))[0] ==
           {"1 users": "checksum-changed", "4 open": "invalid-script"}, project.text("godwit-reports/junit.xml"))
    codes = {item["check_name"] for item in check_gitlab(project.text("godwit-reports/gl-code-quality-report.json"))}
    expect({"checksum-changed", "invalid-script"} <= codes, codes)
    check_sarif(project.text("godwit-reports/godwit.sarif"))
    expect("+-- edited" in project.text("summary"), project.text("summary"))


def unreachable(project):
    """An error that ends the command is reported as well, and its URL without the password."""
    done = on_github(project, "validate", GODWIT_DATABASE="postgres://app:Zugvogel-4711@127.0.0.1:1/shop")
    expect(done.returncode == 7 and project.outputs()["result"] == "unreachable", done)
    expect("::error title=godwit%3A connect" in done.stdout, done.stdout)
    expect(check_junit(project.text("godwit-reports/junit.xml"))[0] == {"connect": "connect"}, done)
    for name in ("summary", "godwit-reports/junit.xml", "godwit-reports/godwit.sarif"):
        expect("Zugvogel" not in project.text(name) + done.stdout + done.stderr, name)


def hostile_names(project):
    """What a file's name holds begins no command, cell or element of its own."""
    name = "5_x::error::y%0A]]>&<b>|`.upp.sql"
    project.write(name, "SELECT 1;\n")
    done = on_github(project, "check", GODWIT_CI_AGAINST="main")
    expect(done.returncode == 0, done)
    done = on_github(project, "validate")
    expect(all(line.startswith("::") for line in done.stdout.splitlines()), done.stdout)
    check_junit(project.text("godwit-reports/junit.xml"))
    found = check_gitlab(project.text("godwit-reports/gl-code-quality-report.json"))
    expect(any(item["location"]["path"] == f"migrations/{name}" for item in found), found)
    uris = [urllib.parse.unquote(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
            for r in check_sarif(project.text("godwit-reports/godwit.sarif"))]
    expect(f"migrations/{name}" in uris, uris)


def script_usage(project):
    for words, variables in ((["drop"], {}), (["check"], {}), (["plan"], {"GODWIT_CI_PROGRAM": "no-such-program"})):
        done = project.run(CI / "run", *words, **variables)
        expect(done.returncode == 2 and "godwit ci:" in done.stderr, done)
    done = on_github(project, "validate", GODWIT_CI_FOLDER="/proc/nowhere")
    expect(done.returncode != 0, done)


def inputs_of(action, given):
    """The step's variables as the runner fills them in."""
    values = {name: given.get(name, str(row.get("default", ""))) for name, row in action["inputs"].items()}
    return {name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: values[m[1]], text)
            for name, text in action["runs"]["steps"][0]["env"].items()}


def github_action(project):
    action = yaml.safe_load((CI / "github" / "action.yml").read_text("utf-8"))
    (step,) = action["runs"]["steps"]
    expect(action["runs"]["using"] == "composite" and step["shell"] == "bash", action["runs"])
    expect("${{" not in step["run"], "an expression in a script is text of a pull request as code")
    used = set(re.findall(r"inputs\.([\w-]+)", " ".join(step["env"].values())))
    expect(used == set(action["inputs"]), used ^ set(action["inputs"]))
    given = {"command": "plan", "database": "sqlite:shop.db", "source": "file://migrations", "against": "",
             "arguments": "--sql; touch injected"}
    variables = inputs_of(action, {**given, "arguments": "--checksum tokens"})
    files = {"GITHUB_STEP_SUMMARY": str(project.folder / "summary"), "GITHUB_OUTPUT": str(project.folder / "output"),
             "GITHUB_ACTION_PATH": str(CI / "github")}
    for path in ("summary", "output"):
        (project.folder / path).write_text("")
    done = project.run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], **variables, **files)
    expect(done.returncode == 0 and "## godwit plan" in project.text("summary"), done)
    for name in action["outputs"]:
        expect(name in project.outputs(), project.outputs())
    done = project.run("bash", "-eo", "pipefail", "-c", step["run"], **inputs_of(action, given), **files)
    expect(done.returncode == 2 and not (project.folder / "injected").exists(), done)


def filled(value, inputs):
    """A template with its inputs, as GitLab fills them in."""
    if isinstance(value, dict):
        return {filled(key, inputs): filled(item, inputs) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, inputs) for item in value]
    return re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda m: inputs[m[1]], value) if isinstance(value, str) else value


def gitlab_component(project):
    spec, jobs = yaml.safe_load_all((CI / "gitlab" / "templates" / "godwit.yml").read_text("utf-8"))
    rows = spec["spec"]["inputs"]
    text = (CI / "gitlab" / "templates" / "godwit.yml").read_text("utf-8")
    expect(set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text)) == set(rows), "inputs are not those that are used")
    for command, code in (("validate", 0), ("check", 0), ("up", 0)):
        inputs = {name: str((row or {}).get("default", "")) for name, row in rows.items()}
        inputs |= {"image": "godwit", "command": command, "against": "origin/main"}
        (job,) = filled(jobs, inputs).values()
        done = project.run("sh", "-c", "\n".join(job["script"]), GITLAB_CI="true", GODWIT_DATABASE="sqlite:gitlab.db",
                           **job["variables"])
        expect(done.returncode == code, done)
        for kind, name in job["artifacts"]["reports"].items():
            check_junit(project.text(name)) if kind == "junit" else check_gitlab(project.text(name))
        for name in job["artifacts"]["paths"]:
            expect((project.folder / name).exists(), name)


def pre_commit_hooks(project):
    """As pre-commit calls a hook of the kind `system`."""
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    expect(set(hooks) == {"godwit-validate", "godwit-check"}, hooks)

    def call(hook):
        expect(hook["language"] == "system" and hook["pass_filenames"] is False, hook)
        expect(re.search(hook["files"], "migrations/1_a.up.sql"), hook)
        return project.run(*shlex.split(hook["entry"]), *hook.get("args", []), DATABASE_URL="sqlite:hooks.db")

    expect(call(hooks["godwit-validate"]).returncode == 0, "validate")
    expect(call(hooks["godwit-check"]).returncode == 0, "check")
    project.write("1_users.up.sql", "CREATE TABLE other (id INTEGER);\n")
    done = call(hooks["godwit-check"])
    expect(done.returncode == 5 and "edited-migration" in done.stdout, done)


TESTS = [plan, failing_up, invalid, unreachable, hostile_names, script_usage, github_action, gitlab_component, pre_commit_hooks]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    godwit = pathlib.Path(parser.parse_args().godwit).resolve()
    failed = 0
    for test in TESTS:
        with tempfile.TemporaryDirectory(prefix="godwit-ci-") as name:
            try:
                test(Project(pathlib.Path(name), godwit))
            except Exception:
                failed += 1
                print(f"FAILED: {test.__name__}\n{traceback.format_exc()}")
    print(f"ci scripts: {len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
