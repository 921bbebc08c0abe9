"""Workflows and release scripts: what GitHub takes, what zizmor finds nothing in, and a release pinned to its image."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from pin_action import pin
from release_text import released, section

ROOT = Path(__file__).resolve().parents[2]
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
RELEASE = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
FILES = [*sorted((ROOT / ".github/workflows").glob("*.yml")), *sorted((ROOT / "examples").glob("*.yml"))]
ZIZMOR = Path(sys.executable).with_name("zizmor")
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = "ghcr.io/octo/midflight"


def test_zizmor_finds_nothing_in_workflows_action_and_examples():
    run = subprocess.run(
        [ZIZMOR, "--offline", "--no-progress", "--quiet", *FILES, ROOT / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout


def test_the_release_gives_no_job_more_than_it_names():
    assert RELEASE["permissions"] == {}
    assert {name: set(job["permissions"]) for name, job in RELEASE["jobs"].items()} == {
        "test": {"contents"},
        "packages": {"contents", "id-token", "attestations"},
        "image": {"contents", "packages", "id-token", "attestations"},
        "release": {"contents"},
        "pypi": {"id-token"},
    }


def test_the_release_puts_no_expression_into_a_script():
    scripts = [step["run"] for job in RELEASE["jobs"].values() for step in job["steps"] if "run" in step]

    assert len(scripts) >= 6
    assert [script for script in scripts if "${{" in script] == []


def test_every_action_of_the_release_says_its_version_beside_the_commit():
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "uses: " in line]

    assert [one for one in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", one)] == []


def test_the_pinned_action_names_the_digest_and_nothing_else_changes():
    pinned = pin(ACTION, IMAGE, DIGEST)

    assert yaml.safe_load(pinned)["runs"] == {"using": "docker", "image": f"docker://{IMAGE}@{DIGEST}"}
    changed = [line for line in pinned.splitlines() if line not in ACTION.splitlines()]
    assert changed == [f"  image: docker://{IMAGE}@{DIGEST}"]


def test_a_pinned_action_is_one_that_github_takes_and_that_can_be_pinned_again(tmp_path):
    file = tmp_path / "action.yml"
    file.write_text(pin(pin(ACTION, IMAGE, "sha256:" + "f" * 64), IMAGE, DIGEST), encoding="utf-8")

    result = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.github-actions", str(file)])

    assert result.exit_code == 0, result.output
    assert DIGEST in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("action", "image", "digest", "says"),
    [
        (ACTION, "ghcr.io/Octo/midflight", DIGEST, "not an image's name"),
        (ACTION, f"{IMAGE}:latest", DIGEST, "not an image's name"),
        (ACTION, IMAGE, "sha256:abc", "not a digest"),
        (ACTION, IMAGE, f"{DIGEST}\n  entrypoint: /bin/sh", "not a digest"),
        ("runs:\n  using: node24\n", IMAGE, DIGEST, "names 0"),
    ],
)
def test_nothing_but_a_whole_digest_of_a_plain_name_is_written(action, image, digest, says):
    with pytest.raises(ValueError, match=says):
        pin(action, image, digest)


def test_the_release_text_is_the_versions_own_section():
    changelog = "# Changelog\n\n## [1.2.0] - 2026-01-02\n\n- New.\n\n## [1.1.0] - 2025-01-02\n\n- Old.\n"

    assert section(changelog, "1.2.0") == "- New."
    assert section(changelog, "1.1.0") == "- Old."
    with pytest.raises(ValueError, match=r"tells nothing of 1\.3\.0"):
        section(changelog, "1.3.0")


def test_a_tag_that_is_not_the_packages_version_is_refused():
    with pytest.raises(ValueError, match=r"the tag says 1.2.0, and pyproject.toml 1.1.0"):
        released('[project]\nversion = "1.1.0"\n', "## [1.2.0]\n\n- New.\n", "1.2.0")
