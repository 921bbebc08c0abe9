from pathlib import Path

import pytest
from click.testing import CliRunner

from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import ledger_of
from midflight.cli import cli
from midflight.errors import SourceError
from midflight.inspection.contraction import Ledger, Period
from midflight.references.find import SearchOptions
from midflight.report.ledger import as_json, issue_of, render_ledger
from support.repositories import ENVIRONMENT, run_git

SCHEMA = """CREATE TABLE users (id bigint PRIMARY KEY, email text, nickname text, unused_flag boolean);
CREATE TABLE invoices (id bigint PRIMARY KEY);
"""
BOTH = 'db.query("SELECT id, email, nickname FROM users"); db.query("SELECT id FROM invoices");\n'
NO_NICKNAME = 'db.query("SELECT id, email FROM users"); db.query("SELECT id FROM invoices");\n'
NO_INVOICES = 'db.query("SELECT id, email FROM users");\n'
MIGRATION = "migrations/20260101000000_start/up.sql"


def _commit(folder: Path, day: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    run_git(folder, "add", ".")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENVIRONMENT, "GIT_COMMITTER_DATE", f"{day}T12:00:00Z")  # the author's date stays in January
        run_git(folder, "commit", "--quiet", "-m", day)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    start = {MIGRATION: SCHEMA, "migrations/20260101000000_start/down.sql": "DROP TABLE users;", "src/app.ts": BOTH}
    _commit(folder, "2026-03-01", start)
    _commit(folder, "2026-03-20", {"src/app.ts": NO_NICKNAME})
    _commit(folder, "2026-04-10", {"src/app.ts": NO_INVOICES})
    _commit(folder, "2026-04-11", {"README.md": "nickname"})
    return folder


def _ledger(repository: Path, today: str, *, days: int = 14, lookback: int = 180) -> Ledger:
    period = Period(days, lookback)
    return ledger_of(GitRepository(repository), "main", period=period, today=today, code=SearchOptions())


def _names(found: tuple) -> list[tuple[str, str, str, str]]:
    return [(each.table.name, each.column, each.stopped.day, each.after) for each in found]


def test_what_code_stopped_naming_is_ready_after_the_period_and_watched_before(repository):
    ledger = _ledger(repository, "2026-04-12")
    assert _names(ledger.ready) == [("users", "nickname", "2026-03-20", "2026-04-03")]
    assert _names(ledger.waiting) == [("invoices", "", "2026-04-10", "2026-04-24")]


def test_the_last_day_of_the_period_is_still_watched(repository):
    assert _names(_ledger(repository, "2026-04-24").waiting) == [("invoices", "", "2026-04-10", "2026-04-24")]
    assert _ledger(repository, "2026-04-25").waiting == ()


def test_what_no_code_named_is_counted_and_not_listed(repository):
    assert _ledger(repository, "2026-04-12").never_named == 1


def test_what_was_last_named_before_the_lookback_is_counted_too(repository):
    ledger = _ledger(repository, "2026-04-12", days=1, lookback=5)
    assert _names((*ledger.ready, *ledger.waiting)) == [("invoices", "", "2026-04-10", "2026-04-11")]
    assert ledger.never_named == 2


def test_the_text_gives_the_statement_that_drops(repository):
    text = render_ledger(_ledger(repository, "2026-04-12"))
    assert "`ALTER TABLE public.users DROP COLUMN nickname;`" in text
    assert "`invoices`: not named since 2026-04-10" in text
    assert '"sql": "DROP TABLE public.invoices;"' in as_json(_ledger(repository, "2026-04-25"))


def test_the_command_lists_what_may_be_dropped(repository):
    asked = ["contractions", "--repo", str(repository), "--ref", "main", "--today", "2026-04-12"]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0
    assert "`invoices`: not named since 2026-04-10" in done.output
    assert "to be dropped after 2026-04-24" in done.output


def test_a_shallow_clone_is_refused(repository, tmp_path):
    run_git(tmp_path, "clone", "--quiet", "--bare", "--depth=1", repository.as_uri(), "cut.git")
    with pytest.raises(SourceError, match="shallow"):
        _ledger(tmp_path / "cut.git", "2026-04-12")


