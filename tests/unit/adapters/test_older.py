from pathlib import Path

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.older import Asked, older_of
from midflight.adapters.sources import Joined
from midflight.app import check
from midflight.changes.model import NotAnalysed
from midflight.inspection.contraction import Older
from midflight.report.model import Subject
from support.repositories import ENVIRONMENT, run_git
from support.trees import tree_of

UP = "migrations/20260101000000_start/up.sql"
DOWN = "migrations/20260101000000_start/down.sql"
START = {
    UP: "CREATE TABLE users (id bigint PRIMARY KEY, email text, nickname text);\n",
    DOWN: "DROP TABLE users;\n",
    "src/app.ts": 'db.query("SELECT id, email, nickname FROM users");\n',
}
DROP = {
    "migrations/20260201000000_drop/up.sql": "ALTER TABLE users DROP COLUMN nickname;\n",
    "migrations/20260201000000_drop/down.sql": "ALTER TABLE users ADD COLUMN nickname text;\n",
}


def _commit(folder: Path, day: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    run_git(folder, "add", ".")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENVIRONMENT, "GIT_COMMITTER_DATE", f"{day}T12:00:00Z")
        run_git(folder, "commit", "--quiet", "-m", day)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "2026-03-01", START)
    _commit(folder, "2026-03-20", {"src/app.ts": 'db.query("SELECT id, email FROM users");\n'})
    return folder


def _older(folder: Path, today: str) -> Older | NotAnalysed | None:
    source = GitRepository(folder)
    find = older_of(source, source.tree("main"), Asked(today, 14, ".github/midflight.yml"))
    assert find is not None
    return find(14)


@pytest.mark.parametrize(
    ("today", "blob_is_first"), [("2026-04-02", True), ("2026-04-03", False), ("2026-03-15", True)]
)
def test_the_older_code_is_what_was_there_when_the_period_began(repository, today, blob_is_first):
    older = _older(repository, today)
    assert isinstance(older, Older)
    first = GitRepository(repository).tree("main~1").entries["src/app.ts"].blob
    assert (older.tree.entries["src/app.ts"].blob == first) is blob_is_first


def test_a_history_that_began_later_has_no_older_code(repository):
    assert _older(repository, "2026-03-14") is None


def test_a_shallow_clone_says_that_it_does_not_know(repository, tmp_path):
    run_git(tmp_path, "clone", "--quiet", "--bare", "--depth=1", repository.as_uri(), "cut.git")
    older = _older(tmp_path / "cut.git", "2026-04-12")
    assert isinstance(older, NotAnalysed)
    assert "the clone is shallow" in older.reason


def test_what_is_read_over_the_api_says_that_it_does_not_know():
    tree, _ = tree_of({"a.sql": ""}, revision="b" * 40)
    find = older_of(Joined(()), tree, Asked("2026-04-12", 14, ".github/midflight.yml"))
    assert find is not None
    older = find(14)
    assert isinstance(older, NotAnalysed)
    assert "the checkout does not have base" in older.reason


def test_what_is_no_repository_has_no_history():
    tree, _ = tree_of({"a.sql": ""}, revision="b" * 40)
    assert older_of({}, tree, Asked("2026-04-12", 14, "")) is None


@pytest.mark.parametrize(
    ("today", "days", "rule"),
    [
        ("2026-03-25", 14, "contract-too-early"),
        ("2026-04-02", 14, "contract-too-early"),
        ("2026-04-03", 14, "drop-column"),
        ("2026-03-25", 5, "drop-column"),
    ],
)
def test_a_drop_comes_too_early_until_the_configured_days_are_over(repository, today, days, rule):
    _commit(repository, "2026-03-20", {".github/midflight.yml": f"contraction: {{days: {days}}}\n"})
    run_git(repository, "checkout", "--quiet", "-b", "drop")
    _commit(repository, "2026-03-21", DROP)
    source = GitRepository(repository)
    subject = Subject("main", "drop", date=today)
    done = check(
        source, source.tree("main"), source.tree("drop"), subject=subject, environment={}, options={"shadow": "off"}
    )
    assert [finding.rule for finding in done.report.findings] == [rule]


APP = "apps/mobile/list.ts"


@pytest.mark.parametrize(
    ("today", "file", "rule"),
    [
        ("2026-06-01", APP, "contract-too-early"),
        ("2026-09-15", APP, "contract-too-early"),
        ("2026-09-21", APP, "drop-column"),
        ("2026-06-01", "src/list.ts", "drop-column"),
    ],
)
def test_what_a_mobile_app_named_for_some_weeks_is_watched_for_as_long_as_its_builds_live(
    repository, today, file, rule
):
    client = "import { supabase } from '@supabase/supabase-js';\n"
    query = "await supabase.from('users').select('id, nickname');\n"
    _commit(repository, "2026-03-22", {file: client + query})
    _commit(repository, "2026-03-24", {file: client + "await supabase.from('users').select('id');\n"})
    _commit(repository, "2026-05-01", {"README.md": "# App\n"})
    run_git(repository, "checkout", "--quiet", "-b", "drop")
    _commit(repository, "2026-05-02", DROP)
    source = GitRepository(repository)
    subject = Subject("main", "drop", date=today)
    done = check(
        source, source.tree("main"), source.tree("drop"), subject=subject, environment={}, options={"shadow": "off"}
    )
    assert [finding.rule for finding in done.report.findings] == [rule]
