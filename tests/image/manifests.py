"""Checks packaging/docker/compose.yaml and packaging/kubernetes/*.yaml without running them.

usage: manifests.py --godwit PROGRAM
Each file is YAML; each container that runs godwit names an image, a command of `godwit help`, and options that this
command has, read from `godwit help --json`; a pod may be killed later than --grace at the earliest, is not root, and writes
nothing to its file system; no password stands in a Kubernetes file. Also: the packages that the Dockerfile installs are
those of ./dev. Prints one line per file, then `manifests: N passed, N failed`.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER, KUBERNETES = ROOT / "packaging/docker", ROOT / "packaging/kubernetes"
# Of the Dockerfile's packages, those that only an image needs.
ONLY_IMAGE = {"busybox-static"}


class Failed(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failed(what)


class Help:
    def __init__(self, godwit):
        document = json.loads(subprocess.run([godwit, "help", "--json"], check=True, capture_output=True, text=True).stdout)
        self.version = document["tool_version"]
        self.everywhere = self.by_name(document["options"])
        self.commands = {command["name"]: self.by_name(command["options"]) for command in document["commands"]}
        self.variables = {option["environment"] for option in document["options"]} - {""}

    @staticmethod
    def by_name(options):
        return {**{f"--{option['name']}": option for option in options},
                **{f"-{option['letter']}": option for option in options if option["letter"]}}

    def check(self, words):
        """Words behind godwit: one command, its options; a value stands in the same word as its option."""
        plain = [word for word in words if not word.startswith("-")]
        expect(plain and plain[0] in self.commands, f"{words}: no command of godwit")
        known = {**self.everywhere, **self.commands[plain[0]]}
        for word in (word for word in words if word.startswith("-")):
            name, equals, _ = word.partition("=")
            expect(name in known, f"{plain[0]} has no option {name}")
            expect(equals or not known[name]["value"] or name == "--json", f"{word}: its value belongs behind a '='")


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|m)", text).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


def grace(words):
    """--grace of a command line, or its default."""
    given = [word.partition("=")[2] for word in words if word.startswith("--grace=")]
    return seconds(given[0]) if given else 10


def is_godwit(image):
    return image.split(":")[0] == "godwit" or ".godwit." in image


def check_compose(help_):
    document = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    services = document["services"]
    for name, service in services.items():
        for other in service.get("depends_on") or {}:
            expect(other in services, f"{name} depends on {other}, which is no service")
        if not is_godwit(service["image"]):
            continue
        # `idle` came after the others: a program without it is not told on here but by the image's own test.
        if service["command"] != ["idle"] or "idle" in help_.commands:
            help_.check(service["command"])
        expect(service["read_only"] is True and service["cap_drop"] == ["ALL"], f"{name} may write or has capabilities")
        expect(set(service["environment"]) <= help_.variables, f"{name}: a variable that godwit does not read")
        stop = service.get("stop_grace_period")
        expect(stop is None or seconds(stop) > grace(service["command"]), f"{name} is killed within its --grace")
    expect(services["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}, "migrate waits for no database")
    for name in ("application", "godwit"):
        expect(services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"},
               f"{name} does not wait for migrate")
    folder = DOCKER / services["migrate"]["volumes"][0].split(":")[0]
    expect(list(folder.glob("*.up.sql")), f"{folder} has no migrations")


def pod_of(document):
    spec = document["spec"]["template"]["spec"]
    return spec, [*spec.get("initContainers", []), *spec["containers"]]


def check_pod(document, help_):
    spec, containers = pod_of(document)
    expect(spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] == 65532, "runs as root")
    volumes = {volume["name"] for volume in spec["volumes"]}
    ran = 0
    for container in containers:
        locked = container["securityContext"]
        expect(locked["readOnlyRootFilesystem"] and locked["capabilities"] == {"drop": ["ALL"]}
               and locked["allowPrivilegeEscalation"] is False, f"{container['name']} is not locked down")
        for mount in container.get("volumeMounts", []):
            expect(mount["name"] in volumes, f"{container['name']} mounts {mount['name']}, which is no volume")
        for variable in container["env"]:
            expect("secretKeyRef" in variable.get("valueFrom", {}), f"{variable['name']} is not from a secret")
        if not is_godwit(container["image"]):
            continue
        ran += 1
        help_.check(container["args"])
        expect({variable["name"] for variable in container["env"]} <= help_.variables, "a variable that godwit does not read")
        expect(container["image"] in (f"godwit:{help_.version}", "{{ .Values.godwit.image }}"), "another version's image")
        expect(spec["terminationGracePeriodSeconds"] > grace(container["args"]), f"{container['name']} is killed within its --grace")
    expect(ran, "no container runs godwit")


def check_job(document):
    expect(document["kind"] == "Job" and document["apiVersion"] == "batch/v1", "not a Job")
    spec, containers = pod_of(document)
    # Kubernetes takes a podFailurePolicy with no other restartPolicy.
    expect(spec["restartPolicy"] == "Never", "podFailurePolicy wants restartPolicy: Never")
    rules = document["spec"]["podFailurePolicy"]["rules"]
    expect([rule["action"] for rule in rules] == ["Ignore", "FailJob"], "the order of the rules matters")
    codes = rules[1]["onExitCodes"]
    expect(codes["containerName"] in {container["name"] for container in containers}, "a rule for no container")
    expect(codes["values"] == [1, 2, 4, 5], "docs/docker.md tells other exit codes")
    expect("activeDeadlineSeconds" not in document["spec"], "a deadline cuts off long migrations")


def check_kubernetes(path, help_):
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        check_pod(document, help_)
        if path.stem == "deployment":
            expect(document["kind"] == "Deployment" and document["spec"]["selector"]["matchLabels"]
                   == document["spec"]["template"]["metadata"]["labels"], "the selector finds no pod")
        else:
            check_job(document)
        if path.stem == "helm-hook":
            expect("pre-upgrade" in document["metadata"]["annotations"]["helm.sh/hook"], "no hook")


def check_dockerfile(help_):
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    installed = set(re.search(r"--no-install-recommends(.*?)> /dev/null", text, re.S)[1].replace("\\", "").split())
    known = set(re.search(r"^packages=\((.*?)\)", (ROOT / "dev").read_text(encoding="utf-8"), re.M | re.S)[1].split())
    expect(installed - ONLY_IMAGE <= known, f"./dev does not install {sorted(installed - ONLY_IMAGE - known)}")
    expect(f"ARG VERSION={help_.version}\n" in text, f"the version is {help_.version}")
    expect(not re.search(r"amd64|x86.64", text), "a machine is named: the recipe is for all of them")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--godwit", required=True)
    help_ = Help(parser.parse_args().godwit)
    checks = {"compose.yaml": lambda: check_compose(help_), "Dockerfile": lambda: check_dockerfile(help_)}
    for path in sorted(KUBERNETES.glob("*.yaml")):
        checks[path.name] = lambda path=path: check_kubernetes(path, help_)
    failed = 0
    for name, check in checks.items():
        try:
            check()
            print(f"ok {name}")
        except (Failed, KeyError, TypeError, ValueError, yaml.YAMLError) as problem:
            failed += 1
            print(f"FAILED {name}: {problem!r}")
    print(f"manifests: {len(checks) - failed} passed, {failed} failed")
    return 1 if failed or len(checks) < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
