"""Drives bash, zsh and fish: each gets godwit's completion script and a line with a TAB, and must make of it what the
tables say. bash and zsh are driven at a terminal, as a person would; fish by `complete -C`.
"""
import argparse
import json
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

LIMIT = 60  # seconds that a shell may take for one answer

# What is typed before TAB, and the line afterwards.
COMPLETED = [
    ("godwit sta", "godwit status "),
    ("godwit --table v sta", "godwit --table v status "),
    ("godwit up --out-of-o", "godwit up --out-of-order "),
    ("godwit up --out-of-order f", "godwit up --out-of-order fail "),
    ("godwit up --out-of-order=f", "godwit up --out-of-order=fail "),
    ("godwit upgrade --fail", "godwit upgrade --fail-fast "),
    ("godwit --color=al", "godwit --color=always "),
    ("godwit --json=l", "godwit --json=lines "),
    ("godwit goto 2024", "godwit goto 20240903084155 "),
    ("godwit up --to 2024", "godwit up --to 20240903084155 "),
    ("godwit plan goto 2024", "godwit plan goto 20240903084155 "),
    ("godwit -p other goto ", "godwit -p other goto 7 "),
    ("godwit --path=other goto ", "godwit --path=other goto 7 "),
    ("godwit repair --accept 2024", "godwit repair --accept 20240903084155 "),
    ("godwit --env sta", "godwit --env staging "),
    ("godwit -e odd", "godwit -e odd\\ name "),
    ("godwit -d mari", "godwit -d mariadb://"),
    ("godwit --database=mari", "godwit --database=mariadb://"),
    ("godwit -s fil", "godwit -s file://"),
    ("godwit -f gol", "godwit -f golang-migrate "),
    ("godwit -c godwit.y", "godwit -c godwit.yaml "),
    ("godwit --plugin=godwit.y", "godwit --plugin=godwit.yaml "),
    ("godwit -p oth", "godwit -p other/"),
    ("godwit check --against mai", "godwit check --against main "),
    ("godwit plan --report mark", "godwit plan --report markdown "),
    ("godwit completion fi", "godwit completion fish "),
    ("godwit man godwit-p", "godwit man godwit-plugin "),
    ("godwit help hist", "godwit help history "),
    ("godwit statusx y", "godwit statusx y"),
]
NAMES = [("godwit ", ["status", "up", "down", "goto", "completion"]), ("godwit goto ", ["20240903084155", "1"])]


