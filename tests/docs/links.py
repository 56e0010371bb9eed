"""Every relative link and #anchor of the Markdown files leads somewhere, every page of docs/ can be reached, and the list of
JSON schemas is whole.

usage: links.py [PATH …]    without a path: every Markdown file that belongs to the repository
Links into the web are not followed. Prints `links: N passed, N failed`.
"""
import json
import pathlib
import subprocess
import sys
import urllib.parse

import markdown
from markdown import ROOT

ENTRANCES = ("README.md", "docs/README.md")


def own_files():
    """What git keeps or would keep; without git, every file outside of build folders."""
    asked = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "*.md"],
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
    return "" if anchor in markdown.anchors(path.read_text(encoding="utf-8")) else f"has no heading #{anchor}"


def reached(pages):
    """The pages that a reader can come to from the entrances."""
    seen, ahead = set(), [ROOT / name for name in ENTRANCES]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in markdown.links(page.read_text(encoding="utf-8")):
            target = target_of(link, page)
            if target and target[0] in pages:
                ahead.append(target[0])
    return seen


def schema_lines():
    """What docs/schema/README.md should say of each schema: a link and the schema's own title."""
    for path in sorted((ROOT / "docs" / "schema").glob("*.json")):
        yield f"| [{path.name}]({path.name}) | {json.loads(path.read_text(encoding='utf-8'))['title']} |"


def main():
    pages = {path.resolve() for path in (map(pathlib.Path, sys.argv[1:]) if len(sys.argv) > 1 else own_files())}
    good = bad = 0
    for page in sorted(pages):
        for link in markdown.links(page.read_text(encoding="utf-8")):
            wrong = wrong_with(link, page)
            good, bad = good + (not wrong), bad + bool(wrong)
            if wrong:
                print(f"FAILED {markdown.name_of(page)}: {link} {wrong}")
    if len(sys.argv) == 1:
        there = reached(pages)
        for page in sorted(pages):
            if page.is_relative_to(ROOT / "docs"):
                good, bad = good + (page in there), bad + (page not in there)
                if page not in there:
                    print(f"FAILED {markdown.name_of(page)}: no link from {' or '.join(ENTRANCES)} leads here")
        listed = (ROOT / "docs" / "schema" / "README.md").read_text(encoding="utf-8").splitlines()
        for line in schema_lines():
            good, bad = good + (line in listed), bad + (line not in listed)
            if line not in listed:
                print(f"FAILED docs/schema/README.md: the line is missing: {line}")
    print(f"links: {good} passed, {bad} failed")
    return 1 if bad or not good else 0


if __name__ == "__main__":
    sys.exit(main())
