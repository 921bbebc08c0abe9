"""A change whose code is behind a flag, from the repository to the comment and the release notes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from midflight.cli import cli
from support.repositories import run_git

SCHEMA = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
ROUTINE = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
CLIENT = "import { createClient } from '@supabase/supabase-js';\nconst supabase = createClient(url, key);\n"
OLD = CLIENT + "await supabase.from('projects').insert({ id: 1 });\n"
NEW = (
    CLIENT
    + """if (Deno.env.get('USE_`X`_<b>') === 'true') {
  await supabase.rpc('create_project', { title: 'a' });
} else {
  await supabase.from('projects').insert({ id: 1 });
}
"""
)
CODE = "supabase/functions/api/index.ts"
MIGRATIONS = "supabase/migrations"


def _commit(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    run_git(folder, "add", ".")
    run_git(folder, "commit", "--quiet", "-m", "change")


def _repository(folder: Path, new: str) -> Path:
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, {f"{MIGRATIONS}/20260101000000_start.sql": SCHEMA, CODE: OLD})
    run_git(folder, "checkout", "--quiet", "-b", "change")
    _commit(folder, {f"{MIGRATIONS}/20260201000000_routine.sql": ROUTINE, CODE: new})
    return folder


def _flags(text: str) -> str:
    return text.split("<b>Feature flags</b>", 1)[1].split("</details>", 1)[0] if "<b>Feature flags</b>" in text else ""


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--base", "main", "--head", "change", "--format", "markdown"),
        ("release-notes", "--from", "main", "--to", "change"),
    ],
)
def test_comment_and_release_notes_say_how_to_switch_a_flag_on(tmp_path, words):
    folder = _repository(tmp_path, NEW.replace("USE_`X`_<b>", "USE_ATOMIC"))
    said = _flags(CliRunner().invoke(cli, [words[0], "--repo", str(folder), *words[1:]]).output)
    assert f"**`USE_ATOMIC`** read at `{CODE}:3`; new path: off where nothing sets it." in said
    assert f"- Covers: calls `create_project` at `{CODE}:4`" in said
    assert f"- Old path: writes to `projects` at `{CODE}:6`" in said
    assert "- 100 %: set `USE_ATOMIC` to true. `supabase secrets set USE_ATOMIC=true`" in said


def test_a_flag_with_a_hostile_name_stays_text(tmp_path):
    folder = _repository(tmp_path, NEW)
    words = ["check", "--repo", str(folder), "--base", "main", "--head", "change", "--format", "markdown"]
    said = _flags(CliRunner().invoke(cli, words).output)
    assert "**``USE_`X`_<b>``** read at" in said


def test_a_change_that_needs_no_flag_says_nothing_of_flags(tmp_path):
    folder = _repository(tmp_path, OLD)
    words = ["check", "--repo", str(folder), "--base", "main", "--head", "change", "--format", "markdown"]
    assert _flags(CliRunner().invoke(cli, words).output) == ""
