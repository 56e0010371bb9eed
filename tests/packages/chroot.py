"""A fresh Debian 12 in a folder, in which commands are run by chroot. Needs root and mmdebstrap.

/proc is mounted in a mount namespace of each command, and is gone with it: nothing is left mounted, whatever fails.
"""
import os
import shutil
import subprocess

SUITE = "bookworm"


class Failed(Exception):
    pass


def run(*command, code=0, **options):
    """Both outputs of a command that must end with `code`; None: with any."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, **options)
    if code is not None and done.returncode != code:
        raise Failed(f"{' '.join(map(str, command))}\nexit code {done.returncode}, expected {code}\n{done.stdout[-4000:]}")
    return done.stdout


class Chroot:
    def __init__(self, folder, cache):
        """`cache` is the packed system; it is made where it is not there yet."""
        self.root = folder / "root"
        if not cache.exists():
            making = cache.with_name(f"making-{os.getpid()}.tar")
            try:
                run("mmdebstrap", "--quiet", "--variant=minbase", SUITE, making)
                making.rename(cache)
            finally:
                making.unlink(missing_ok=True)
        self.root.mkdir()
        run("tar", "-C", self.root, "-xf", cache)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        # No server starts in here.
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)

    def run(self, *command, code=0, user="root", folder="/"):
        inside = 'mount --bind /proc "$0/proc" && exec chroot "--userspec=$1" "$0" "${@:2}"'
        environment = {key: value for key, value in os.environ.items() if key.endswith("_proxy") or key == "PATH"}
        environment |= {"HOME": "/root" if user == "root" else "/nonexistent", "LC_ALL": "C.UTF-8",
                        "DEBIAN_FRONTEND": "noninteractive"}
        return run("unshare", "--mount", "--propagation", "private", "bash", "-c", inside, self.root, user,
                   "env", f"--chdir={folder}", *command, code=code, env=environment)

    def apt(self, *arguments):
        return self.run("apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0", *arguments)

    def files(self):
        """Every file and folder, but for what apt, dpkg and ldconfig keep for themselves."""
        own = ("var/cache", "var/log", "var/lib/apt", "var/lib/dpkg", "tmp", "proc", "sys", "dev", "run", "etc/ld.so.cache")
        found = set()
        for folder, folders, names in os.walk(self.root):
            here = os.path.relpath(folder, self.root)
            folders[:] = [name for name in folders if os.path.normpath(os.path.join(here, name)) not in own]
            found |= {os.path.normpath(os.path.join(here, name)) for name in folders + names}
        return found - set(own)
