"""The first process of a container: mounts, then becomes the program. Started by ./docker in namespaces of its own.

usage: container.py JSON
"""
import json
import os
import pathlib
import subprocess
import sys

HOST_FILES = ("/etc/resolv.conf", "/etc/hosts")
DEVICES = ("null", "zero", "random", "urandom")


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)


def bind(source, target, read_only):
    """Makes the place to mount on, which is in the container's own layer, and binds source there."""
    if pathlib.Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount("--bind", source, target)
    if read_only:
        mount("-o", "remount,bind,ro", target)


def mounts(told):
    root = pathlib.Path(told["root"])
    mount("--bind", root, root)
    mount("-t", "proc", "proc", root / "proc")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev")
    for name in DEVICES:
        bind(f"/dev/{name}", root / "dev" / name, False)
    for name in HOST_FILES:
        bind(name, root / name[1:], True)
    for source, target, read_only in told["volumes"]:
        bind(source, root / target[1:], read_only)
    for name in told["tmpfs"]:
        (root / name[1:]).mkdir(parents=True, exist_ok=True)
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / name[1:])
    if told["read_only"]:
        mount("-o", "remount,bind,ro", root)
    return root


def main():
    told = json.loads(sys.argv[1])
    root = mounts(told)
    os.chroot(root)
    os.chdir(told["folder"])
    os.setgroups([])
    os.setgid(told["user"][1])
    os.setuid(told["user"][0])
    try:
        os.execvpe(told["command"][0], told["command"], told["environment"])
    except OSError as error:
        # As docker: 127 where there is no such program.
        print(f"docker: {told['command'][0]}: {error.strerror}", file=sys.stderr)
        os._exit(127)


if __name__ == "__main__":
    main()
