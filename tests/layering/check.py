"""Checks the arrows of the architecture: cli -> plugins -> core <- drivers, sources.

Reads every C++ file's includes and a few forbidden words; prints each violation as file:line: text and a
closing line `layering: N passed, N failed` (one check per file). Exit 1 on any violation.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"^[a-z_]+$")
POSIX = {"unistd.h", "fcntl.h", "dirent.h", "pwd.h", "poll.h", "signal.h", "dlfcn.h", "elf.h", "link.h", "netdb.h",
         "spawn.h", "termios.h", "errno.h", "time.h", "glob.h", "sysexits.h", "malloc.h"}

# folder -> third-party headers it may include (prefixes), and folders of ours it may use.
THIRD_PARTY = {
    "core": ["fmt/", "openssl/"],
    "drivers/sql": ["fmt/", "soci/"],
    "drivers/postgresql": ["fmt/", "soci/", "libpq-fe.h"],
    "drivers/mysql": ["fmt/", "soci/", "mysql.h", "errmsg.h", "mysqld_error.h", "mysql/", "netinet/"],
    "drivers/sqlite": ["fmt/", "soci/", "sqlite3.h"],
    "drivers/stub": ["fmt/"],
    "sources/filesystem": ["fmt/"],
    "sources/embedded": ["fmt/"],
    "sources/http": ["fmt/", "curl/", "archive.h", "archive_entry.h", "nlohmann/"],
    "sources/stub": ["fmt/"],
    "plugins": ["fmt/", "boost/dll"],
    "cli": ["fmt/", "boost/program_options", "yaml-cpp/", "nlohmann/"],
}
USES = {
    "core": [],
    "drivers/sql": [],
    "drivers/postgresql": ["sql/"],
    "drivers/mysql": ["sql/"],
    "drivers/sqlite": ["sql/"],
}
# Words that only some folders may use: printing is the command line's, the environment is cli's and plugins'.
PRINTING = re.compile(r"\b(std::cout|std::cerr|std::clog|(?:std::)?f?printf|(?:std::)?puts|fmt::print)\b")
ENVIRONMENT = re.compile(r"\b(?:secure_)?getenv\s*\(")
# Files of a folder are compiled in one piece: what one of them uses for a whole file, its neighbours would too. These stand alone.
FOR_ALL = re.compile(r"using\s+(?:namespace|enum)\b")
ALONE = re.compile(r"core/src/script/classify\w*\.cpp")


def core_headers():
    return {f"godwit/{p.name}" for p in (ROOT / "core/include/godwit").glob("*.hpp")}


def folder_of(path):
    text = path.relative_to(ROOT).as_posix()
    return max((f for f in THIRD_PARTY if text.startswith(f + "/")), key=len, default=None)


def allowed_quoted(name, path, folder, core):
    if name in core or (folder in ("plugins", "cli") and name.startswith("godwit/")):
        return True
    if any(name.startswith(prefix) for prefix in USES.get(folder, [])):
        return True
    own = [path.parent / name, ROOT / folder / name, ROOT / folder / "src" / name, (ROOT / folder).parent / name]
    inside = [p for p in own if p.exists() and (ROOT / folder) in p.resolve().parents]
    return bool(inside)


def allowed_angled(name, folder):
    if STANDARD.match(name) or name in POSIX or name.startswith("sys/"):
        return True
    return any(name.startswith(prefix) for prefix in THIRD_PARTY[folder])


def violations(path, core):
    folder = folder_of(path)
    public = "include/godwit" in path.as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.relative_to(ROOT)}:{number}"
        code = line.split("//")[0]
        match = INCLUDE.match(line)
        if match:
            quote, name = match.groups()
            ok = allowed_quoted(name, path, folder, core) if quote == '"' else allowed_angled(name, folder)
            if not ok:
                yield f"{where}: {folder} must not include {name}"
            if public and re.match(r"(nlohmann|boost|soci|yaml-cpp|fmt)/", name):
                yield f"{where}: a public header must not include {name}"
        if folder != "cli" and PRINTING.search(code) and "snprintf" not in code:
            yield f"{where}: printing outside cli"
        if FOR_ALL.match(line) and not ALONE.fullmatch(path.relative_to(ROOT).as_posix()):
            yield f"{where}: using for a whole file"
        if folder not in ("cli", "plugins") and ENVIRONMENT.search(code):
            yield f"{where}: getenv outside cli and plugins"


def main():
    core = core_headers()
    passed, bad = 0, []
    for top in ("core", "drivers", "sources", "plugins", "cli"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix not in (".hpp", ".cpp"):
                continue
            found = list(violations(path, core))
            bad += found
            passed += not found
    for line in bad:
        print(line)
    print(f"layering: {passed} passed, {len(bad)} failed")
    return 1 if bad or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
