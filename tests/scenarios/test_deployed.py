"""Which code counts as old: versions by tag that still run beside or instead of base, in a real repository."""

import json
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from midflight.cli import cli
from midflight.errors import SettingsError
from midflight.report.schema import json_schema
from support.repositories import add_commit, make_repository, run_git

SCHEMA = "supabase/migrations/20260101000000_schema.sql"
DROP = "supabase/migrations/20260301000000_drop_note.sql"
APP, OTHER = "src/app.ts", "src/other.ts"
CONFIGURATION = ".github/midflight.yml"
READS = "const a = await supabase.from('invoices').select('id, note')\n"
STOPPED = "const a = await supabase.from('invoices').select('id')\n"


@dataclass
class Checked:
    """How the command ended, and the report where it left one."""

    code: int
    said: str
    report: dict

    @property
    def messages(self) -> list[str]:
        return [finding["message"] for finding in self.report["findings"]]


@pytest.fixture
def repository(tmp_path) -> Path:
    """`v1.1` and `v1.2` read `invoices.note`, `v1.3` and base do not; the branch `change` drops it."""
    schema = "CREATE TABLE invoices (id bigint PRIMARY KEY, total integer, note text);\n"
    repo = make_repository(tmp_path / "app", {SCHEMA: schema, APP: "\n" + READS})
    run_git(repo, "tag", "v1.1", "main")
    add_commit(repo, "main", {APP: READS}, "Tidy up")
    run_git(repo, "tag", "-a", "-m", "1.2", "v1.2", "main")
    add_commit(repo, "main", {APP: STOPPED}, "Stop reading the note")
    run_git(repo, "tag", "v1.3", "main")
    run_git(repo, "tag", "v1.4.0-rc.1", "main")
    add_commit(repo, "main", {OTHER: "export {}\n"}, "Add more")
    add_commit(repo, "change", {DROP: "ALTER TABLE invoices DROP COLUMN note;\n"}, "Drop the note")
    return repo


def check(repo: Path, *options: str) -> Checked:
    output = repo.parent / "report.json"
    output.unlink(missing_ok=True)
    arguments = ["check", "--repo", str(repo), "--base", "main", "--head", "change", "--format", "json"]
    done = CliRunner().invoke(cli, [*arguments, "--output", str(output), *options])
    if isinstance(done.exception, SettingsError):
        return Checked(2, str(done.exception), {})
    report = json.loads(output.read_text()) if output.exists() else {}
    if report:
        jsonschema.validate(report, json_schema())
    return Checked(done.exit_code, done.output, report)


def comment(repo: Path, *options: str) -> str:
    arguments = ["check", "--repo", str(repo), "--base", "main", "--head", "change", "--format", "markdown"]
    return CliRunner().invoke(cli, [*arguments, *options]).output


def test_a_column_that_base_no_longer_names_may_go_where_base_is_all_that_runs(repository):
    found = check(repository)

    assert (found.code, found.report["verdict"]) == (0, "warning")
    assert "versions" not in found.report["matrix"]


def test_a_column_that_a_supported_version_still_names_is_an_error_with_the_versions_name(repository):
    found = check(repository, "--supported-versions", "2")

    assert found.code == 10
    assert any("`v1.2:src/app.ts:1`" in said and "`v1.2` keeps failing" in said for said in found.messages)
    assert not any("v1.1" in said for said in found.messages)
    assert "v1.2 still reads invoices.note" in found.report["headline"]


def test_the_matrix_has_a_row_for_base_and_each_supported_version(repository):
    rows = check(repository, "--supported-versions", "2").report["matrix"]["versions"]

    states = [(row["name"], row["cells"]["old_code_new_schema"]["state"]) for row in rows]
    assert states == [(None, "holds"), ("v1.3", "holds"), ("v1.2", "breaks")]
    assert rows[2]["revision"] == run_git(repository, "rev-parse", "v1.2^{commit}")


def test_the_comment_names_each_version_in_its_row(repository):
    body = comment(repository, "--supported-versions", "3")

    assert "| database | old code on the new database | ✅ **works** |" in body
    assert "| database | `v1.2` on the new database | ❌ **breaks**: `invoices.note` |" in body
    assert "| database | `v1.1` on the new database | ❌ **breaks**: `invoices.note` |" in body
    assert "No order works yet" in body
    assert "Wait until `v1.2` and `v1.1` are no longer supported." in body


def test_the_latest_tag_is_the_old_code_and_base_is_not(repository):
    add_commit(repository, "main", {OTHER: READS}, "Read it once more, never released")
    add_commit(repository, "both", {DROP: "ALTER TABLE invoices DROP COLUMN note;\n", OTHER: STOPPED}, "Drop it")

    by_base = check(repository, "--head", "both")
    by_tag = check(repository, "--head", "both", "--deployed-ref", "latest-tag")

    assert (by_base.code, by_tag.code) == (10, 0)
    assert any("`src/other.ts:1`" in said for said in by_base.messages)
    assert [row["name"] for row in by_tag.report["matrix"]["versions"]] == ["v1.3"]


