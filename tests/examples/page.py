"""The code that docs/library.md shows is code of the examples, word by word, and every example is in its table.

A block below a line `<!-- FILE -->` has to be a part of FILE; the indentation counts. Prints each violation, then
`library page: N passed, N failed`.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main():
    page = (ROOT / "docs" / "library.md").read_text()
    blocks = BLOCK.findall(page)
    violations = [f"not in {file}:\n{code}" for file, code in blocks if code not in (ROOT / file).read_text()]
    examples = sorted(path.parent.name for path in (ROOT / "examples").glob("*/CMakeLists.txt"))
    violations += [f"the table has no row for examples/{name}" for name in examples if f"\n| `{name}` |" not in page]
    if not blocks:
        violations.append("no block names its file")
    for violation in violations:
        print(f"docs/library.md: {violation}")
    print(f"library page: {len(blocks) + len(examples) - len(violations)} passed, {len(violations)} failed")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
