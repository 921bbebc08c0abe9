"""What the documents name exists, and what is generated or locked is in order."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not {".venv", "node_modules", "demo", "expected", ".git"} & set(path.relative_to(ROOT).parts)
    and path.relative_to(ROOT).parts[0] not in {"templates", "tests"}
]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
ELSEWHERE = (
    ".github/midflight.yml",
    ".github/midflight-baseline.json",
    ".github/midflight/",
    ".github/workflows/midflight.yml",
    "demo/",
)


def locked(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(path):
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)\s#]+)", path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_path_that_the_first_documents_name_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|docs|examples|scripts|tests|templates|\.github|\.ci)/[\w./-]*)`", text)

    assert [path for path in named if not path.startswith(ELSEWHERE) and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "examples/projectify/README.md"])
def test_every_make_target_that_the_documents_name_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert named - targets == set()


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_has_hashes_and_names_no_host_and_no_place_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]

    assert re.findall(r"://|--(?:extra-)?index|--find-links|file:|(?<![\w/])/\w+", text) == []
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_environment_tests_the_versions_that_the_image_holds():
    runtime, development = locked(ROOT / "requirements.lock"), locked(ROOT / "requirements-dev.lock")
    build = locked(ROOT / "requirements-build.lock")

    assert len(runtime) > 20
    assert {name: development.get(name) for name in {**runtime, **build}} == {**runtime, **build}


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {re.match(r"[\w-]+", line)[0] for line in project["project"]["dependencies"]}

    assert named <= set(locked(ROOT / "requirements.lock"))


def test_the_generated_documents_are_those_of_the_code():
    result = subprocess.run(
        [sys.executable, ROOT / "scripts/generate_docs.py", "--check"], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("configuration", "accepted"),
    [
        ({}, True),
        ({"fail_on": "warning", "rules": {"drop-column": "off"}, "monitoring": {"error_rate": 2}}, True),
        ({"ignore": [{"rule": "drop-column", "reason": "never deployed"}]}, True),
        ({"ignore": [{"rule": "drop-column"}]}, False),
        ({"fail_on": "sometimes"}, False),
        ({"github_token": "x"}, False),
        ({"monitoring": {"hours": 0}}, False),
    ],
)
def test_the_schema_for_editors_takes_what_the_settings_take(configuration, accepted):
    schema = json.loads((ROOT / "docs/midflight.schema.json").read_text(encoding="utf-8"))

    assert jsonschema.Draft202012Validator(schema).is_valid(configuration) is accepted


def test_the_examples_readme_tells_each_pull_request_and_its_verdict():
    example = ROOT / "examples/projectify"
    branches = tomllib.loads((example / "branches.toml").read_text(encoding="utf-8"))
    readme = (example / "README.md").read_text(encoding="utf-8")

    assert {path.name for path in (example / "branches").iterdir()} == set(branches)
    for name, branch in branches.items():
        assert (
            f"| [`{name}`](branches/{name}) | {branch['pattern']} | {branch['verdict']} | {branch['shows']} |" in readme
        )