def test_the_latest_tag_that_names_the_column_breaks_and_goes_with_the_rollout(repository):
    found = check(repository, "--deployed-ref", "v1.2")

    assert found.code == 10
    assert found.report["order"] == "code-first"
    assert any("`v1.2:src/app.ts:1`" in said for said in found.messages)
    assert not any("keeps failing" in said for said in found.messages)


def test_a_glob_chooses_the_tags_of_one_application(repository):
    run_git(repository, "tag", "web-v0.9", "v1.1")

    found = check(repository, "--deployed-ref", "latest-tag:web-*")

    assert [row["name"] for row in found.report["matrix"]["versions"]] == ["web-v0.9"]
    assert found.code == 10


def test_a_branch_or_a_commit_counts_too(repository):
    first = run_git(repository, "rev-parse", "v1.1")

    found = check(repository, "--deployed-ref", first)

    assert [row["name"] for row in found.report["matrix"]["versions"]] == [first[:7]]


def test_a_statement_that_base_has_already_is_no_fault_of_the_change(repository):
    add_commit(repository, "main", {DROP: "ALTER TABLE invoices DROP COLUMN note;\n"}, "Drop the note")
    add_commit(
        repository,
        "next",
        {"supabase/migrations/20260401000000_a.sql": "ALTER TABLE invoices ADD paid boolean;\n"},
        "Add",
    )

    found = check(repository, "--head", "next", "--supported-versions", "2")

    assert (found.code, found.report["verdict"]) == (0, "success")


def test_lines_that_two_versions_share_are_told_once(repository):
    start = run_git(repository, "rev-parse", "v1.2^{commit}")
    tree = run_git(repository, "rev-parse", f"{start}^{{tree}}")
    run_git(repository, "tag", "other", run_git(repository, "commit-tree", tree, "-p", start, "-m", "The same files"))

    found = check(repository, "--deployed-ref", "other", "--supported-versions", "2")

    [said] = [message for message in found.messages if "src/app.ts" in message]
    assert said.count("src/app.ts:1") == 1
    assert "`v1.2` keeps failing" in said


def test_without_a_tag_base_stands_for_what_runs_and_the_report_says_so(repository):
    for tag in ("v1.1", "v1.2", "v1.3"):
        run_git(repository, "tag", "-d", tag)

    found = check(repository, "--deployed-ref", "latest-tag")

    assert found.report["verdict"] == "warning"
    [note] = [each["reason"] for each in found.report["coverage"]["not_analysed"]]
    assert note == "no tag of a version is in the history of base, so base stands for what runs"


def test_a_revision_that_is_not_there_is_a_wrong_setting(repository):
    found = check(repository, "--deployed-ref", "v9")

    assert found.code == 2
    assert "there is no revision `v9`" in found.said


def test_a_release_is_asked_of_github_and_without_a_token_the_setting_says_so(repository, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)

    found = check(repository, "--deployed-ref", "latest-release")

    assert found.code == 2
    assert "`latest-release` is asked of GitHub" in found.said


def test_the_configuration_at_base_says_it_as_well(repository):
    add_commit(repository, "main", {CONFIGURATION: "supported_versions: 2\n"}, "Configure")

    assert check(repository).code == 10


def test_a_pipeline_that_deploys_code_first_does_not_replace_a_supported_version(repository):
    assert check(repository, "--deploys", "code-first", "--supported-versions", "2").code == 10
    assert check(repository, "--deploys", "code-first", "--deployed-ref", "v1.2").code == 0


def test_a_shallow_clone_is_told_to_fetch_its_tags(repository):
    clone = repository.parent / "clone"
    run_git(repository.parent, "clone", "--quiet", "--depth=1", "--branch=change", f"file://{repository}", str(clone))
    run_git(clone, "fetch", "--quiet", "--depth=1", "origin", "main:main")

    arguments = ["check", "--repo", str(clone), "--base", "main", "--head", "HEAD", "--deployed-ref", "latest-tag"]
    done = CliRunner().invoke(cli, arguments)

    assert "fetch-depth: 0" in str(done.exception)


def test_each_database_has_its_own_deployed_version(repository):
    audit = "audit/migrations"
    databases = (
        "databases:\n"
        "  - {name: app, folder: supabase/migrations, deployed_ref: v1.2}\n"
        f"  - {{name: audit, folder: {audit}, code: {{roots: [audit]}}, postgres_version: 13}}\n"
    )
    add_commit(repository, "main", {f"{audit}/001_log.sql": "CREATE TABLE log (id bigint);\n"}, "Log")
    add_commit(repository, "main", {CONFIGURATION: databases}, "Configure")
    files = {DROP: "ALTER TABLE invoices DROP COLUMN note;\n", f"{audit}/002_add.sql": "ALTER TABLE log ADD at date;\n"}
    add_commit(repository, "own", files, "Change both")

    found = check(repository, "--head", "own").report["databases"]

    names = [[row["name"] for row in each["matrix"].get("versions", [])] for each in found]
    assert [(each["name"], each["verdict"]) for each in found] == [("app", "error"), ("audit", "success")]
    assert names == [["v1.2"], []]
