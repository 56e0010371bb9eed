"""Which C++ files a check looks at: those changed since a base commit, or all of them.

The base is $GODWIT_BASE where it is set; else, as long as the history is younger than the base would be, all
files. "Changed" includes what is not committed yet.
"""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("core", "drivers", "sources", "plugins", "cli", "tests", "examples", "bench")


def git(*words):
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


def all_files(suffixes):
    names = git("ls-files", "--cached", "--others", "--exclude-standard", "--", *FOLDERS)
    return sorted({n for n in names if n.endswith(suffixes) and (ROOT / n).exists()})


def base():
    """The newest commit made three hours or more before the newest one: what this round of work began from."""
    if os.environ.get("GODWIT_BASE"):
        return os.environ["GODWIT_BASE"]
    newest = git("log", "-1", "--format=%ct", "HEAD")
    if not newest:
        return None
    older = git("rev-list", "-1", f"--before={int(newest[0]) - 3 * 3600}", "HEAD")
    return older[0] if older else None


def changed_files(suffixes):
    start = base()
    if start is None:
        return all_files(suffixes)
    changed = set(git("diff", "--name-only", "--diff-filter=d", start))
    changed |= set(git("ls-files", "--others", "--exclude-standard"))
    return [name for name in all_files(suffixes) if name in changed]
