"""Runs the shell blocks of Markdown files and compares what they print with what they show.

A block fenced as ```console holds `$ command` lines, each followed by the output it must give (stdout and stderr as a
terminal would show them, in order); a command goes on over a line that ends in a backslash, and over lines that begin with
`> `. A line `…` stands for any number of lines. A block fenced as ```sh holds commands alone: each must end with 0. What a
reader need not see (a session that is in the way) stands in a comment that begins with a line `<!-- sh`, and runs the same.
A block fenced with `file=NAME` behind its language is written into that file; one with `from=NAME` must stand, word for word, in the
file of that name of this repository, where a line `// …` stands for what is left out.

The blocks of one file run in order in one fresh folder (for the README of an example: a copy of its folder), in one shell as
far as variables and the working folder go, with godwit on PATH. Databases are real (databases.py). Differences that mean
nothing are evened out: durations, times, run ids, process numbers, who and where. Commands that CI runs elsewhere, because
they would build or test everything again, are in COVERED. Pages that call cmake build against this build, installed.
"""
import argparse
import concurrent.futures
import contextlib
import getpass
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import databases
import markdown
from markdown import ROOT

LIMIT = 60  # seconds for one command
SHELLS = ("console", "sh")
# Commands that are not run here: the file of this repository, and the words in it, that run the same.
COVERED = {
    "./dev demo": (".ci/run", "part demo examples/demo/run"),
    "./dev test": (".ci/run", "part tests ./dev test"),
    "./dev lint": (".ci/run", "part layering", "part format", "part tidy"),
    ".ci/run": (".ci/run", "# Continuous integration"),
    "docker": (".ci/run", "part image ./dev check-image"),
}
EVEN = [
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s)\b"), "D"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"), "TIME"),
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b20\d{12}(?=_|\b)"), "STAMP"),
    (re.compile(r'"(duration_ms|total_ms)": ?[\d.]+'), r'"\1": D'),
    (re.compile(r"\b(pid|holder|waiter|blocker|blocks|connection)(\s+)\d+\b"), r"\1\2PID"),
    (re.compile(r"\b(advisory locks) \d+ and \d+\b"), r"\1 KEYS"),
    (re.compile(r"[ \t]+"), " "),
]
GIT_CONFIG = "[user]\nname = Ann\nemail = ann@example.org\n[safe]\ndirectory = *\n"
FILE = re.compile(r"^\w+ (file|from)=([\w./-]+)$")
PORT = re.compile(r"(?<=http\.server )\d+")


class Broken(Exception):
    """A document that cannot be run as it is."""


