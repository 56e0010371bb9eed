"""Assembles the root file system of an image: an installed godwit and what of Debian it needs to run, nothing else.

usage: root_fs.py --installed DIR --root DIR --license FILE [--epoch SECONDS] [--shell]
DIR of --installed is what `DESTDIR=DIR cmake --install` made. Runs on the Debian system that godwit was built on: shared libraries are
found with ldd, their packages, versions and licences with dpkg's own records. Beside the files it writes
usr/share/sbom/godwit.spdx.json (SPDX 2.3), usr/share/doc/PACKAGE/copyright, and var/lib/dpkg/status.d/PACKAGE, by which
scanners know the versions. The same input gives the same bytes and times. --shell: BusyBox and its names in /busybox.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import uuid

USER = 65532
PASSWD = f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/home/nonroot:/sbin/nologin\n"
GROUP = f"root:x:0:\nnonroot:x:{USER}:\n"
NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n"
# No /migrations: where nothing is mounted there, that is an error and not a folder without migrations.
FOLDERS = {"tmp": 0o1777, "home/nonroot": 0o755, "proc": 0o755, "sys": 0o755, "dev": 0o755,
           "run": 0o755, "var/lib/dpkg/status.d": 0o755, "etc/ssl/certs": 0o755, "usr/bin": 0o755, "usr/lib/ssl": 0o755}
# Debian's merged /usr, as far as this machine has these, and golang-migrate's places for its program.
MERGED = ("bin", "lib", "lib64")
LINKS = {"usr/local/bin/migrate": "godwit",
         "usr/bin/migrate": "../local/bin/godwit", "migrate": "usr/local/bin/godwit",
         "usr/lib/ssl/certs": "/etc/ssl/certs", "usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt",
         "usr/lib/ssl/openssl.cnf": "/etc/ssl/openssl.cnf", "etc/os-release": "../usr/lib/os-release"}
# Loaded by name at run time, so ldd does not see them: how MySQL's users prove who they are, and the one locale that
# file names in archives need.
LOADED = ("/usr/lib/*/libmariadb3/plugin/*.so", "/usr/lib/locale/C.utf8/**/*")
FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/openssl.cnf", "/usr/lib/os-release")
# Packages of which nothing is copied that dpkg would know of: the bundle is made when ca-certificates is installed.
BUNDLES = ("ca-certificates",)
# Compiled into the programs: one header tells the package.
HEADERS = ("/usr/include/boost/version.hpp", "/usr/include/nlohmann/json.hpp")


def is_elf(path):
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def merged(path):
    """The name behind the links of a merged /usr: dpkg may know /lib/x, ldd says /lib/x, the file is /usr/lib/x."""
    return re.sub(r"^/(bin|sbin|lib\w*)/", r"/usr/\1/", str(path))


class Packages:
    """What dpkg knows: whose a file is, and each package's fields."""

    def __init__(self):
        self.owner = {}
        for listing in pathlib.Path("/var/lib/dpkg/info").glob("*.list"):
            package = listing.stem.split(":")[0]
            for name in listing.read_text().splitlines():
                self.owner.setdefault(merged(name), package)
        self.status = {}
        for paragraph in pathlib.Path("/var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z-]+): *(.*)$", paragraph, re.M))
            if fields:
                self.status[fields["Package"]] = (fields, paragraph)

    def of(self, path):
        package = self.owner.get(merged(path))
        if package is None:
            raise SystemExit(f"root_fs: no package has {path}")
        return package


def libraries(programs):
    """Every shared library the programs load at their start, and theirs, and the loader itself."""
    found = set()
    for program in programs:
        text = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        if "not found" in text:
            raise SystemExit(f"root_fs: {program} misses a library:\n{text}")
        found |= set(re.findall(r"(?:=> )?(/\S+) \(0x", text))
    return sorted(found)


class Root:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def at(self, name):
        place = self.folder / str(name).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def write(self, name, text):
        place = self.at(name)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o644)

    def copy(self, path):
        """A file under its merged name; where that is a link, what it leads to as well. Gives the real file."""
        path = pathlib.Path(merged(path))
        real = pathlib.Path(merged(path.resolve()))
        if not self.at(real).exists():
            shutil.copy(real, self.at(real))
        if real != path and not self.at(path).is_symlink():
            self.at(path).symlink_to(os.path.relpath(real, path.parent))
        return real

    def skeleton(self):
        for name, mode in FOLDERS.items():
            self.at(name).mkdir(parents=True, exist_ok=True)
            self.at(name).chmod(mode)
        merged_here = {name: f"usr/{name}" for name in MERGED if pathlib.Path("/", name).exists()}
        for name, target in {**merged_here, **LINKS}.items():
            self.at(name).symlink_to(target)
        self.write("etc/passwd", PASSWD)
        self.write("etc/group", GROUP)
        self.write("etc/nsswitch.conf", NSSWITCH)

    def set_times(self, epoch):
        for path in [*self.folder.rglob("*"), self.folder]:
            os.utime(path, (epoch, epoch), follow_symlinks=False)


def take_installed(root, installed):
    """The program, its core library and its plugins; headers and what else a developer wants stay behind."""
    prefix = installed / "usr/local"
    taken = [prefix / "bin/godwit", *prefix.glob("lib/libgodwit_core.so*"), *prefix.glob("lib/godwit/*/godwit-*.so")]
    for path in taken:
        place = root.at(path.relative_to(installed))
        shutil.copy(path, place, follow_symlinks=False)
    return [path for path in taken if not path.is_symlink()]


