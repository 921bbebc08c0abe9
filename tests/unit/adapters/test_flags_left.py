import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import flags_left_of
from midflight.cli import cli
from midflight.inspection.contraction import Period
from midflight.references.find import SearchOptions
from midflight.references.flag_reads import Unset
from support.repositories import ENVIRONMENT, run_git

MIGRATION = "migrations/20260101000000_start/up.sql"
OLD = "export async function save() {\n  await supabase.from('projects').insert({ id: 1 });\n}\n"
BOTH = """export async function save() {
  if (process.env.USE_ATOMIC === 'true') {
    await supabase.rpc('create_project', {});
  } else {
    await supabase.from('projects').insert({ id: 1 });
  }
}
"""
YOUNG = BOTH.replace("USE_ATOMIC", "USE_YOUNG").replace("save", "store")
SWITCH = "if (process.env.ENABLE_MAIL === 'true') { await supabase.from('mails').insert({ id: 1 }); }\n"


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
    start = {MIGRATION: "CREATE TABLE projects (id bigint PRIMARY KEY);", "src/save.ts": OLD, "src/mail.ts": SWITCH}
    _commit(folder, "2026-03-01", start)
    _commit(folder, "2026-03-10", {"src/save.ts": BOTH})
    _commit(folder, "2026-04-01", {"src/store.ts": YOUNG})
    return folder


def _left(repository: Path, today: str, days: int = 14):
    return flags_left_of(GitRepository(repository), "main", SearchOptions(), Period(days), today)


def test_a_flag_whose_both_paths_outlived_the_period_is_ready_and_a_younger_one_waits(repository):
    left = _left(repository, "2026-04-05")
    assert [each.flag.flag for each in left.ready] == ["USE_ATOMIC"]
    assert [each.flag.flag for each in left.waiting] == ["USE_YOUNG"]


def test_each_path_comes_with_its_lines(repository):
    (atomic,) = _left(repository, "2026-04-05").ready
    assert [(p.path, p.line) for p in atomic.on] == [("src/save.ts", 3)]
    assert [(p.path, p.line) for p in atomic.off] == [("src/save.ts", 5)]
    assert atomic.unset is Unset.OFF


def test_the_day_on_which_the_period_ends_belongs_to_it(repository):
    assert _left(repository, "2026-03-24").ready == ()
    assert [each.flag.flag for each in _left(repository, "2026-03-25").ready] == ["USE_ATOMIC"]


def test_a_flag_over_a_single_path_is_a_switch_that_stays(repository):
    left = _left(repository, "2026-06-01")
    assert [each.flag.flag for each in (*left.ready, *left.waiting)] == ["USE_ATOMIC", "USE_YOUNG"]


def test_a_variable_that_says_where_the_program_runs_is_no_flag_to_take_out(repository):
    _commit(repository, "2026-04-02", {"src/cloud.ts": BOTH.replace("USE_ATOMIC", "IS_CLOUD")})
    left = _left(repository, "2026-06-01")
    assert [each.flag.flag for each in left.ready] == ["USE_ATOMIC", "USE_YOUNG"]


def test_a_flag_whose_old_path_was_taken_out_is_not_listed(repository):
    _commit(repository, "2026-04-02", {"src/save.ts": OLD})
    assert _left(repository, "2026-04-05").ready == ()


def test_the_list_of_contractions_has_the_flags(repository):
    words = ["contractions", "--repo", str(repository), "--today", "2026-04-05"]
    shown = CliRunner().invoke(cli, words).output
    assert "Flags with both paths for more than 14 days: take the one that does not run out." in shown
    assert (
        "- `USE_ATOMIC` (read at `src/save.ts:2`, off where nothing sets it): on `src/save.ts:3`; off `src/save.ts:5`"
    ) in shown
    told = json.loads(CliRunner().invoke(cli, [*words, "--format", "json"]).output)["flags"]
    assert [each["flag"] for each in told["waiting"]] == ["USE_YOUNG"]
    assert told["ready"][0]["off"] == ["src/save.ts:5"]