def even(text):
    for pattern, replacement in EVEN:
        text = pattern.sub(replacement, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")] if text.strip() else []


def matches(shown, printed):
    """`…` lines match any number of lines."""
    if not shown:
        return not printed
    if shown[0].strip() == "…":
        return any(matches(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and matches(shown[1:], printed[1:])


def console_steps(block):
    """(command, output shown) pairs."""
    command, shown = None, []
    for line in block.rstrip("\n").split("\n"):
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(shown)
            command, shown = line[2:], []
        elif command is None:
            raise Broken(f"a console block begins with a command, not with: {line}")
        elif not shown and (line.startswith("> ") or line == ">"):
            command += "\n" + line[2:]
        elif not shown and command.endswith("\\"):
            command = command[:-1] + line.strip()
        else:
            shown.append(line)
    yield command, "\n".join(shown)


def sh_steps(block):
    """(command, None) for each line; one goes on over a line that ends in a backslash."""
    for line in block.replace("\\\n", "").split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip(), None


def covered_by(command):
    """Where CI runs a command of COVERED; None for one that is to be run here."""
    words = re.sub(r"\s+#.*$", "", command)
    for known, where in COVERED.items():
        if words == known or words.startswith(known + " "):
            return where
    return None


def require_covered():
    for command, (file, *needles) in COVERED.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        for needle in needles:
            if needle not in text:
                raise Broken(f"{file} does not hold '{needle}' any more, which stands for: {command}")


def quoted(name, text):
    """Whether the pieces of a text stand in the one file of that name of this repository, in order."""
    files = [path for path in ROOT.rglob(name) if not {"build", ".git"} & set(path.relative_to(ROOT).parts)]
    if len(files) != 1:
        raise Broken(f"from={name}: {len(files)} files have that name")
    whole, place = files[0].read_text(encoding="utf-8"), 0
    for piece in re.split(r"^[ \t]*// …\n", text, flags=re.M):
        at = whole.find(piece.strip("\n"), place)
        if at < 0:
            return False
        place = at + len(piece.strip("\n"))
    return True


def blocks(text):
    """(line, steps) of each shell block and each hidden one, and (line, (what, name, text)) of those of files, in order."""
    found = []
    for match in markdown.FENCE.finditer(text):
        line, info = text.count("\n", 0, match.start()) + 1, match["info"].strip()
        if info in SHELLS:
            steps = console_steps if info == "console" else sh_steps
            found.append((match.start(), line, list(steps(match["text"]))))
        elif FILE.search(info):
            found.append((match.start(), line, (*FILE.search(info).groups(), match["text"])))
        elif info.split(" ")[0] in (*SHELLS, "bash", "shell") or (not info and match["text"].startswith("$ ")):
            raise Broken(f"line {line}: a shell block is fenced as ```console or ```sh, and with nothing behind it")
    for match in markdown.HIDDEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found.append((match.start(), line, [(match["text"].rstrip("\n"), None)]))
    return [(line, steps) for _, line, steps in sorted(found, key=lambda block: block[0])]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


class Page:
    """One file, its folder, its databases, and how its commands ended."""

    def __init__(self, path, godwit, package):
        self.name, self.text, self.godwit = markdown.name_of(path), path.read_text(encoding="utf-8"), godwit
        self.path, self.package = path, package
        self.good = self.bad = self.covered = self.skipped = self.blocks = 0
        self.lines = []
        self.ports = {}
        self.printed = []
        self.groups = []

    def environment(self, home):
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "USER", "LOGNAME")
        own = {name: os.environ[name] for name in kept if name in os.environ}
        return {**own, **self.package, "PATH": f"{self.godwit.parent}:{own['PATH']}", "NO_COLOR": "1", "TERM": "dumb", "HOME": home}

    def replaced(self, command, stand_ins):
        for port in PORT.findall(self.text):
            self.ports.setdefault(port, free_port())
            command = command.replace(port, self.ports[port])
        return stand_ins.to_real(command.replace("<this repository>", str(ROOT)))

    def shown(self, printed, folder, stand_ins):
        for port, real in self.ports.items():
            printed = printed.replace(real, port)
        user, host = getpass.getuser(), socket.gethostname()
        printed = printed.replace(f"user {user}, host {host},", "user ann, host laptop,").replace(f"{user}@{host}", "ann@laptop")
        return stand_ins.to_shown(printed).replace(folder, "/shop").replace(str(ROOT), "<this repository>")

    def run_step(self, line, command, shown, folder, home, stand_ins):
        where = covered_by(command)
        if where:
            self.covered += 1
            self.lines.append(f"{self.name}:{line}: elsewhere in CI: {command}  ({where[0]}: {', '.join(where[1:])})")
            return
        state, place = f"{home}/variables", f"{home}/folder"
        shell = (f"set -o pipefail; [ ! -e {state} ] || . {state}; cd \"$(cat {place} 2> /dev/null || echo {shlex.quote(folder)})\"\n"
                 f"trap 'export -p > {state}; pwd > {place}' EXIT\n"
                 f"{'set -e' if shown is None else ''}\n{self.replaced(command, stand_ins)}\n")
        # Into a file: a pipe would be waited for as long as a program in the background holds it.
        with open(f"{home}/printed", "w+", encoding="utf-8", errors="replace") as output:
            program = subprocess.Popen(["bash", "-c", shell], env=self.environment(home), start_new_session=True,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            self.groups.append(program.pid)
            status = program.wait(timeout=LIMIT)
            output.seek(0)
            printed = self.shown(output.read(), folder, stand_ins)
        right = status == 0 if shown is None else matches(even(shown), even(printed))
        if shown is not None:
            self.printed.append((command.splitlines()[-1], shown, shown if right else printed.rstrip("\n")))
        if right:
            self.good += 1
            return
        self.bad += 1
        wanted = "exit code 0" if shown is None else shown
        self.lines.append(f"FAILED {self.name}:{line}: $ {command}\n--- shown\n{wanted}\n--- printed\n{printed}")

    def run(self):
        try:
            todo = blocks(self.text)
            with (tempfile.TemporaryDirectory(prefix="godwit-docs-") as top, databases.Databases() as stand_ins,
                  contextlib.closing(self)):
                folder, home = f"{top}/work", f"{top}/home"
                self.make_folder(folder)
                os.mkdir(home)
                pathlib.Path(home, ".gitconfig").write_text(GIT_CONFIG, encoding="utf-8")
                for line, steps in todo:
                    if isinstance(steps, tuple):
                        self.take_file(line, *steps, folder)
                        continue
                    missing = databases.missing_for("\n".join(command for command, _ in steps))
                    if missing:
                        return self.skip_rest(line, missing)
                    self.blocks += 1
                    for command, shown in steps:
                        self.run_step(line, command, shown, folder, home, stand_ins)
        except (Broken, databases.Unusable, subprocess.SubprocessError) as error:
            self.bad += 1
            self.lines.append(f"FAILED {self.name}: {error} {getattr(error, 'stderr', '') or ''}")
        return self

    def make_folder(self, folder):
        """An example's own page is read beside its files."""
        if self.path.is_relative_to(ROOT / "examples") and self.path.name == "README.md":
            shutil.copytree(self.path.parent, folder)
        else:
            os.mkdir(folder)

    def take_file(self, line, what, name, text, folder):
        if what == "file":
            (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
        elif quoted(name, text):
            self.good += 1
        else:
            self.bad += 1
            self.lines.append(f"FAILED {self.name}:{line}: this is not what {name} holds")

    def close(self):
        """Ends what the page's commands left in the background."""
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def updated(self):
        """The text of the file with what was printed in the place of what is shown."""
        text, place = self.text, 0
        for last_line, shown, printed in self.printed:
            before = f"{last_line}\n{shown}\n" if shown else f"{last_line}\n"
            at = text.find(before, place)
            if at >= 0:
                after = f"{last_line}\n{printed}\n" if printed else f"{last_line}\n"
                text, place = text[:at] + after + text[at + len(before):], at + len(after)
        return text

    def skip_rest(self, line, missing):
        """Without its server a page ends there: what comes next builds on it."""
        self.skipped += 1
        self.lines.append(f"{self.name}:{line}: SKIPPED: from here on, for there is no {' and no '.join(missing)} server "
                          "(./dev servers starts them; GODWIT_TEST_POSTGRESQL_URL, GODWIT_TEST_MARIADB_URL)")
        if os.environ.get("GODWIT_REQUIRE_DB") == "1":
            self.bad += 1
            self.lines.append(f"FAILED {self.name}: GODWIT_REQUIRE_DB=1 asks for these servers")
        return self


def builds(path):
    return re.search(r"^(?:\$ )?cmake ", path.read_text(encoding="utf-8"), re.M) is not None


def install(arguments, prefix):
    """Installs the build for the pages that build against it; gives the variables with which CMake finds it, and builds alike."""
    build = pathlib.Path(arguments.godwit).resolve().parents[1]
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    variables = {"CMAKE_PREFIX_PATH": prefix, "CMAKE_GENERATOR": "Ninja", "CXXFLAGS": arguments.flags, "CXX": arguments.cxx}
    if shutil.which("ccache"):
        variables["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
    return {name: value for name, value in variables.items() if value}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    parser.add_argument("--update", action="store_true", help="write what was printed into the files; read the diff")
    parser.add_argument("--cxx", default="", help="compiler for the pages that build")
    parser.add_argument("--flags", default="", help="and its flags: those with which godwit was built (-fsanitize=…)")
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    godwit = pathlib.Path(arguments.godwit).resolve()
    require_covered()
    paths = markdown.markdown_files(arguments.paths)
    return run_pages(arguments, paths, godwit)


def run_pages(arguments, paths, godwit):
    with tempfile.TemporaryDirectory(prefix="godwit-docs-package-") as prefix:
        package = install(arguments, prefix) if any(map(builds, paths)) else {}
        pages = [Page(path, godwit, package) for path in paths]
        return report(arguments, paths, pages)


def report(arguments, paths, pages):
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for page in pool.map(Page.run, pages):
            for line in page.lines:
                print(line)
    if arguments.update:
        for path, page in zip(paths, pages):
            path.write_text(page.updated(), encoding="utf-8")
    count = {name: sum(getattr(page, name) for page in pages) for name in ("good", "bad", "covered", "skipped", "blocks")}
    print(f"docs: {count['blocks']} blocks of {sum(1 for page in pages if page.blocks)} files run, {count['covered']} commands "
          f"run elsewhere in CI, {count['skipped']} files cut short for want of a server")
    print(f"docs: {count['good']} passed, {count['bad']} failed")
    return 1 if count["bad"] or not count["good"] else 0


if __name__ == "__main__":
    sys.exit(main())
