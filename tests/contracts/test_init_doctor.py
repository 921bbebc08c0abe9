"""`midflight init` and `midflight doctor` on small repositories, as a person calls them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from midflight.cli import cli
from midflight.errors import SettingsError
from midflight.settings import read_settings
from midflight.settings.model import Configuration
from midflight.settings.scaffold import Detected, configuration, workflow
from midflight.settings.workflows import judge_workflows

ZIZMOR = Path(sys.executable).with_name("zizmor")
ONE = {
    "supabase/config.toml": 'project_id = "x"\n[db]\nport = 54322\nmajor_version = 15\n',
    "supabase/migrations/20260101000000_start.sql": "CREATE TABLE jobs (id bigint PRIMARY KEY);\n",
    "src/jobs.ts": "export const one = 1;\n",
}
TWO = {
    "billing/migrations/000001_a.up.sql": "CREATE TABLE bills (id bigserial PRIMARY KEY);\n",
    "billing/migrations/000001_a.down.sql": "DROP TABLE bills;\n",
    "shop/migrations/000001_a.up.sql": "CREATE TABLE carts (id bigserial PRIMARY KEY);\n",
    "shop/migrations/000001_a.down.sql": "DROP TABLE carts;\n",
}


def repository(folder, files):
    def git(*arguments):
        subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)

    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    git("init", "--quiet", "--initial-branch", "trunk")
    git("add", "--all")
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Start")
    return folder


def run(*arguments, env=None):
    cleared = {"GITHUB_TOKEN": None, "GITHUB_REPOSITORY": None, "GITHUB_API_URL": None}
    return CliRunner().invoke(cli, [str(each) for each in arguments], env={**cleared, **(env or {})})


def test_init_writes_a_workflow_and_a_configuration_that_say_what_was_found(tmp_path):
    repository(tmp_path, ONE)

    result = run("init", "--repo", tmp_path, "--write")

    assert result.exit_code == 0, result.output
    assert "Found 1 migration of supabase (postgres) in supabase/migrations" in result.output
    text = (tmp_path / ".github/midflight.yml").read_text(encoding="utf-8")
    settings = read_settings({}, configuration=text)
    assert [(d.folder, d.format, d.dialect) for d in settings.databases] == [
        ("supabase/migrations", "supabase", "postgres")
    ]
    assert settings.postgres_version == 15
    assert '    branches: ["trunk"]' in (tmp_path / ".github/workflows/midflight.yml").read_text(encoding="utf-8")


def test_init_names_each_of_several_databases(tmp_path):
    repository(tmp_path, TWO)

    result = run("init", "--repo", tmp_path, "--write")

    assert result.exit_code == 0, result.output
    given = yaml.safe_load((tmp_path / ".github/midflight.yml").read_text(encoding="utf-8"))["databases"]
    assert [(each["name"], each["folder"]) for each in given] == [
        ("billing", "billing/migrations"),
        ("shop", "shop/migrations"),
    ]


def test_init_without_write_touches_nothing_and_with_it_overwrites_nothing(tmp_path):
    repository(tmp_path, ONE)
    assert run("init", "--repo", tmp_path).exit_code == 0
    assert not (tmp_path / ".github").exists()
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/midflight.yml").write_text("fail_on: never\n", encoding="utf-8")

    result = run("init", "--repo", tmp_path, "--write")

    assert isinstance(result.exception, SettingsError)
    assert "overwrite it with --force" in result.exception.sentence
    assert (tmp_path / ".github/midflight.yml").read_text(encoding="utf-8") == "fail_on: never\n"
    assert not (tmp_path / ".github/workflows/midflight.yml").exists()
    assert run("init", "--repo", tmp_path, "--write", "--force").exit_code == 0
    assert "fail_on: never" not in (tmp_path / ".github/midflight.yml").read_text(encoding="utf-8")


def test_the_configuration_names_every_setting_and_its_defaults_are_those_of_a_file_that_is_empty():
    text = configuration(Detected())
    taken = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if line.removeprefix("# ").split(":")[0] in _names()
    )

    assert yaml.safe_load(text) is None
    assert {line.split(":")[0] for line in taken.splitlines()} == _names()
    assert read_settings({}, configuration=taken) == read_settings({})


def _names():
    return set(Configuration.model_fields)


@pytest.mark.parametrize("branch", ["main", 'we"ird: [x]'])
def test_the_workflow_is_what_github_takes_and_zizmor_finds_nothing_in_it(tmp_path, branch):
    file = tmp_path / "midflight.yml"
    file.write_text(workflow(branch, "octo/midflight@v0"), encoding="utf-8")

    schema = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.github-workflows", str(file)])
    audit = subprocess.run(
        [ZIZMOR, "--offline", "--no-progress", "-q", file], capture_output=True, text=True, check=False
    )

    assert schema.exit_code == 0, schema.output
    assert audit.returncode == 0, audit.stdout
    assert yaml.safe_load(file.read_text(encoding="utf-8"))[True]["push"]["branches"] == [branch]


def test_what_init_writes_for_a_pinned_action_is_all_right_for_the_doctor():
    lines = judge_workflows({"a.yml": workflow("main", "octo/midflight@" + "0" * 40)})

    assert {line.state for line in lines} == {"ok"}


def states(text):
    return [(line.state, line.what) for line in judge_workflows({"a.yml": text}) if line.state != "ok"]


def test_the_doctor_tells_what_a_poor_workflow_lacks():
    poor = """
