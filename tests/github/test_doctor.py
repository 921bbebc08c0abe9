"""`midflight doctor` asks GitHub what a token may read."""

import pytest
from click.testing import CliRunner, Result

from midflight.cli import cli
from support.fake_github.state import ALL_RIGHTS, Token


def _doctor(platform, token: str) -> Result:
    environment = {"GITHUB_TOKEN": token, "GITHUB_REPOSITORY": "octo/app", "GITHUB_API_URL": platform.gh.url}
    options = ["doctor", "--repo", str(platform.gh.state.path), "--no-shadow"]
    return CliRunner().invoke(cli, options, env=environment)


def test_a_workflow_s_token_is_said_to_read_all_that_a_check_reads(platform):
    ran = _doctor(platform, platform.gh.token())

    assert "ok       the token reads repository, pull requests, comments and statuses of octo/app" in ran.output
    assert "what a workflow's token may write is what `permissions` names: see above" in ran.output
    assert [verb for verb, _ in platform.gh.requests] == ["GET"] * len(platform.gh.requests)


@pytest.mark.parametrize(
    ("rights", "what"),
    [
        ({"contents": "read", "metadata": "read"}, ""),
        ({"metadata": "read"}, "pull requests"),
        ({"pull_requests": "read", "metadata": "read"}, "statuses"),
        ({}, "the repository"),
    ],
)
def test_a_right_that_the_token_lacks_is_named(platform, rights, what):
    token = platform.gh.token(rights=rights)
    ran = _doctor(platform, token)

    assert ("the token cannot read" in ran.output) is bool(what)
    assert f"missing  the token cannot read {what}" in ran.output or not what
    assert token not in ran.output


def test_the_token_of_a_person_who_may_not_write_is_named(platform):
    platform.gh.state.tokens["ghp_reader"] = Token("ada", dict.fromkeys(ALL_RIGHTS, "read"), False)
    ran = _doctor(platform, "ghp_reader")

    assert "missing  the token's owner may not write. Comment and status need write access." in ran.output


def test_a_token_that_github_does_not_know_is_asked_about_once(platform):
    ran = _doctor(platform, "ghs_nobody")

    assert ran.exit_code == 2
    assert ran.output.count("the token cannot read") == 1
    assert len(platform.gh.requests) == 1