def test_what_a_mapper_or_a_library_names_is_not_listed(tmp_path):
    run_git(tmp_path, "init", "--quiet", "--initial-branch=main")
    schema = (
        "CREATE TABLE users (id bigint, password_digest text, owner_id bigint, old_name text);\n"
        "CREATE TABLE good_job_x (id int);\n"
    )
    down = {"migrations/20260101000000_start/down.sql": "DROP TABLE users;"}
    used = 'sql("SELECT id, password_digest, owner_id, old_name FROM users, good_job_x");\n'
    _commit(tmp_path, "2026-03-01", {MIGRATION: schema, "src/app.ts": used, **down})
    mapped = 'secure("password"); belongsTo("owner"); sql("SELECT id FROM users");\n'
    _commit(tmp_path, "2026-03-20", {"src/app.ts": mapped, "db/structure.sql": schema})
    assert _names(_ledger(tmp_path, "2026-04-25").ready) == [("users", "old_name", "2026-03-20", "2026-04-03")]


def test_what_of_the_migrations_is_not_read_is_said(tmp_path):
    run_git(tmp_path, "init", "--quiet", "--initial-branch=main")
    schema = "CREATE TABLE users (id bigint);\nDO $$ BEGIN EXECUTE 'DROP TABLE ' || current_user; END $$;\n"
    down = {"migrations/20260101000000_start/down.sql": "DROP TABLE users;"}
    _commit(tmp_path, "2026-03-01", {MIGRATION: schema, "src/app.ts": "users id", **down})
    ledger = _ledger(tmp_path, "2026-04-25")
    assert ledger.unread == (f"{MIGRATION}:2: DO block with dynamic SQL (EXECUTE)",)
    assert "Not read, so objects may be missing above" in render_ledger(ledger)


DOWN = {"migrations/20260101000000_start/down.sql": "DROP TABLE users;"}


def _changed(folder: Path, schema: str, before: str, after: str, path: str = "src/app.ts") -> Path:
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "2026-03-01", {MIGRATION: schema, path: before, **DOWN})
    _commit(folder, "2026-03-20", {path: after})
    return folder


def test_what_is_ready_comes_with_migration_branch_and_issue(repository):
    (ready,) = _ledger(repository, "2026-04-12").ready
    assert ready.file == "migrations/20260412000000_drop_users_nickname/up.sql"
    assert ready.branch == "contract/users-nickname"
    title, body = issue_of(ready)
    assert title == "Drop the column users.nickname"
    assert "```sql\nALTER TABLE public.users DROP COLUMN nickname;\n```" in body
    assert "a migration `migrations/20260412000000_drop_users_nickname/up.sql`" in body


def test_a_routine_that_nothing_calls_any_more_is_listed_with_what_still_runs_it(tmp_path):
    schema = """CREATE TABLE users (id bigint);
CREATE FUNCTION count_users(p_since date) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM users $$;
CREATE FUNCTION report_users() RETURNS bigint LANGUAGE sql AS $$ SELECT count_users(now()::date) $$;
"""
    folder = _changed(tmp_path, schema, "users id rpc('count_users') report_users", "users id report_users")
    (ready,) = _ledger(folder, "2026-04-25").ready
    assert ready.sql == "DROP FUNCTION public.count_users(date);"
    assert ready.dependents == ("function report_users",)
    assert issue_of(ready)[0] == "Drop the routine count_users"


def test_a_column_that_the_body_of_a_routine_names_is_not_dropped_before_it(tmp_path):
    schema = """CREATE TABLE users (id bigint, nickname text);
CREATE FUNCTION names() RETURNS SETOF text LANGUAGE sql AS $$ SELECT nickname FROM users $$;
"""
    folder = _changed(tmp_path, schema, "users id names nickname", "users id names")
    (ready,) = _ledger(folder, "2026-04-25").ready
    assert (ready.name, ready.dependents) == ("users.nickname", ("function names",))


def test_old_mobile_builds_prolong_the_period(tmp_path):
    schema = "CREATE TABLE users (id bigint, nickname text);\n"
    folder = _changed(tmp_path, schema, "users id nickname", "users id", "apps/mobile/list.ts")
    ledger = _ledger(folder, "2026-04-25")
    assert _names(ledger.waiting) == [("users", "nickname", "2026-03-20", "2026-09-16")]
    assert "after 2026-09-16, because a mobile build may be in use for 180 days" in render_ledger(ledger)


def test_the_configuration_says_how_long_an_object_is_watched(repository):
    _commit(repository, "2026-04-12", {".github/midflight.yml": "contraction: {days: 60, lookback_days: 90}\n"})
    asked = ["contractions", "--repo", str(repository), "--today", "2026-04-13"]
    assert "`users.nickname`: not named since 2026-03-20" in CliRunner().invoke(cli, asked).output
    assert "to be dropped after 2026-05-19" in CliRunner().invoke(cli, asked).output
    assert "to be dropped after 2026-06-09" in CliRunner().invoke(cli, asked).output
    assert "DROP COLUMN nickname" in CliRunner().invoke(cli, [*asked, "--days", "14"]).output
