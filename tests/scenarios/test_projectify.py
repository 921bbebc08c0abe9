"""Each pull request of the example app gets the verdict that its table promises."""

import json
from pathlib import Path

import pytest

import demo

EXIT_CODES = {"error": 10, "warning": 0, "success": 0}


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "projectify"
    demo.build(folder)
    return folder


@pytest.mark.parametrize(("name", "branch"), demo.branches().items(), ids=demo.branches())
def test_a_pull_request_of_the_example_gets_its_verdict(repository, tmp_path, name, branch):
    output = tmp_path / "report.json"

    code = demo.check(repository, name, "--shadow", "off", "--format", "json", "--output", str(output))

    assert (json.loads(output.read_text())["verdict"], code) == (branch["verdict"], EXIT_CODES[branch["verdict"]])


def test_the_repository_of_the_example_has_the_same_commits_every_time(repository, tmp_path):
    demo.build(tmp_path / "again")

    def commits(folder: Path) -> set[str]:
        return {path.name for path in (folder / ".git/objects").glob("??/*")}

    assert commits(repository) == commits(tmp_path / "again")