def take_system(root, programs, packages):
    """Copies what the programs need of the system; gives the names of the packages it came from."""
    loaded = [path for pattern in LOADED for path in sorted(pathlib.Path("/").glob(pattern[1:])) if path.is_file()]
    if len({path.suffix for path in loaded}) < 2:
        raise SystemExit("root_fs: the client plugins of MariaDB or the locale C.UTF-8 are not where they were")
    needed = libraries(programs + [path for path in loaded if is_elf(path)])
    taken = [root.copy(path) for path in [*needed, *loaded] if not path_is_ours(path, programs)]
    taken += [root.copy(path) for path in FILES if path != FILES[0]]
    root.copy(FILES[0])
    return {packages.of(path) for path in taken} | set(BUNDLES)


def take_shell(root):
    """BusyBox of Debian, which needs no library; gives the real file."""
    program = pathlib.Path("/bin/busybox").resolve()
    shutil.copy(program, root.at("busybox/busybox"))
    for name in subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split():
        if name != "busybox":
            root.at(f"busybox/{name}").symlink_to("busybox")
    return program


def path_is_ours(path, programs):
    return any(pathlib.Path(path).resolve() == program.resolve() for program in programs)


def take_licences(root, names, license_file):
    for name in names:
        shutil.copy(pathlib.Path("/usr/share/doc", name, "copyright"), root.at(f"usr/share/doc/{name}/copyright"))
    shutil.copy(license_file, root.at("usr/share/doc/godwit/LICENSE"))
    for path in pathlib.Path("/usr/share/common-licenses").iterdir():
        root.copy(path)


def licence_names(name):
    """The names in a machine-readable copyright file; they are Debian's, not SPDX's."""
    text = pathlib.Path("/usr/share/doc", name, "copyright").read_text(encoding="utf-8", errors="replace")
    return sorted(set(re.findall(r"^License: *(\S.*?) *$", text, re.M))) if "copyright-format" in text else []


def spdx_package(name, fields):
    names = licence_names(name)
    comment = f"names in Debian's copyright file: {'; '.join(names)}" if names else "not machine-readable"
    source = fields.get("Source", name)
    return {
        "SPDXID": f"SPDXRef-Package-{re.sub('[^A-Za-z0-9.-]', '-', name)}", "name": name,
        "versionInfo": fields["Version"], "supplier": supplier(fields["Maintainer"]), "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
        "licenseComments": f"{comment}; the text is usr/share/doc/{name}/copyright", "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from Debian's source package {source}",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator":
                          f"pkg:deb/debian/{name}@{purl(fields['Version'])}?arch={fields['Architecture']}"}]}


def supplier(maintainer):
    name, _, mail = maintainer.partition(" <")
    return f"Organization: {name} ({mail.rstrip('>')})" if mail else f"Organization: {name}"


def purl(version):
    return version.replace("+", "%2B").replace(":", "%3A")


def spdx(version, packages, linked, compiled_in, epoch):
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    godwit = {"SPDXID": "SPDXRef-Package-godwit", "name": "godwit", "versionInfo": version,
              "supplier": "NOASSERTION", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
              "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION",
              "primaryPackagePurpose": "APPLICATION"}
    debian = [spdx_package(name, packages.status[name][0]) for name in sorted(linked | compiled_in)]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", godwit["SPDXID"])]
    relations += [(godwit["SPDXID"], "STATIC_LINK" if package["name"] in compiled_in else "DEPENDS_ON", package["SPDXID"])
                  for package in debian]
    contents = json.dumps([godwit, debian, created], sort_keys=True)
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"godwit-{version}",
            "documentNamespace": f"https://spdx.org/spdxdocs/godwit-{version}-{uuid.uuid5(uuid.NAMESPACE_OID, contents)}",
            "creationInfo": {"created": created, "creators": [f"Tool: godwit-root_fs-{version}"]},
            "packages": [godwit, *debian],
            "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                              for a, kind, b in relations]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--installed", required=True, type=pathlib.Path)
    parser.add_argument("--root", required=True)
    parser.add_argument("--license", required=True)
    parser.add_argument("--epoch", type=int, default=0)
    parser.add_argument("--shell", action="store_true")
    arguments = parser.parse_args()
    os.umask(0o022)
    root, packages = Root(arguments.root), Packages()
    programs = take_installed(root, arguments.installed)
    root.skeleton()
    linked = take_system(root, programs, packages)
    if arguments.shell:
        linked.add(packages.of(take_shell(root)))
    compiled_in = {packages.of(pathlib.Path(header).resolve()) for header in HEADERS}
    take_licences(root, linked | compiled_in, arguments.license)
    for name in sorted(linked):
        root.write(f"var/lib/dpkg/status.d/{name}", packages.status[name][1].strip("\n") + "\n")
    said = subprocess.run([programs[0], "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"\d+\.\d+\.\d+\S*", said)[0]
    document = spdx(version, packages, linked, compiled_in, arguments.epoch)
    root.write("usr/share/sbom/godwit.spdx.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    root.set_times(arguments.epoch)


if __name__ == "__main__":
    main()
