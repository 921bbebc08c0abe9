"""Runs the action against the fake GitHub as the runner starts it: a repository with an outage and a quiet change."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from midflight.action import run
from support.fake_github.clock import FakeClock
from support.fake_github.events import pull_request_event
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, merge_branch, run_git

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
    clock: FakeClock = field(default_factory=FakeClock)  # of the last run
    asked_before: int = 0  # requests before the last run
    failed_before: int = 0  # and those of them that failed

    def head(self, branch: str) -> str:
        return run_git(self.gh.state.path, "rev-parse", branch)

    def push(self, branch: str, files: dict[str, str] | None = None) -> str:
        """Push one more commit that changes nothing of a database."""
        self.runs += 1
        files = files or {"notes.md": f"{self.runs}\n"}
        return add_commit(self.gh.state.path, branch, files, "Push")

    def checkout(self, branch: str) -> Path:
        """What `actions/checkout` leaves: the merge of the pull request, two levels deep."""
        workspace = self.folder / f"workspace-{self.runs}"
        merge = f"merge-{branch}-{self.runs}"
        merge_branch(self.gh.state.path, "main", branch, branch=merge)
        source = f"file://{self.gh.state.path}"
        run_git(self.folder, "clone", "--quiet", "--depth=2", "--branch", merge, source, str(workspace))
        return workspace

    def begin(self) -> None:
        """Count what follows as the last run's."""
        self.runs += 1
        self.clock = FakeClock()
        self.asked_before, self.failed_before = len(self.gh.requests), self.gh.failed

    def start(self, event: str, payload: dict, *, workspace: Path | None = None, token: str = "", **inputs: str) -> Ran:
        self.begin()
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
            "INPUT_SHADOW": "off",
            "INPUT_GITHUB_TOKEN": token or self.gh.token(),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        log = io.StringIO()
        code = run(environment, log, clock=self.clock.clock)
        read = {
            name: (folder / name).read_text() if (folder / name).exists() else "" for name in ("summary.md", "outputs")
        }
        return Ran(code, log.getvalue(), read["summary.md"], read["outputs"], workspace or folder)

    def pull(self, branch: str, *, checkout: bool = True, token: str = "", **inputs: str) -> Ran:
        payload = pull_request_event(self.gh, self.numbers[branch])
        workspace = self.checkout(branch) if checkout else None
        return self.start("pull_request", payload, workspace=workspace, token=token, **inputs)
