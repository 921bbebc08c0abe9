"""The image, built from the Dockerfile and run as the Actions runner runs it.

By hand, with what it needs installed: scripts/container-try.sh FOLDER; then pytest -m container.
"""

import io
import json
import os
from pathlib import Path

import pytest

import demo
from midflight.action import run
from support.action_runs import Platform, Ran
from support.container import build_image, call, hand_over, missing_tools, run_action
from support.fake_github.clock import FakeClock
from support.fake_github.events import pull_request_event
from support.fake_github.server import FakeGitHub
from support.reliability import events
from support.reliability.model import carry_out
from support.reliability.table import stored

WHY_NOT = missing_tools()
pytestmark = [pytest.mark.container, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "can run")]


@pytest.fixture(scope="session")
def image() -> str:
    return build_image("localhost/midflight:test")


@pytest.fixture(scope="session")
def origin(tmp_path_factory) -> Path:
    """The example's repository with the merge commit of each pull request, as GitHub keeps it."""
    repository = tmp_path_factory.mktemp("origin") / "projectify"
    demo.build(repository)
    for number, branch in enumerate(demo.branches(), start=1):
        demo.git(repository, "switch", "--quiet", "--detach", "main")
        demo.git(repository, "merge", "--quiet", "--no-ff", "--message", f"Merge {branch} into main", branch)
        demo.git(repository, "update-ref", f"refs/pull/{number}/merge", "HEAD")
    demo.git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    return repository


