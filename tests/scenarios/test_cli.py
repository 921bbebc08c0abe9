"""The command line as a person uses it, in a process of its own."""

import json
import subprocess
import sys

import pytest

import demo


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "projectify"
    demo.build(path)
    return path


def midflight(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midflight", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_terminal_shows_verdict_order_and_both_ends(repository):
    done = midflight("check", "--repo", str(repository), "--base", "main", "--head", "outage")

    assert done.returncode == 10
    assert "create_project_atomic" in done.stdout
    assert "supabase/functions/create-project/index.ts:15" in done.stdout
    assert "database first" in done.stdout


def test_fail_on_never_exits_with_0_and_changes_no_verdict(repository):
    done = midflight(
        "check",
        "--repo",
        str(repository),
        "--base",
        "main",
        "--head",
        "outage",
        "--fail-on",
        "never",
        "--format",
        "json",
    )

    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "error"


def test_fail_on_warning_stops_a_warning(repository):
    words = ("check", "--repo", str(repository), "--base", "main", "--head", "cleanup")

    assert midflight(*words).returncode == 0
    assert midflight(*words, "--fail-on", "warning").returncode == 10


def test_a_bare_repository_needs_no_checkout(repository, tmp_path):
    bare = tmp_path / "app.git"
    demo.git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))

    assert midflight("check", "--repo", str(bare), "--base", "main", "--head", "outage").returncode == 10


def test_output_writes_a_file_and_prints_nothing(repository, tmp_path):
    file = tmp_path / "report.json"
    done = midflight(
        *("check", "--repo", str(repository), "--base", "main", "--head", "outage"),
        *("--format", "json", "--output", str(file)),
    )

    assert done.stdout == ""
    assert json.loads(file.read_text(encoding="utf-8"))["order"] == "database-first"


def test_a_dry_run_prints_what_the_action_would_write(repository, tmp_path):
    done = midflight("check", "--repo", str(repository), "--base", "main", "--head", "outage", "--dry-run")

    assert "would set the status 'midflight'" in done.stdout
    assert "would set the output 'verdict' to 'error'" in done.stdout
    assert not (tmp_path / "midflight-report.json").exists()


def test_an_unknown_revision_is_a_sentence_and_exit_1(repository):
    done = midflight("check", "--repo", str(repository), "--base", "nowhere", "--head", "outage")

    assert done.returncode == 1
    assert "`nowhere` is not in the repository" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_option_is_exit_2(repository):
    assert midflight("check", "--repo", str(repository), "--base", "main", "--fail-on", "sometimes").returncode == 2


def test_release_notes_of_a_range(repository, tmp_path):
    file = tmp_path / "notes.md"
    done = midflight(
        "release-notes", "--repo", str(repository), "--from", "main", "--to", "outage", "--output", str(file)
    )
    notes = file.read_text(encoding="utf-8")

    assert done.returncode == 0
    assert "Create a project in one call" in notes
    assert "20251110120000_create_project_atomic.sql" in notes
    assert "DROP FUNCTION IF EXISTS create_project_atomic" in notes
    assert "Expected Downtime: None (zero-downtime deployment)" in notes
    assert "Deployment Complete" in notes


def test_release_notes_begin_at_the_latest_tag_before_the_revision(repository):
    without = midflight("release-notes", "--repo", str(repository), "--to", "outage")
    demo.git(repository, "tag", "v1.0", "main")
    demo.git(repository, "tag", "v1.1", "outage")
    done = midflight("release-notes", "--repo", str(repository), "--to", "outage")
    demo.git(repository, "tag", "-d", "v1.0", "v1.1")

    assert without.returncode == 2
    assert "from: is missing" in without.stderr
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "## v1.0 to outage")


def test_rules_are_listed_and_explained():
    listed = midflight("rules").stdout
    explained = midflight("rules", "drop-column").stdout

    assert "drop-column" in listed
    assert "blocking-index" in listed
    assert "1. Rollout: deploy code that no longer names the column" in explained
    assert "-- midflight: ignore[drop-column] the reason" in explained


def test_a_misspelt_rule_is_told_the_nearest():
    done = midflight("rules", "drop-colum")

    assert done.returncode == 2
    assert "Did you mean drop-column?" in done.stderr
