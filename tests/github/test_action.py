"""The action from its environment to what GitHub holds afterwards, as the runner starts it."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from midflight.action import run
from support.fake_github.clock import FakeClock
from support.fake_github.events import dispatch_event, pull_request_event
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, make_repository, merge_branch, run_git

SCHEMA = "supabase/migrations/20251101000000_schema.sql"
FUNCTION = "supabase/migrations/20251110000000_create_project_atomic.sql"
EDGE = "supabase/functions/create-project/index.ts"
BASE = {
    SCHEMA: "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL);\n",
    EDGE: "await supabase.from('projects').insert({ id: 1, title });\n",
    "README.md": "# App\n",
}
OUTAGE = {
    FUNCTION: "CREATE FUNCTION create_project_atomic(p_title text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;\n",
    EDGE: "await supabase.rpc('create_project_atomic', { p_title: title });\n",
}
QUIET = {"README.md": "# The app\n"}


@dataclass
class Ran:
    """What one run left behind."""

    code: int
    log: str
    summary: str
    outputs: str
    folder: Path


@dataclass
class Platform:
    gh: FakeGitHub
    numbers: dict[str, int]
    folder: Path
    runs: int = 0

    def head(self, branch: str) -> str:
        return run_git(self.gh.state.path, "rev-parse", branch)

    def checkout(self, branch: str) -> Path:
        """What `actions/checkout` leaves: the merge of the pull request, two levels deep."""
        workspace = self.folder / f"workspace-{self.runs}"
        merge = f"merge-{branch}-{self.runs}"
        merge_branch(self.gh.state.path, "main", branch, branch=merge)
        source = f"file://{self.gh.state.path}"
        run_git(self.folder, "clone", "--quiet", "--depth=2", "--branch", merge, source, str(workspace))
        return workspace

    def start(self, event: str, payload: dict, *, workspace: Path | None = None, token: str = "", **inputs: str) -> Ran:
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        folder.mkdir()
        (folder / "event.json").write_text(json.dumps(payload))
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_API_URL": self.gh.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "7",
            "GITHUB_WORKSPACE": str(workspace or folder),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_OUTPUT": str(folder / "outputs"),
            "INPUT_GITHUB_TOKEN": token or self.gh.token(),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        log = io.StringIO()
        code = run(environment, log, clock=FakeClock().clock)
        read = {
            name: (folder / name).read_text() if (folder / name).exists() else "" for name in ("summary.md", "outputs")
        }
        return Ran(code, log.getvalue(), read["summary.md"], read["outputs"], workspace or folder)

    def pull(self, branch: str, *, checkout: bool = True, token: str = "", **inputs: str) -> Ran:
        payload = pull_request_event(self.gh, self.numbers[branch])
        workspace = self.checkout(branch) if checkout else None
        return self.start("pull_request", payload, workspace=workspace, token=token, **inputs)


@pytest.fixture
def platform(tmp_path):
    repository = make_repository(tmp_path / "app", BASE, outage=OUTAGE, quiet=QUIET)
    with FakeGitHub(repository) as gh:
        numbers = {branch: gh.open_pull(branch) for branch in ("outage", "quiet")}
        yield Platform(gh, numbers, tmp_path)
    assert gh.violations == []


def test_the_outage_is_stopped_with_one_comment_a_status_and_everything_else(platform):
    ran = platform.pull("outage")
    number = platform.numbers["outage"]
    [comment] = platform.gh.comments(number)
    [status] = platform.gh.statuses(platform.head("outage"))

    assert ran.code == 10
    assert "create_project_atomic" in comment.body
    assert f"{EDGE}#L1" in comment.body
    assert f"{FUNCTION}#L1" in comment.body
    assert (status["state"], status["context"]) == ("failure", "midflight")
    assert "create_project_atomic" in status["description"]
    assert f"::error file={EDGE},line=1" in ran.log
    assert "create_project_atomic" in ran.summary
    assert "verdict<<" in ran.outputs
    assert json.loads((ran.folder / "midflight-report.json").read_text())["order"] == "database-first"


def test_ten_pushes_leave_exactly_one_comment(platform):
    for number in range(10):
        add_commit(platform.gh.state.path, "outage", {"notes.md": f"{number}\n"}, f"Push {number}")
        assert platform.pull("outage").code == 10

    [comment] = platform.gh.comments(platform.numbers["outage"])
    assert platform.head("outage") in comment.body


def test_without_a_checkout_both_revisions_are_read_over_the_api(platform):
    ran = platform.pull("outage", checkout=False)

    assert ran.code == 10
    assert "create_project_atomic" in platform.gh.comments(platform.numbers["outage"])[0].body


def test_a_fork_s_token_costs_the_comment_and_one_warning(platform):
    ran = platform.pull("outage", token=platform.gh.read_only_token())

    assert ran.code == 10
    assert platform.gh.comments(platform.numbers["outage"]) == []
    assert ran.log.count("::warning") == 1
    assert "create_project_atomic" in ran.summary


def test_a_pull_request_without_database_changes_gets_a_status_and_no_comment(platform):
    ran = platform.pull("quiet")

    assert ran.code == 0
    assert platform.gh.comments(platform.numbers["quiet"]) == []
    assert [s["state"] for s in platform.gh.statuses(platform.head("quiet"))] == ["success"]


def test_wrong_inputs_are_told_all_at_once_and_the_status_is_error(platform):
    ran = platform.pull("quiet", fail_on="sometimes", deploys="never")

    assert ran.code == 2
    assert "fail_on" in ran.log
    assert "deploys" in ran.log
    assert [s["state"] for s in platform.gh.statuses(platform.head("quiet"))] == ["error"]


def test_a_failure_of_the_tool_is_exit_1_and_never_a_success(platform):
    platform.gh.fail("GET", r"compare|tarball|git/trees", status=404, times=50)
    ran = platform.pull("outage", checkout=False)

    assert ran.code == 1
    assert [s["state"] for s in platform.gh.statuses(platform.head("outage"))] == ["error"]


def test_settings_come_from_the_base_revision(platform):
    add_commit(
        platform.gh.state.path, "outage", {".github/midflight.yml": "rules: {code-before-migration: off}\n"}, "Hide"
    )

    assert platform.pull("outage").code == 10


def test_a_pipeline_that_migrates_first_passes(platform):
    add_commit(platform.gh.state.path, "main", {".github/midflight.yml": "deploys: database-first\n"}, "Say so")
    ran = platform.pull("outage")

    assert ran.code == 0
    assert [s["state"] for s in platform.gh.statuses(platform.head("outage"))] == ["success"]


def test_an_event_that_is_no_change_ends_with_a_sentence(platform):
    ran = platform.start("watch", {})

    assert ran.code == 0
    assert "Nothing to check" in ran.log


def test_a_dispatch_writes_release_notes(platform):
    start = platform.head("main")
    merge_branch(platform.gh.state.path, "main", "outage", branch="main")
    workspace = platform.folder / "whole"
    run_git(platform.folder, "clone", "--quiet", f"file://{platform.gh.state.path}", str(workspace))
    ran = platform.start(
        "workflow_dispatch", dispatch_event(), workspace=workspace, **{"from": start, "to": platform.head("main")}
    )

    assert ran.code == 0
    notes = (workspace / "release-notes.md").read_text()
    assert "create_project_atomic" in notes
    assert "DROP FUNCTION" in notes
    assert "Expected Downtime" in notes
    assert notes.strip() in ran.summary


def test_a_team_extends_the_comment_from_its_base_branch(platform):
    template = '{% extends "comment.md.j2" %}{% block checklist %}Ask in the channel first.{% endblock %}\n'
    add_commit(platform.gh.state.path, "main", {".github/midflight/comment.md.j2": template}, "Say how")
    platform.pull("outage")

    assert "Ask in the channel first." in platform.gh.comments(platform.numbers["outage"])[0].body


def test_a_template_with_an_unknown_block_is_a_wrong_setting(platform):
    template = '{% extends "comment.md.j2" %}{% block chekclist %}x{% endblock %}\n'
    add_commit(platform.gh.state.path, "main", {".github/midflight/comment.md.j2": template}, "Misspell")
    ran = platform.pull("outage")

    assert ran.code == 2
    assert "chekclist" in ran.log
