"""Builds godwit's images without an engine, in a folder of their own that is gone afterwards: what run.py needs.

The base is a Debian made by debootstrap and tagged as the Dockerfile's FROM. apt in the build takes its packages from where
this machine takes them (mirror, proxy), and the compiler cache of this machine is lent to it.
"""
import contextlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
BASE = "docker.io/library/debian:bookworm-slim"
TOOLCHAIN = "localhost/godwit-toolchain"
DOCKERFILE = ROOT / "packaging/docker/Dockerfile"


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


def run(*words, code=0, **options):
    """Both outputs of a command that must end with `code`, as (stdout, stderr)."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    expect(done.returncode == code, f"{shlex.join(map(str, words))}\nexit code {done.returncode}, expected {code}\n"
                                    f"{done.stdout[-6000:]}{done.stderr[-6000:]}")
    return done.stdout, done.stderr


class Images:
    """A context: the folder, buildah's storage in it, and the environment for ./docker."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="godwit-image-"))
        # Other users pass through, as they do where a volume is.
        self.folder.chmod(0o755)
        self.epoch = run("git", "-C", ROOT, "log", "-1", "--format=%ct")[0].strip()
        self.storage("overlay")
        self.environment = {**os.environ, "PATH": f"{HERE}:{os.environ['PATH']}", "TMPDIR": str(self.folder / "tmp"),
                            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
                            "GODWIT_COMPOSE_STATE": str(self.folder / "compose"),
                            "GODWIT_IMAGE_BUILD_OPTIONS": shlex.join(self.times() + self.lent())}
        (self.folder / "tmp").mkdir()
        if not self.overlay_works():
            self.storage("vfs")
        return self

    def __exit__(self, *_):
        self.end_processes()
        for words in (("rm", "--all"), ("rmi", "--all", "--force")):
            subprocess.run(["buildah", *words], env=self.environment, capture_output=True)
        for line in reversed(pathlib.Path("/proc/self/mounts").read_text().splitlines()):
            if line.split()[1].startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", line.split()[1]])
        subprocess.run(["rm", "-rf", "--one-file-system", self.folder])

    def end_processes(self):
        """What still runs in a container, or builds one, after a run that was broken off."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(process / "root").startswith(f"{self.folder}/"):
                    os.kill(int(process.name), signal.SIGKILL)

    def storage(self, driver):
        shutil.rmtree(self.folder / "storage", ignore_errors=True)
        self.driver = driver
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver = "{driver}"\ngraphroot = "{self.folder}/storage"\nrunroot = "{self.folder}/run"\n')

    def overlay_works(self):
        """It does not on top of another overlay, as where this runs in a container itself."""
        made = subprocess.run(["buildah", "from", "scratch"], env=self.environment, capture_output=True, text=True)
        if made.returncode:
            return False
        mounted = subprocess.run(["buildah", "mount", made.stdout.strip()], env=self.environment, capture_output=True)
        self.buildah("rm", made.stdout.strip())
        return mounted.returncode == 0

    def times(self):
        return ["--timestamp", self.epoch, "--build-arg", f"SOURCE_DATE_EPOCH={self.epoch}"]

    def lent(self):
        """This machine's compiler cache, and its apt's proxy."""
        options = []
        if shutil.which("ccache"):
            cache = run("ccache", "--get-config", "cache_dir")[0].strip()
            pathlib.Path(cache).mkdir(parents=True, exist_ok=True)
            options += ["--volume", f"{cache}:/root/.cache/ccache"]
        proxies = [line for line in run("apt-config", "dump")[0].splitlines() if "::proxy" in line.lower()]
        if proxies:
            (self.folder / "apt-proxy.conf").write_text("\n".join(proxies) + "\n")
            options += ["--volume", f"{self.folder}/apt-proxy.conf:/etc/apt/apt.conf.d/99proxy:ro"]
        return options

    def buildah(self, *words):
        return run("buildah", *words, env=self.environment)[0].strip()

    def make_base(self):
        """debootstrap's minimal Debian, from the mirror that apt has here."""
        uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian",
                   "Codename: bookworm", "Component: main")[0].split()
        mirror = [uri for uri in uris if uri.startswith("http")][:1]
        base = self.folder / "base"
        run("debootstrap", "--variant=minbase", "bookworm", base, *mirror)
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, base, "/")
        self.buildah("commit", "--quiet", "--rm", container, BASE)
        subprocess.run(["rm", "-rf", "--one-file-system", base])

    def make_toolchain(self):
        """The Dockerfile's stage of that name, with the times that the packages have: by the compiler's own time the
        cache knows it, also from builds outside of here. Later builds find it among what is built already."""
        run("docker", "build", "-f", DOCKERFILE, "-t", TOOLCHAIN, "--target", "toolchain", ROOT,
            env={**self.environment, "GODWIT_IMAGE_BUILD_OPTIONS": shlex.join(self.lent())})

    def build(self, tag, *options, context=ROOT):
        run("docker", "build", "-f", context / DOCKERFILE.relative_to(ROOT), "-t", tag, *options, context,
            env=self.environment)

    def pushed(self, image):
        """The image as a registry would have it: (digest of the manifest, compressed size)."""
        place = self.folder / "oci"
        self.buildah("push", "--quiet", image, f"oci:{place}:image")
        digest = json.loads((place / "index.json").read_text())["manifests"][0]["digest"]
        manifest = json.loads((place / "blobs/sha256" / digest.partition(":")[2]).read_text())
        size = sum(part["size"] for part in [manifest["config"], *manifest["layers"]])
        shutil.rmtree(place)
        return digest, size

    def docker(self, *words, code=0, **options):
        return run("docker", *words, code=code, env={**self.environment, **options})

    def config(self, image):
        return json.loads(self.docker("image", "inspect", image)[0])[0]["Config"]

    def files(self, image):
        """A context: the image's file system as a folder."""
        return Mounted(self, image)


class Mounted:
    def __init__(self, images, image):
        self.images, self.image = images, image

    def __enter__(self):
        self.container = self.images.buildah("from", "--pull-never", self.image)
        return pathlib.Path(self.images.buildah("mount", self.container))

    def __exit__(self, *_):
        self.images.buildah("rm", self.container)
