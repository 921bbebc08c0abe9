"""Builds the action's image and runs it as the Actions runner does, without docker.

The mounts, the names and the translated paths are those of actions/runner 2.336 (ContainerActionHandler.cs,
DockerCommandManager.cs); commands in the log are read as its ActionCommand.cs reads them.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BASE = "localhost/debian-base:trixie"  # scripts/container-try.sh makes it
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
RUNNER_USER = 1001  # the workspace belongs to the runner's user, the container runs as root
ENVIRONMENT = {**os.environ, "STORAGE_DRIVER": "overlay"}  # noqa: TID251 (the tools' own settings)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left behind: commands are (name, properties, message)."""

    exit_code: int
    log: str
    commands: tuple[tuple[str, dict[str, str], str], ...]
    outputs: dict[str, str]
    summary: str


def missing_tools() -> str:
    """Return why no container can be built and run here, empty when it can."""
    if os.geteuid() != 0:
        return "needs root"
    absent = [tool for tool in ("buildah", "podman", "runc") if not shutil.which(tool)]
    if absent:
        return f"needs {', '.join(absent)}; scripts/container-try.sh installs them"
    if call("buildah", "inspect", "--type", "image", BASE, check=False).returncode:
        return f"needs the image {BASE}; scripts/container-try.sh makes it"
    return ""


def build_image(tag: str) -> str:
    """Build the Dockerfile as the runner does, without build arguments but the base, and return the tag."""
    authorities = ["--volume", f"{AUTHORITIES}:{AUTHORITIES}:ro"] if AUTHORITIES.exists() else []
    isolation = ["--isolation", "chroot", "--network", "host"]
    call("buildah", "build", *isolation, "--build-arg", f"BASE={BASE}", *authorities, "--tag", tag, str(ROOT))
    return tag


def run_action(
    image: str, folder: Path, *, workspace: Path, event: Mapping[str, object], name: str = "pull_request", **more: str
) -> Ran:
    """Run the action's container for one event.

    `folder` is the runner's own, `workspace` the checkout. `more` are inputs (in lower case) and `GITHUB_*` variables.
    """
    mounts = {
        folder / "temp": "/github/runner_temp",
        folder / "home": "/github/home",
        folder / "workflow": "/github/workflow",
        folder / "commands": "/github/file_commands",
        workspace: "/github/workspace",
    }
    for path in mounts:
        path.mkdir(parents=True, exist_ok=True)
    (folder / "workflow/event.json").write_text(json.dumps(event), encoding="utf-8")
    for file in ("output", "summary"):
        (folder / "commands" / file).touch()
    variables = {**_variables(name), **_inputs(more), **{k: v for k, v in more.items() if k.startswith("GITHUB_")}}
    done = call(
        "podman",
        *("--runtime", shutil.which("runc") or "runc", "run", "--rm", "--network", "host"),
        *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096", "--workdir", "/github/workspace"),
        *(word for key, value in variables.items() for word in ("-e", f"{key}={value}")),
        *(word for path, inside in mounts.items() for word in ("-v", f"{path}:{inside}")),
        image,
        check=False,
    )
    written = outputs((folder / "commands/output").read_text(encoding="utf-8"))
    summary = (folder / "commands/summary").read_text(encoding="utf-8")
    log = done.stdout + done.stderr
    return Ran(done.returncode, log, tuple(commands(log)), written, summary)


def hand_over(workspace: Path) -> None:
    """Give the workspace to the runner's user, as it is on a runner; git calls that dubious ownership."""
    for path in (workspace, *workspace.rglob("*")):
        os.chown(path, RUNNER_USER, RUNNER_USER, follow_symlinks=False)


def call(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a tool and return what it said; with `check`, a failure shows it."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done


def _variables(name: str) -> dict[str, str]:
    return {
        "HOME": "/github/home",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_OUTPUT": "/github/file_commands/output",
        "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
        "GITHUB_REPOSITORY": "acme/projectify",
        "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_WORKSPACE": "/github/workspace",
        "RUNNER_TEMP": "/github/runner_temp",
    }


def _inputs(given: Mapping[str, str]) -> dict[str, str]:
    """Every input of action.yml as the runner passes it: an empty text where nothing was given."""
    named = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    return {f"INPUT_{name.upper()}": given.get(name, "") for name in named}


def outputs(text: str) -> dict[str, str]:
    """Read GITHUB_OUTPUT: `name=value`, or `name<<WORD` up to the line WORD."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, heredoc, word = line.partition("<<")
        if heredoc and "=" not in name:
            value = []
            for inner in lines:
                if inner == word:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        elif line:
            name, _, value_text = line.partition("=")
            found[name] = value_text
    return found


def commands(log: str):
    """Read the workflow commands, the older `##[name]` anywhere in a line too, but not between stop-commands."""
    stopped = ""
    for line in log.splitlines():
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
            continue
        split = ","
        found = re.match(r"\s*::(?P<name>[\w-]+)(?: (?P<more>.*?))?::(?P<text>.*)", line)
        if not found:
            split = ";"
            found = re.search(r"##\[(?P<name>[\w-]+)(?: (?P<more>[^\]]*))?\](?P<text>.*)", line)
        if not found:
            continue
        if found["name"] == "stop-commands":
            stopped = found["text"]
            continue
        properties = dict(part.split("=", 1) for part in (found["more"] or "").split(split) if "=" in part)
        yield found["name"], {key.strip(): value for key, value in properties.items()}, found["text"]
