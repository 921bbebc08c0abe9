import io
from pathlib import Path

from midflight.action import run
from support.action_runs import EDGE
from support.repositories import add_commit, make_repository

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
