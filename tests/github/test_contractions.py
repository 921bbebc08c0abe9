import io
from datetime import date
from pathlib import Path

import pytest

from midflight.action import run
from midflight.adapters.clock import today
from support.action_runs import EDGE, Platform, Ran
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, make_repository, run_git

UP = "migrations/20260101000000_start/up.sql"
DOWN = "migrations/20260101000000_start/down.sql"
START = {
    UP: "CREATE TABLE users (id bigint PRIMARY KEY, nickname text);\n",
    DOWN: "DROP TABLE users;\n",
    "src/app.ts": 'db.query("SELECT id, nickname FROM users");\n',
}


def test_a_scheduled_run_writes_what_may_be_dropped_into_summary_and_output(tmp_path: Path):
    folder = make_repository(tmp_path / "app", START)
    add_commit(folder, "main", {"src/app.ts": 'db.query("SELECT id FROM users");\n'}, "Stop")
    for name, text in {"event.json": "{}", "summary": "", "output": ""}.items():
        (tmp_path / name).write_text(text)
    log = io.StringIO()
    environment = {
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_REPOSITORY": "acme/app",
    }
    assert run(environment, log) == 0
    assert "Contractions:" in log.getvalue()
    assert "## Contractions" in (tmp_path / "summary").read_text()
    assert '"never_named"' in (tmp_path / "output").read_text()


def test_a_pull_request_of_code_alone_is_told_what_may_be_dropped_later(platform):
    add_commit(platform.gh.state.path, "stop", {EDGE: "export const none = 1;\n"}, "Stop")
    platform.numbers["stop"] = platform.gh.open_pull("stop")

    assert platform.pull("stop").code == 0

    (comment,) = platform.gh.comments(platform.numbers["stop"])
    assert "May be dropped after" in comment.body
    assert "`DROP TABLE public.projects;`" in comment.body


KEEPS = {".github/midflight.yml": "contraction: {days: 14, lookback_days: 3650, issue: true}\n"}
USES = {"src/app.ts": 'db.query("SELECT id, nickname FROM users");\n'}
STOPS = {"src/app.ts": 'db.query("SELECT id FROM users");\n'}


@pytest.fixture
def scheduled(tmp_path):
    """A repository whose code stopped naming a column long ago."""
    repository = make_repository(tmp_path / "app", {**START, **KEEPS})
    add_commit(repository, "main", STOPS, "Stop")
    run_git(repository, "checkout", "--quiet", "--force", "main")
    with FakeGitHub(repository) as gh:
        yield Platform(gh, {}, tmp_path)
    assert gh.violations == []


def _hour(platform: Platform, files: dict[str, str] | None = None, **inputs: str) -> Ran:
    if files:
        add_commit(platform.gh.state.path, "main", files, "Push")
        run_git(platform.gh.state.path, "checkout", "--quiet", "--force", "main")
    return platform.start("schedule", {}, workspace=platform.gh.state.path, **inputs)


def test_one_issue_lists_what_may_go_and_is_closed_when_nothing_is_left(scheduled):
    assert _hour(scheduled).code == 0
    (issue,) = scheduled.gh.state.issues
    assert issue["title"] == "May be removed now: 1 object"
    assert "`ALTER TABLE public.users DROP COLUMN nickname;`" in issue["body"]

    edits = scheduled.gh.asked("PATCH")
    _hour(scheduled, {"README.md": "# More\n"})
    assert (len(scheduled.gh.state.issues), scheduled.gh.asked("PATCH")) == (1, edits), "the same was written again"

    _hour(scheduled, USES)
    (issue,) = scheduled.gh.state.issues
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    (comment,) = scheduled.gh.comments(issue["number"])
    assert comment.body == "Nothing on the list is left. Closed by the scheduled run."

    _hour(scheduled, STOPS)
    assert [item["state"] for item in scheduled.gh.state.issues] == ["closed", "open"]


def test_what_could_not_be_read_closes_no_issue(scheduled):
    _hour(scheduled)
    _hour(scheduled, {**USES, "migrations/20260301000000_odd/up.sql": "CREATE TABLE (;\n"})
    assert [item["state"] for item in scheduled.gh.state.issues] == ["open"]


def test_without_the_setting_no_issue_is_written(scheduled):
    _hour(scheduled, {".github/midflight.yml": "contraction: {lookback_days: 3650}\n"})
    assert scheduled.gh.state.issues == []


def test_a_token_that_may_not_write_issues_costs_a_warning(scheduled):
    ran = _hour(scheduled, token=scheduled.gh.token(rights={"contents": "read", "issues": "read"}))
    assert ran.code == 0
    assert "The issue was not written: the token lacks `issues: write`." in ran.log


DROP = {"migrations/20260401000000_drop/up.sql": "ALTER TABLE users DROP COLUMN nickname;\n"}
DROP |= {"migrations/20260401000000_drop/down.sql": "ALTER TABLE users ADD COLUMN nickname text;\n"}


@pytest.fixture
def dropping(tmp_path):
    """A pull request that drops what code stopped naming on 20 March; uses are looked for back to the 10th."""
    days = (date.fromisoformat(today()) - date(2026, 3, 10)).days
    repository = tmp_path / "app"
    repository.mkdir()
    run_git(repository, "init", "--quiet", "--initial-branch=main")
    add_commit(repository, "main", {**START, ".github/midflight.yml": f"contraction: {{days: {days}}}\n"}, "Start")
    add_commit(repository, "main", {"README.md": "# App\n"}, "Write", day="2026-03-05")
    for number in range(40):
        add_commit(repository, "main", {"README.md": f"# App {number}\n"}, "Write", day="2026-03-15")
    add_commit(repository, "main", STOPS, "Stop", day="2026-03-20")
    add_commit(repository, "drop", DROP, "Drop", day="2026-03-25")
    with FakeGitHub(repository) as gh:
        yield Platform(gh, {"drop": gh.open_pull("drop")}, tmp_path)
    assert gh.violations == []


@pytest.mark.parametrize("checkout", [True, False], ids=["shallow", "no-checkout"])
def test_what_the_checkout_lacks_of_the_history_is_asked_of_github(dropping, checkout):
    ran = dropping.pull("drop", checkout=checkout)

    (comment,) = dropping.gh.comments(dropping.numbers["drop"])
    assert "`contract-too-early`" in comment.body
    assert "is not known" not in ran.summary


def test_history_that_github_does_not_give_is_told_and_fails_nothing(dropping):
    dropping.gh.fail("GET", "/commits$", status=404, times=9)

    ran = dropping.pull("drop")

    assert ran.code == 0
    assert "whether code stopped naming only lately what is dropped is not known" in ran.summary
    (comment,) = dropping.gh.comments(dropping.numbers["drop"])
    assert "`contract-too-early`" not in comment.body