def make_folder(folder):
    for name in ("migrations/1_a.up.sql", "migrations/20240903084155_b.up.sql", "other/7_c.up.sql"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("SELECT 1;\n")
    (folder / "godwit.yaml").write_text("environments:\n  staging: {database: 'sqlite://never.db'}\n"
                                        "  'odd name': {database: !command [touch, ran]}\n")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q", "-b", "main", "."], ["add", "migrations"], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=folder, check=True)


class Terminal:
    """A shell at a terminal. A key of its own prints the line that is being typed, and takes it away."""

    def __init__(self, words, setup, folder, environment):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(words, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        os.close(slave)
        self.seen = ""
        self.send(setup + "\necho rea''dy\n")
        self.wait_for("ready\r")

    def send(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, pattern):
        end = time.monotonic() + LIMIT
        while not (match := re.search(pattern, self.seen)):
            if time.monotonic() > end:
                raise TimeoutError(f"never saw {pattern!r} in {self.seen!r}")
            if select.select([self.master], [], [], 1)[0]:
                self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        return match

    def complete(self, line):
        """The line after a TAB."""
        self.seen = ""
        self.send(line + "\t\x07")
        return self.wait_for(r"<<(.*)>>")[1]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Bash(Terminal):
    def __init__(self, script, folder, environment):
        show = r"""show() { echo "<<$READLINE_LINE>>"; READLINE_LINE= READLINE_POINT=0; }; """
        show += r"""bind 'set bell-style none'; bind -x '"\C-g": show'; """
        super().__init__(["bash", "--norc", "--noprofile", "-i"], show + f". {script}", folder, environment)
        self.script, self.folder, self.environment = script, folder, environment

    def names(self, line):
        words = [*line.split(), ""]
        call = (f". {self.script}; COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_CWORD={len(words) - 1}; "
                f"COMP_WORDS=({shlex.join(words)}); _godwit; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        done = subprocess.run(["bash", "-uc", call], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=LIMIT, check=True)
        return done.stdout.split("\n")


class Zsh(Terminal):
    def __init__(self, script, folder, environment):
        show = "show() { zle -I; print -r -- \"<<$BUFFER>>\"; BUFFER= }; zle -N show; bindkey '^G' show; "
        setup = f"PROMPT='> ' LISTMAX=1000; unsetopt beep zle_bracketed_paste; autoload -U compinit; compinit -u -D; {show}. {script}"
        super().__init__(["zsh", "-f", "-i"], setup, folder, environment)

    def names(self, line):
        """The list that TAB shows."""
        self.seen = ""
        self.send(line + "\t\x07")
        self.wait_for(r"<<(.*)>>")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen).split()


class Fish:
    def __init__(self, script, folder, environment):
        self.script, self.folder, self.environment = script, folder, environment

    def names(self, line):
        call = f"source {self.script}; complete -C {shlex.quote(line)}"
        done = subprocess.run(["fish", "--no-config", "-c", call], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=LIMIT, check=True)
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def complete(self, line):
        """The line as fish would have it with its only candidate."""
        names = self.names(line)
        if len(names) != 1:
            return line if not names else f"{line}{names}"
        whole = line[:line.rfind(" ") + 1] + names[0].replace(" ", "\\ ")
        return whole if whole[-1] in "/=:" else whole + " "

    def close(self):
        pass


def drive(name, kind, godwit, folder, environment):
    """Problems of one shell."""
    script = folder / f"completion.{name}"
    script.write_text(subprocess.run([godwit, "completion", name], text=True, capture_output=True, check=True).stdout)
    shell = kind(script, folder, environment)
    try:
        for line, expected in COMPLETED:
            done = shell.complete(line)
            yield None if done == expected else f"{name}: {line!r} became {done!r}, not {expected!r}"
        for line, expected in NAMES:
            lacking = set(expected) - set(shell.names(line))
            yield f"{name}: {line!r} offers no {lacking}" if lacking else None
    finally:
        shell.close()


def offered(godwit, folder, *words):
    done = subprocess.run([godwit, "__complete", "--", *words], cwd=folder, text=True, capture_output=True, check=True)
    return [row.split("\t")[0] for row in done.stdout.splitlines()]


def tables(godwit, folder):
    """Every command and option that help lists is offered, and nothing else."""
    listed = json.loads(subprocess.run([godwit, "help", "--json"], capture_output=True, check=True).stdout)
    commands = [row["name"] for row in listed["commands"]]
    yield None if offered(godwit, folder, "") == commands else "not the commands that help lists"
    everywhere = {"--" + row["name"] for row in listed["options"]} | {"--json=lines"}
    for row in listed["commands"]:
        own = {"--" + option["name"] for option in row["options"]}
        found = set(offered(godwit, folder, row["name"], "-"))
        yield None if found == everywhere | own else f"{row['name']}: {sorted(found ^ (everywhere | own))}"


def harmless(godwit, folder):
    """No program of the configuration file is run, and no database is made; names that would break a line are left out."""
    (folder / "migrations" / "3_tab\tin\nname.up.sql").write_text("SELECT 1;\n")
    yield None if offered(godwit, folder, "goto", "3") == [] else "a name with a tab and a line end is offered"
    (folder / "godwit.yaml").write_text("source: !command [touch, ran]\ndatabase: !command [touch, ran]\n")
    offered(godwit, folder, "goto", "")
    offered(godwit, folder, "-d", "")
    yield "a !command was run" if (folder / "ran").exists() else None
    yield "a database was made" if (folder / "never.db").exists() else None
    (folder / "godwit.yaml").write_text("no: such key\n")
    yield None if offered(godwit, folder, "--env", "") == [] else "a broken configuration file gives environments"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    godwit = pathlib.Path(parser.parse_args().godwit).resolve()
    shells = {"bash": Bash, "zsh": Zsh, "fish": Fish}
    results = []
    with tempfile.TemporaryDirectory(prefix="godwit-completion-") as name:
        folder = pathlib.Path(name)
        make_folder(folder)
        environment = {"PATH": f"{godwit.parent}:{os.environ['PATH']}", "HOME": name, "TERM": "xterm", "LC_ALL": "C.UTF-8",
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
        for shell, kind in shells.items():
            if shutil.which(shell):
                results += drive(shell, kind, godwit, folder, environment)
            elif os.environ.get("GODWIT_REQUIRE_DB") == "1":
                results.append(f"{shell} is not installed")
            else:
                print(f"{shell}: SKIPPED: it is not installed")
        results += tables(godwit, folder)
        results += harmless(godwit, folder)
    problems = [result for result in results if result]
    for problem in problems:
        print(f"FAILED: {problem}")
    print(f"completion: {len(results) - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
