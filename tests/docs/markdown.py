"""What the tests of the documentation read of a Markdown file: its files, fenced blocks, headings and links."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.M | re.S)
HIDDEN = re.compile(r"^<!-- sh\n(?P<text>.*?)^-->[ \t]*$", re.M | re.S)
HEADING = re.compile(r"^#{1,6}[ \t]+(?P<text>.+?)[ \t]*#*[ \t]*$", re.M)
LINK = re.compile(r"!?\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+(?:\([^()\s]*\))?)(?:[ \t]+\"[^\"]*\")?\)")


def markdown_files(paths):
    """Files as they are, of folders every *.md below; none twice, in order."""
    files = []
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there")
        files += sorted(path.rglob("*.md")) if path.is_dir() else [path]
    return list(dict.fromkeys(path.resolve() for path in files))


def without_blocks(text):
    return HIDDEN.sub("", FENCE.sub("", text))


def anchors(text):
    """The #anchors of a file's headings, made as GitHub and GitLab make them."""
    found = set()
    for heading in HEADING.finditer(without_blocks(text)):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading["text"]).replace("`", "")
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        name, count = anchor, 0
        while name in found:
            count += 1
            name = f"{anchor}-{count}"
        found.add(name)
    return found


def links(text):
    """Targets of the links and pictures of a file, blocks and `code` left out."""
    prose = re.sub(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)", "", re.sub(r"\[`([^`\]]*)`\]", r"[\1]", without_blocks(text)))
    return [match["target"] for match in LINK.finditer(prose)]


def name_of(path):
    path = pathlib.Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