def checkout(origin: Path, branch: str, workspace: Path) -> dict[str, object]:
    """Make the workspace as actions/checkout does with `fetch-depth: 2`, and return the event."""
    number = list(demo.branches()).index(branch) + 1
    workspace.mkdir(parents=True)
    demo.git(workspace, "init", "--quiet")
    demo.git(workspace, "fetch", "--quiet", "--depth=2", origin.as_uri(), f"refs/pull/{number}/merge")
    demo.git(workspace, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    base, head = (call("git", "-C", str(workspace), "rev-parse", f"HEAD^{parent}").stdout.strip() for parent in (1, 2))
    hand_over(workspace)
    repository = {"full_name": "acme/projectify", "default_branch": "main"}
    return {
        "action": "synchronize",
        "number": number,
        "repository": repository,
        "pull_request": {
            "number": number,
            "title": demo.branches()[branch]["title"],
            "draft": False,
            "labels": [],
            "base": {"ref": "main", "sha": base, "repo": repository},
            "head": {"ref": branch, "sha": head, "repo": repository},
        },
    }


def check(image: str, origin: Path, branch: str, folder: Path, **inputs: str):
    event = checkout(origin, branch, folder / "workspace")
    quiet = {"comment": "false", "status": "false", "shadow": "off"}
    return run_action(image, folder, workspace=folder / "workspace", event=event, **{**quiet, **inputs})


def test_the_image_holds_the_package_and_git_and_nothing_to_build_with(image):
    run = ["podman", "--runtime", "runc", "run", "--rm", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
    inside = "command -v git; command -v gcc make hatch; ls /opt/venv/bin/pip* /opt/build /build"
    done = call(*run, "--network", "host", "--entrypoint", "/bin/sh", image, "-c", inside, check=False)
    imported = call(
        *run, "--network", "host", "--entrypoint", "/opt/venv/bin/python", image, "-c", "import midflight.app"
    )

    assert done.stdout.split() == ["/usr/bin/git"]
    assert imported.returncode == 0


def test_the_outage_fails_the_job_and_names_both_ends(image, origin, tmp_path):
    ran = check(image, origin, "outage", tmp_path)

    assert ran.exit_code == 10, ran.log
    assert (ran.outputs["verdict"], int(ran.outputs["errors"]) > 0) == ("error", True)
    assert "create_project_atomic" in ran.summary
    report = json.loads(ran.outputs["report-json"])
    assert report == json.loads((tmp_path / "workspace/midflight-report.json").read_text(encoding="utf-8"))
    assert (report["version"], report["verdict"], report["order"]) == (1, "error", "database-first")
    annotated = {properties.get("file") for name, properties, _ in ran.commands if name == "error"}
    assert annotated & {
        "supabase/functions/create-project/index.ts",
        "supabase/migrations/20251110120000_create_project_atomic.sql",
    }


def test_the_corrected_pull_request_passes(image, origin, tmp_path):
    ran = check(image, origin, "outage-fixed", tmp_path)

    assert (ran.exit_code, ran.outputs["verdict"]) == (0, "success"), ran.log
    assert [name for name, _, _ in ran.commands if name == "error"] == []


def test_the_image_brings_the_server_that_tries_a_change_with_common_extensions_and_no_tool_of_it(image):
    run = ["podman", "--runtime", "runc", "run", "--rm", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
    code = (
        "import pathlib, pwd; from midflight.adapters.shadow.server import ShadowServer, find_server\n"
        "with ShadowServer(find_server()) as server, server.connect() as connection:\n"
        "    for name in ('vector', 'plpgsql_check', 'pgcrypto', 'pg_trgm'):\n"
        "        connection.execute(f'CREATE EXTENSION {name}')\n"
        "    home = server.home\n"
        "    print(server.version, pwd.getpwuid(home.stat().st_uid).pw_name)\n"
        "    print(*connection.execute('SHOW listen_addresses').fetchone(), sep='', end='|')\n"
        "print(home.exists(), len(list(pathlib.Path('/proc').glob('[0-9]*/exe'))))"
    )
    python = ["--network", "host", "--entrypoint", "/opt/venv/bin/python", image, "-c"]
    done = call(*run, *python, code)
    tools = call(*run, "--entrypoint", "/bin/sh", "--network", "host", image, "-c", "ls /usr/lib/postgresql/17/bin")

    assert done.stdout.splitlines() == ["17 postgres", "|False 1"]
    assert tools.stdout.split() == ["initdb", "postgres"]


def test_the_change_is_tried_in_the_container_without_being_asked_to(image, origin, tmp_path):
    ran = check(image, origin, "outage-fixed", tmp_path, shadow="")

    assert (ran.exit_code, ran.outputs["verdict"]) == (0, "success"), ran.log
    report = json.loads(ran.outputs["report-json"])
    assert report["matrix"]["old_code_new_schema"]["evidence"] == "proven"
    assert "the migrations ran on PostgreSQL 17 on 10,000 generated rows" in report["coverage"]["not_proven"][0]


def test_a_wrong_input_is_told_and_exits_with_2(image, origin, tmp_path):
    ran = check(image, origin, "outage", tmp_path, fail_on="sometimes")

    assert ran.exit_code == 2
    assert "input fail_on: " in ran.log


def test_nothing_but_the_report_is_left_in_the_workspace(image, origin, tmp_path):
    check(image, origin, "outage", tmp_path)

    left = [path for path in (tmp_path / "workspace").rglob("*") if os.lstat(path).st_uid == 0]
    assert [path.name for path in left] == ["midflight-report.json"]


class InContainer(Platform):
    """Runs the action's container instead of the code on this machine."""

    def start(self, event: str, payload: dict, *, workspace: Path | None = None, token: str = "", **inputs: str) -> Ran:
        self.begin()
        folder = self.folder / f"run-{self.runs}"
        workspace = workspace or folder / "workspace"
        workspace.mkdir(parents=True, exist_ok=True)
        hand_over(workspace)
        more = {"GITHUB_API_URL": self.gh.url, "GITHUB_REPOSITORY": "octo/app", "GITHUB_RUN_ID": "7"}
        given = {"github_token": token or self.gh.token(), "shadow": "off", **inputs}
        image = "localhost/midflight:test"
        ran = run_action(image, folder, workspace=workspace, event=payload, name=event, **more, **given)
        return Ran(ran.exit_code, ran.log, ran.summary, str(ran.outputs), workspace)


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("scenario", events.SCENARIOS, ids=lambda scenario: scenario.title)
def test_each_event_ends_in_the_container_as_it_does_here(scenario, tmp_path):
    measured = carry_out(scenario, tmp_path, InContainer)

    assert measured.violations == []
    assert measured.ends == scenario.ends, measured.text
    assert scenario.ends.says in measured.text
    assert (measured.figures.reads, measured.figures.writes) == (
        stored()[scenario.title].reads,
        stored()[scenario.title].writes,
    )


def test_the_container_leaves_the_comment_that_the_code_on_this_machine_leaves(image, origin, tmp_path):
    with FakeGitHub(origin) as gh:
        number = gh.open_pull("outage")
        workspace = tmp_path / "workspace"
        checkout(origin, "outage", workspace)
        event, token = pull_request_event(gh, number), gh.token()
        more = {"GITHUB_API_URL": gh.url, "GITHUB_REPOSITORY": "octo/app", "github_token": token, "shadow": "off"}
        ran = run_action(image, tmp_path, workspace=workspace, event=event, **more)
        assert ran.exit_code == 10, ran.log
        [comment] = gh.comments(number)
        head = event["pull_request"]["head"]["sha"]
        assert [status["state"] for status in gh.statuses(head)] == ["failure"]

        written = comment.body
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        here = {
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_API_URL": gh.url,
            "GITHUB_RUN_ID": "1",
            "INPUT_GITHUB_TOKEN": token,
            "INPUT_SHADOW": "off",
        }
        assert run(here, io.StringIO(), clock=FakeClock().clock) == 10
        assert [each.body for each in gh.comments(number)] == [written]
    assert gh.violations == []