on:
  pull_request:
    paths: [migrations/**]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
      - uses: OWNER/midflight@v0
"""
    assert states(poor) == [
        ("warning", "a.yml filters by paths: a required check then stays pending"),
        ("missing", "a.yml, job check: the permission pull-requests: write, statuses: write"),
        ("warning", "a.yml, job check: the checkout has one commit, and not the base: everything is read over the API"),
        ("missing", "a.yml, job check: OWNER is a placeholder in `OWNER/midflight@v0`"),
        ("warning", "the event merge_group is in no workflow: a merge queue waits in vain without it"),
        ("warning", "the event issue_comment is in no workflow: ticked boxes and commands are not seen without it"),
        ("warning", "the event workflow_dispatch is in no workflow: release notes and checks by hand need it"),
        ("warning", "the event push is in no workflow: the default branch has no status and no summary without it"),
    ]


@pytest.mark.parametrize(
    "text", ["uses: a/midflight@v0\n  : [", "- uses: a/midflight@v0\n", "x: " * 9 + "uses: a/midflight@v0"]
)
def test_a_workflow_that_is_none_is_said_to_be_unreadable(text):
    assert ("missing", "a.yml cannot be read as a workflow") in states(text)


@pytest.mark.parametrize("job", ["[]", "{steps: 3}", "{steps: [1, {uses: [x]}]}", "null"])
def test_jobs_of_any_shape_are_survived(job):
    found = states(f"on: [pull_request]\njobs:\n  x: {job}\n# - uses: a/midflight@v0\n")

    assert [state for state, _ in found] == ["warning"] * 4


def test_the_doctor_ends_with_2_where_something_is_missing_and_says_all_of_it(tmp_path):
    files = {**ONE, ".github/midflight.yml": "fail_on: sometimes\nrulez: {}\n"}
    repository(tmp_path, files)

    result = run("doctor", "--repo", tmp_path, "--offline", "--no-shadow")

    assert result.exit_code == 2
    assert "missing  no workflow uses Midflight. Run `midflight init --write`." in result.output
    assert "missing  .github/midflight.yml:1: fail_on:" in result.output
    assert "missing  .github/midflight.yml:2: rulez:" in result.output


def test_the_doctor_ends_with_0_where_nothing_is_missing(tmp_path):
    files = {
        **ONE,
        ".github/workflows/midflight.yml": workflow("trunk", "octo/midflight@" + "0" * 40),
        "supabase/migrations/20260102000000_odd.sql": "CREATE TABLE broken (;\n",
    }
    repository(tmp_path, files)

    result = run("doctor", "--repo", tmp_path, "--offline", "--no-shadow")

    assert result.exit_code == 0, result.output
    assert (
        "ok       migrations: 2 migrations" in result.output or "2 migrations of supabase (postgres)" in result.output
    )
    assert "supabase/migrations/20260102000000_odd.sql:1" in result.output
    assert "the clone has the whole history" in result.output


def test_the_doctor_names_a_token_that_github_refuses_and_never_shows_it(tmp_path):
    repository(tmp_path, ONE)
    token = "ghp_" + "a" * 36
    env = {"GITHUB_TOKEN": token, "GITHUB_REPOSITORY": "octo/shop", "GITHUB_API_URL": "http://127.0.0.1:9"}

    result = run("doctor", "--repo", tmp_path, "--no-shadow", env=env)

    assert result.exit_code == 2
    assert "missing  the token cannot read the repository of octo/shop at 127.0.0.1" in result.output
    assert token not in result.output


def test_the_doctor_refuses_a_server_that_is_no_throw_away_one_and_never_shows_its_address(tmp_path):
    repository(tmp_path, ONE)
    env = {"SHADOW_DATABASE_URL": "postgresql://owner:hunter2@db.example.com/app"}

    result = run("doctor", "--repo", tmp_path, "--offline", env=env)

    assert (
        "warning  `shadow_database_url` is refused: its host is neither this machine nor in a private network. "
        "Give an empty throw-away server." in result.output
    )
    assert "hunter2" not in result.output
    assert "example.com" not in result.output
