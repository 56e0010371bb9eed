"""What the Markdown files say of the repository is there: every relative link and #anchor leads somewhere, every page of docs/
can be reached, the lists of JSON schemas and exit codes are whole, and what CONTRIBUTING.md names exists.

Links into the web are not followed. Prints `links: N passed, N failed`.
"""
import json
import re
import subprocess
import sys
import urllib.parse

import markdown
from markdown import ROOT

ENTRANCES = ("README.md", "docs/README.md")
DOCS = ROOT / "docs"


def text_of(path):
    return path.read_text(encoding="utf-8")


def own_files():
    """The Markdown files that git keeps or would keep; without git, those outside of build folders."""
    asked = subprocess.run(["git", "-C", str(ROOT), "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "*.md"],
                           capture_output=True, text=True, check=False)
    if asked.returncode == 0:
        return [ROOT / name for name in asked.stdout.splitlines() if (ROOT / name).exists()]
    return [path for path in ROOT.rglob("*.md") if path.relative_to(ROOT).parts[0] != "build"]


def target_of(link, page):
    """(file, anchor) of a relative link; None for one into the web."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = urllib.parse.unquote(parts.path)
    return ((page.parent / path).resolve() if path else page), urllib.parse.unquote(parts.fragment)


def wrong_with(link, page):
    """What is wrong with a link; "" = nothing."""
    target = target_of(link, page)
    if target is None:
        return ""
    path, anchor = target
    if not path.is_relative_to(ROOT):
        return "leads out of the repository"
    if not path.exists():
        return "leads nowhere"
    if not anchor:
        return ""
    if path.suffix != ".md":
        return "has an anchor into what is not Markdown"
    return "" if anchor in markdown.anchors(text_of(path)) else f"has no heading #{anchor}"


def reached(pages):
    """The pages that a reader can come to from the entrances."""
    seen, ahead = set(), [ROOT / name for name in ENTRANCES]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = (target_of(link, page) for link in markdown.links(text_of(page)))
        ahead += [target[0] for target in targets if target and target[0] in pages]
    return seen


# Each check yields (whether it holds, what is wrong where it does not).
def check_links(pages):
    for page in pages:
        for link in markdown.links(text_of(page)):
            wrong = wrong_with(link, page)
            yield not wrong, f"{markdown.name_of(page)}: {link} {wrong}"


def check_reached(pages):
    there = reached(set(pages))
    for page in pages:
        if page.is_relative_to(DOCS):
            yield page in there, f"{markdown.name_of(page)}: no link from {' or '.join(ENTRANCES)} leads here"


def check_places():
    """Each `folder/file` that CONTRIBUTING.md names; some begin below the folder that it speaks of."""
    tops = [ROOT / name for name in ("", "core", "core/src", "cli", "drivers", "tests", "docs")]
    text = markdown.without_blocks(text_of(ROOT / "CONTRIBUTING.md"))
    for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text):
        yield any((top / name).exists() for top in tops), f"CONTRIBUTING.md: {name} is not there"


def check_exit_codes():
    table = text_of(DOCS / "cli.md").split("\n## Exit codes\n")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| (\d+) \|", table, re.M))
    shown = set(re.findall(r"^## (\d+):", text_of(DOCS / "exit-codes.md"), re.M))
    for code in sorted(listed | shown, key=int):
        yield code in listed & shown, f"exit code {code} is in one of docs/cli.md and docs/exit-codes.md only"


def check_schemas():
    listed = text_of(DOCS / "schema" / "README.md").splitlines()
    for path in sorted((DOCS / "schema").glob("*.json")):
        line = f"| [{path.name}]({path.name}) | {json.loads(text_of(path))['title']} |"
        yield line in listed, f"docs/schema/README.md: the line is missing: {line}"


def main():
    pages = sorted({path.resolve() for path in own_files()})
    checks = (check_links(pages), check_reached(pages), check_places(), check_exit_codes(), check_schemas())
    results = [result for check in checks for result in check]
    failures = [what for holds, what in results if not holds]
    for what in failures:
        print(f"FAILED {what}")
    print(f"links: {len(results) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures or not results else 0


if __name__ == "__main__":
    sys.exit(main())
