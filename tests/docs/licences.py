"""docs/licences.md names every library that godwit's programs and plugins link, and no other.

usage: licences.py FILE…    the program and the plugins, as they were built
The list is of Debian 12: elsewhere only what CMake is told to find is compared. Prints `licences: N passed, N failed`.
"""
import pathlib
import re
import subprocess
import sys

from markdown import ROOT

PAGE = ROOT / "docs" / "licences.md"
FOLDERS = ("core", "plugins", "drivers", "sources", "cli", "cmake")
# CMake's own, and godwit itself.
NO_LIBRARY = {"Threads", "PkgConfig", "Python3", "Catch2", "godwit"}
# What a build with sanitizers links besides.
SANITIZERS = re.compile(r"lib(asan|ubsan|tsan|lsan|gcov)\b")


def rows(heading):
    """The rows of the table below a heading, as lists of cells."""
    part = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def cmake_names():
    """What find_package() and pkg_check_modules() look for."""
    files = [ROOT / "CMakeLists.txt"]
    for folder in FOLDERS:
        files += [path for name in ("CMakeLists.txt", "*.cmake", "*.cmake.in") for path in (ROOT / folder).rglob(name)]
    packages, modules = set(), set()
    for path in files:
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        packages |= set(re.findall(r"find_(?:package|dependency)\((\w[\w-]*)", text))
        for words in re.findall(r"pkg_check_modules\(\w+ ([^)]*)\)", text):
            modules |= {word for word in words.split() if word.islower()}
    return packages - NO_LIBRARY, modules


def check_cmake():
    told = {row[0] for row in rows("Told to CMake")}
    packages, modules = cmake_names()
    if modules:
        packages.add("pkg-config: " + ", ".join(sorted(modules)))
    return told, packages


def is_debian_12():
    release = pathlib.Path("/etc/os-release")
    text = release.read_text(encoding="utf-8") if release.exists() else ""
    return re.search(r"^ID=debian$", text, re.M) and re.search(r'^VERSION_ID="12"$', text, re.M)


def libraries(files):
    """The shared objects outside of this build that the files need, directly or not."""
    found = set()
    for file in files:
        listing = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
        if "not found" in listing:
            raise SystemExit(f"{file}:\n{listing}")
        found |= {pathlib.Path(path).resolve() for path in re.findall(r"(/\S+) \(0x", listing)}
    build = pathlib.Path(files[0]).resolve().parents[1]
    return {path for path in found if not path.is_relative_to(build) and not SANITIZERS.match(path.name)}


def loaded_by_name():
    """What ldd does not see: how libmariadb proves who a user is."""
    return [str(path) for path in pathlib.Path("/usr/lib").glob("*/libmariadb3/plugin/*.so")]


def source_packages(paths):
    """Debian's source packages, without the version in a name: postgresql-15 is postgresql."""
    names = {name: path for path in paths for name in (str(path), str(path).removeprefix("/usr"))}
    listing = subprocess.run(["dpkg", "-S", *names], capture_output=True, text=True, check=False).stdout
    owner = {names[name]: package for package, name in re.findall(r"^(\S+?)(?:, \S+)*: (.*)$", listing, re.M)}
    for path in paths - owner.keys():
        raise SystemExit(f"{path} belongs to no package: say where it comes from in {PAGE.name}")
    sources = subprocess.run(["dpkg-query", "-W", "-f", "${source:Package}\\n", *set(owner.values())], capture_output=True,
                             text=True, check=True).stdout.split()
    return {re.sub(r"^(boost|gcc|postgresql)-?[\d.]+$", r"\1", source) for source in sources}


def compare(what, listed, there):
    for name in sorted(there - listed):
        print(f"FAILED docs/licences.md lacks {name} ({what})")
    for name in sorted(listed - there):
        print(f"FAILED docs/licences.md lists {name}, which is not there any more ({what})")
    return len(listed & there), len(listed ^ there)


def main():
    results = [compare("told to CMake", *check_cmake())]
    if is_debian_12():
        linked = {row[0] for row in rows("Linked")}
        results.append(compare("linked", linked, source_packages(libraries(sys.argv[1:] + loaded_by_name()))))
    else:
        print("licences: SKIPPED: the list of linked libraries is that of Debian 12")
    good, bad = (sum(column) for column in zip(*results))
    print(f"licences: {good} passed, {bad} failed")
    return 1 if bad or not good else 0


if __name__ == "__main__":
    sys.exit(main())
