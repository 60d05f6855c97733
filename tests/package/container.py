#!/usr/bin/env python3
"""Reads the manifests in partner/dist/examples.

container.py flags FILE JOB CONTAINER DIR  the arguments of "podman run", one a line, that start the container of the manifest. DIR has a
                                           folder for each of its volumes, secrets and configurations. The image's arguments come last,
                                           after a line "IMAGE".
container.py config FILE                   unpilot.conf of the manifest
container.py codes FILE                    the exit codes that its policies name, one line a policy and action
container.py limits FILE                   the deadline of each job, and the seconds that its arguments let it wait and send
Needs Debian's python3-yaml."""
import sys

import yaml


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def item(manifest, name, kinds=("CronJob", "Job")):
    return next(i for i in manifest["items"] if i["kind"] in kinds and i["metadata"]["name"] == name)


def job_spec(job):
    return job["spec"]["jobTemplate"]["spec"] if job["kind"] == "CronJob" else job["spec"]


def volume_of(volume):
    """The folder's name in DIR: that of the claim, secret or configuration."""
    if "persistentVolumeClaim" in volume:
        return volume["persistentVolumeClaim"]["claimName"]
    return "secret" if "secret" in volume else "config"


def kubernetes(manifest, job, name, folder):
    pod = job_spec(item(manifest, job))["template"]["spec"]
    container = next(c for c in pod.get("initContainers", []) + pod["containers"] if c["name"] == name)
    user, own = pod["securityContext"], container["securityContext"]
    volumes = {v["name"]: volume_of(v) for v in pod["volumes"]}
    flags = [f"--user={user['runAsUser']}:{user['runAsGroup']}", f"--group-add={user['fsGroup']}"]
    flags += [f"--cap-drop={c.lower()}" for c in own["capabilities"]["drop"]]
    flags += ["--read-only", "--read-only-tmpfs=false"] if own["readOnlyRootFilesystem"] else []
    flags += [] if own["allowPrivilegeEscalation"] else ["--security-opt=no-new-privileges"]
    flags += [f"--memory={container['resources']['limits']['memory'].replace('Mi', 'm')}"]
    flags += [f"--stop-timeout={pod['terminationGracePeriodSeconds']}"]
    for mount in container["volumeMounts"]:
        access = "ro" if mount.get("readOnly") else "rw"
        flags.append(f"--volume={folder}/{volumes[mount['name']]}:{mount['mountPath']}:{access}")
    return flags + ["IMAGE"] + container["args"]


def compose(manifest, name, folder):
    service = manifest["services"][name]
    flags = [f"--user={service['user']}", f"--memory={service['mem_limit']}"]
    flags += [f"--cap-drop={c.lower()}" for c in service["cap_drop"]]
    flags += ["--read-only", "--read-only-tmpfs=false"] if service["read_only"] else []
    flags += [f"--security-opt={o.removesuffix(':true')}" for o in service["security_opt"]]
    for volume in service["volumes"]:
        source, target = volume.split(":")
        named = manifest["volumes"].get(source)
        flags.append(f"--volume={named['name'] if named else folder + source.removeprefix('.')}:{target}")
    for kind in ("configs", "secrets"):
        for mount in service[kind]:
            source = manifest[kind][mount["source"]]["file"]
            flags.append(f"--volume={folder}{source.removeprefix('.')}:{mount['target']}:ro")
    return flags + ["IMAGE"] + service["command"]


def seconds(args):
    return sum(int(args[args.index(option) + 1].removesuffix("h")) * 3600 for option in ("--lock-wait", "--max-duration") if option in args)


def main():
    what, path, *rest = sys.argv[1:]
    manifest = load(path)
    if what == "flags" and "services" in manifest:
        print(*compose(manifest, rest[1], rest[2]), sep="\n")
    elif what == "flags":
        print(*kubernetes(manifest, *rest), sep="\n")
    elif what == "config":
        print(item(manifest, "unpilot", ("ConfigMap",))["data"]["unpilot.conf"], end="")
    elif what == "limits":
        for job in (i for i in manifest["items"] if i["kind"] == "CronJob"):
            spec = job_spec(job)
            args = spec["template"]["spec"]["containers"][0]["args"]
            print(job["metadata"]["name"], "deadline", spec["activeDeadlineSeconds"], "needs", seconds(args))
    elif what == "codes":
        for job in (i for i in manifest["items"] if i["kind"] == "CronJob"):
            for rule in job_spec(job)["podFailurePolicy"]["rules"]:
                if "onExitCodes" in rule:
                    print(job["metadata"]["name"], rule["action"], *rule["onExitCodes"]["values"])


main()
