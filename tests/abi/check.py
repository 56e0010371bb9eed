"""Compares the ABI of libgodwit_core, and what a plugin sees of it, with the last tag: by abidiff, over the debug
information of both. Anything but new functions needs a new kPluginAbi (core/include/godwit/plugin.hpp).

usage: check.py [--tag TAG]
First it shows on changed copies of the headers that such changes are seen. Prints one line per check, then
`abi: N passed, N failed`; where there is no tag yet, there is nothing to compare, which is said.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = "core/include"
# A change that a built plugin cannot survive: where, and by what a line of the header is replaced.
BREAKING = {
    "a function of an interface": ("source.hpp", "virtual std::vector<Entry> list() = 0;",
                                   "virtual void rewind();\n    virtual std::vector<Entry> list() = 0;"),
    "a member of what a plugin is given": ("driver.hpp", "bool batch = true;", "int rows = 0;\n    bool batch = true;"),
    "the plugin's descriptor": ("plugin.hpp", "char version[32];", "char version[64];"),
    "the values of an enum": ("source.hpp", "enum class EntryKind : std::uint8_t { File,",
                              "enum class EntryKind : std::uint8_t { Unknown, File,"),
}


# Else the debug information of a class is only where its first virtual function is.
WHOLE_CLASSES = "-femit-class-debug-always"


class Failed(Exception):
    pass


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}\nexit code {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def difference(old, new, old_headers, new_headers):
    """What abidiff says beyond new functions; "" = nothing. Types that no public header has are nobody's business."""
    done = subprocess.run(["abidiff", "--no-added-syms", "--drop-private-types", "--headers-dir1", old_headers,
                           "--headers-dir2", new_headers, old, new], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # 1 and 2: it could not compare; 4: something changed; 8: and no program can survive that.
    if done.returncode & 3:
        raise Failed(f"abidiff: exit code {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout if done.returncode else ""


def compiled_plugin(headers, file):
    """The example source, which needs no library to be linked for that."""
    source = ROOT / "examples/source/folders_source.cpp"
    ccache = ["ccache"] if shutil.which("ccache") else []
    run(*ccache, os.environ.get("CXX", "g++"), "-std=c++20", "-g", WHOLE_CLASSES, "-fPIC", "-fvisibility=hidden", "-I", headers,
        "-c", source, "-o", f"{file}.o")
    run(os.environ.get("CXX", "g++"), "-shared", f"{file}.o", "-o", file)
    return file


def shows_changes(folder):
    """The check itself: unchanged headers make no difference, and each breaking change is seen."""
    same = ROOT / INCLUDE
    before = compiled_plugin(same, folder / "before.so")
    copy = folder / "copy"
    shutil.copytree(same, copy)
    seen = difference(before, compiled_plugin(copy, folder / "same.so"), same, copy)
    if seen:
        raise Failed(f"without a change there is a difference:\n{seen}")
    for name, (header, old, new) in BREAKING.items():
        file = copy / "godwit" / header
        text = file.read_text()
        if old not in text:
            raise Failed(f"{header} has no '{old}' any more: mend BREAKING in {__file__}")
        file.write_text(text.replace(old, new))
        if not difference(before, compiled_plugin(copy, folder / "changed.so"), same, copy):
            raise Failed(f"not seen: {name}")
        file.write_text(text)


def abi_number(tree):
    return int(re.search(r"kPluginAbi = (\d+)", (tree / INCLUDE / "godwit/plugin.hpp").read_text()).group(1))


def built(tree, build):
    """libgodwit_core and one plugin, with debug information."""
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run("cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DGODWIT_TESTS=OFF",
        f"-DCMAKE_CXX_FLAGS={WHOLE_CLASSES}", *launcher)
    run("cmake", "--build", build, "--target", "godwit_core", "godwit_source_filesystem_module")
    plugin, = build.glob("lib/godwit/*/godwit-source-filesystem.so")
    return {"libgodwit_core": build / "lib/libgodwit_core.so", "the plugin interface": plugin}


def compared_with(tag, folder):
    old = folder / "tag"
    run("git", "-C", ROOT, "worktree", "add", "--detach", old, tag)
    try:
        if abi_number(old) != abi_number(ROOT):
            print(f"plugin ABI {abi_number(old)} at {tag}, {abi_number(ROOT)} now: a change is allowed", flush=True)
            return
        before, after = built(old, folder / "tag-build"), built(ROOT, folder / "tree-build")
        for name in before:
            seen = difference(before[name], after[name], old / INCLUDE, ROOT / INCLUDE)
            if seen:
                raise Failed(f"{name} has changed since {tag}, and kPluginAbi is still {abi_number(ROOT)}:\n{seen}")
    finally:
        run("git", "-C", ROOT, "worktree", "remove", "--force", old)


def last_tag():
    tags = subprocess.run(["git", "-C", ROOT, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return tags.stdout.strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tag", default=last_tag())
    tag = parser.parse_args().tag
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="godwit-abi-") as name:
        folder = pathlib.Path(name)
        checks = [("changes are seen", lambda: shows_changes(folder))]
        if tag:
            checks.append((f"compared with {tag}", lambda: compared_with(tag, folder)))
        else:
            print("skipped: there is no tag v… yet, so there is nothing to compare with")
        for title, check in checks:
            try:
                check()
                passed += 1
                print(f"ok      {title}", flush=True)
            except (Failed, OSError, ValueError) as error:
                failed += 1
                print(f"FAILED  {title}: {error}", flush=True)
    print(f"abi: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
