"""action.yml, the settings, the README, the Dockerfile and the packaging say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from midflight.settings import read_settings
from midflight.settings.allowed import inputs

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = [*sorted((ROOT / ".github/workflows").glob("*.yml")), *sorted((ROOT / "examples").glob("*.yml"))]


PERMISSIONS = {
    "": {"contents", "pull-requests", "statuses"},
    "workflow-deploy.yml": {"contents", "statuses", "issues"},
    "release.yml": {"contents", "packages", "id-token", "attestations"},
}


def _granted_by_job(workflow):
    return [job["permissions"] for job in workflow["jobs"].values()]


def test_the_action_has_exactly_the_inputs_that_the_settings_read():
    assert list(ACTION["inputs"]) == list(inputs())


def test_only_the_token_has_a_default_in_the_action_since_one_there_would_outdo_the_configuration_file():
    defaults = {name: entry["default"] for name, entry in ACTION["inputs"].items() if "default" in entry}

    assert defaults == {"github_token": "${{ github.token }}"}


def test_no_input_has_a_hyphen_because_shells_drop_such_variables():
    assert [name for name in ACTION["inputs"] if not re.fullmatch(r"[a-z][a-z_]*", name)] == []


def test_each_input_reaches_its_setting():
    given = {
        "fail_on": "never",
        "comment": "false",
        "status": "false",
        "annotations": "false",
        "comment_key": "nightly",
        "report_path": "out/report.json",
        "sarif_path": "out/report.sarif",
        "release_notes_path": "out/notes.md",
        "deploys": "code-first",
        "comments": "per-database",
        "deployed_ref": "environment:production",
        "supported_versions": "3",
        "suggestions": "true",
        "shadow_rows": "10",
        "verbose": "true",
        "consumers_token": "other secret",
        "postgres_version": "15",
        "template": "ci/comment.j2",
        "baseline": "ci/baseline.json",
        "cache": ".midflight-cache",
        "shadow": "off",
        "postgres_bin": "/usr/lib/postgresql/17/bin",
        "statistics": "ci/rows.csv",
        "merge_method": "rebase",
        "github_token": "secret",
        "config": "ci/midflight.yml",
        "command": "check",
        "draft_release": "true",
        "runbook_issue": "true",
        "release_tag": "v2",
        "deployment_id": "17",
        "revision": "v2",
        "database": "app",
        "contract": "true",
        "from": "v1",
        "database_url": "postgresql://app",
        "shadow_database_url": "postgresql://postgres@localhost",
        "to": "v2",
    }
    settings = read_settings({f"INPUT_{name.upper()}": value for name, value in given.items()})

    assert set(given) == set(inputs())
    assert (settings.fail_on, settings.comment_key, settings.merge_method) == ("never", "nightly", "rebase")
    assert (settings.comment, settings.status, settings.annotations) == (False, False, False)
    assert (settings.report_path, settings.release_notes_path) == ("out/report.json", "out/notes.md")
    assert (settings.deploys.value, settings.postgres_version) == ("code-first", 15)
    assert (settings.deployed_ref, settings.supported_versions) == ("environment:production", 3)
    assert settings.comments == "per-database"
    assert (settings.template, settings.config) == ("ci/comment.j2", "ci/midflight.yml")
    assert (settings.from_, settings.to) == ("v1", "v2")
    assert settings.github_token.get_secret_value() == "secret"


def test_the_action_has_the_outputs_that_people_rely_on():
    outputs = {
        "verdict",
        "findings",
        "errors",
        "warnings",
        "report-json",
        "contractions",
        "release-notes",
        "gate",
        "gate-json",
        "watch",
    }
    assert set(ACTION["outputs"]) == outputs


@pytest.mark.parametrize("name", [*ACTION["inputs"], *ACTION["outputs"]])
def test_the_readme_tells_every_input_and_output(name):
    assert f"\n| `{name}` | " in README


def test_the_action_is_built_from_the_dockerfile():
    assert (ACTION["runs"]["using"], ACTION["runs"]["image"]) == ("docker", "Dockerfile")
    assert (ROOT / ACTION["runs"]["image"]).is_file()
    assert not {"args", "entrypoint"} & set(ACTION["runs"])


def test_the_image_starts_a_command_that_the_package_installs():
    (entrypoint,) = re.findall(r'^ENTRYPOINT \["([^"]+)"\]$', DOCKERFILE, flags=re.MULTILINE)

    assert entrypoint == "/opt/venv/bin/midflight-action"
    assert PROJECT["project"]["scripts"]["midflight-action"] == "midflight.action:main"


def test_the_image_keeps_the_runners_user_and_folder():
    final = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.findall(r"^(USER|WORKDIR|CMD)\b", final, flags=re.MULTILINE) == []


def test_the_image_installs_only_what_has_a_hash():
    installs = re.findall(r"pip (?:--python \S+ )?install (.*?)(?: \\| &&|$)", DOCKERFILE, flags=re.MULTILINE)

    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps --no-index" in line for line in installs)


def test_the_build_context_holds_what_the_dockerfile_copies():
    copied = {
        word.strip("./") or word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
        for word in line.split()
    }
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert copied == kept
    assert [name for name in sorted(kept) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-actions", [ROOT / "action.yml"]), ("vendor.github-workflows", WORKFLOWS)],
)
def test_the_action_and_the_workflows_are_what_github_takes(schema, files):
    result = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, *map(str, files)])

    assert (result.exit_code, len(files) > 0) == (0, True), result.output


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_asks_for_few_permissions_and_pins_what_it_uses(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"\buses: (\S+)", text)

    for granted in [workflow["permissions"]] if workflow["permissions"] else _granted_by_job(workflow):
        assert set(granted) <= PERMISSIONS[path.name if path.name in PERMISSIONS else ""]
        assert granted.get("contents", "read") == "read" or path.name == "release.yml"
    assert "pull_request_target" not in text
    assert "concurrency" in workflow
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert [one for one in uses if not re.search(r"^\./|^OWNER/midflight@|@[0-9a-f]{40}$", one)] == []


def test_the_gate_stands_before_the_deployment_and_the_watch_after_it():
    workflow = yaml.safe_load((ROOT / "examples/workflow-deploy.yml").read_text(encoding="utf-8"))
    deploy, watch = (workflow["jobs"][name]["steps"] for name in ("deploy", "watch"))
    ours = [step["with"] for step in (*deploy, *watch) if "midflight" in step.get("uses", "")]

    assert [given["command"] for given in ours] == ["gate", "watch"]
    assert {name for given in ours for name in given} <= set(ACTION["inputs"])
    assert [step.get("name", "gate" if "midflight" in step.get("uses", "") else "") for step in deploy][-2:] == [
        "gate",
        "Deploy",
    ]


def test_the_users_workflow_offers_release_notes_with_the_inputs_that_the_action_takes():
    workflow = yaml.safe_load((ROOT / "examples/workflow.yml").read_text(encoding="utf-8"))
    triggers = workflow[True]  # YAML 1.1 reads the key `on` so
    (step,) = (step for step in workflow["jobs"]["check"]["steps"] if "midflight" in step["uses"])

    assert set(triggers["workflow_dispatch"]["inputs"]) == {"from", "to"}
    assert {"opened", "synchronize", "reopened", "edited"} <= set(triggers["pull_request"]["types"])
    assert "paths" not in triggers["pull_request"]
    assert set(step["with"]) <= set(ACTION["inputs"])


def test_the_first_workflow_of_the_readme_is_short_and_uses_inputs_that_exist():
    block = re.search(r"```yaml\n(.+?)```", README, flags=re.DOTALL)[1]
    workflow = yaml.safe_load(block)

    assert len(block.strip().splitlines()) <= 13
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write", "statuses": "write"}
