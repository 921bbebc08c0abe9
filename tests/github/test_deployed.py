"""What is deployed, asked of GitHub: tags of a shallow clone, releases, deployments to an environment."""

import json
import re
from dataclasses import dataclass

import pytest

from support.action_runs import Platform, Ran
from support.fake_github.server import FakeGitHub
from support.fake_github.state import ALL_RIGHTS
from support.repositories import add_commit, make_repository, run_git

SCHEMA = "supabase/migrations/20260101000000_schema.sql"
DROP = "supabase/migrations/20260301000000_drop_note.sql"
APP = "src/app.ts"
READS = "const a = await supabase.from('invoices').select('id, note')\n"
STOPPED = "const a = await supabase.from('invoices').select('id')\n"


@dataclass
class Found:
    """A run and its report."""

    ran: Ran
    report: dict

    @property
    def names(self) -> list[str]:
        return [each["name"] for each in self.report["matrix"].get("versions", [])]

    @property
    def unread(self) -> list[str]:
        return [each["reason"] for each in self.report["coverage"]["not_analysed"]]


@pytest.fixture
def platform(tmp_path):
    """`v1.9` reads `invoices.note`, `v1.10` and base do not; `change` drops it."""
    schema = "CREATE TABLE invoices (id bigint PRIMARY KEY, total integer, note text);\n"
    repo = make_repository(tmp_path / "app", {SCHEMA: schema, APP: READS})
    run_git(repo, "tag", "v1.9", "main")
    add_commit(repo, "main", {APP: STOPPED}, "Stop reading the note")
    run_git(repo, "tag", "v1.10", "main")
    add_commit(repo, "main", {"README.md": "More\n"}, "Tell more")
    add_commit(repo, "main", {"README.md": "Even more\n"}, "Tell even more")
    add_commit(repo, "change", {DROP: "ALTER TABLE invoices DROP COLUMN note;\n"}, "Drop the note")
    with FakeGitHub(repo) as gh:
        yield Platform(gh, {"change": gh.open_pull("change")}, tmp_path)
    assert gh.violations == []


def run(platform: Platform, *, checkout: bool = True, token: str = "", **inputs: str) -> Found:
    ran = platform.pull("change", checkout=checkout, token=token, **inputs)
    path = ran.folder / "midflight-report.json"
    return Found(ran, json.loads(path.read_text()) if path.exists() else {})


@pytest.mark.parametrize("checkout", [True, False], ids=["shallow", "without a checkout"])
def test_the_tags_of_a_clone_that_was_cut_off_are_asked_of_github(platform, checkout):
    found = run(platform, checkout=checkout, deployed_ref="latest-tag", supported_versions="2")

    assert found.ran.code == 10
    assert found.names == ["v1.10", "v1.9"]
    [comment] = platform.gh.comments(platform.numbers["change"])
    sha = run_git(platform.gh.state.path, "rev-parse", "v1.9")
    assert f"https://github.com/octo/app/blob/{sha}/src/app.ts#L1" in comment.body


def test_a_tag_on_another_branch_is_no_version_of_base(platform):
    add_commit(platform.gh.state.path, "hotfix", {APP: READS}, "Fix")
    run_git(platform.gh.state.path, "tag", "v2.0", "hotfix")

    assert run(platform, deployed_ref="latest-tag").names == ["v1.10"]


def test_the_latest_release_is_the_old_code(platform):
    platform.gh.state.release = "v1.9"

    found = run(platform, deployed_ref="latest-release")

    assert (found.ran.code, found.names) == (10, ["v1.9"])


def test_of_several_releases_drafts_and_pre_releases_do_not_count(platform):
    platform.gh.state.release = "v1.10"
    drafts = [("v3", {"draft": True}), ("v2-rc", {"prerelease": True})]
    platform.gh.state.releases = [*drafts, ("v1.10", {}), ("v1.9", {})]

    assert run(platform, deployed_ref="latest-release", supported_versions="2").names == ["v1.10", "v1.9"]


def test_without_a_release_base_stands_for_what_runs_and_the_report_says_so(platform):
    found = run(platform, deployed_ref="latest-release")

    assert (found.ran.code, found.names) == (0, [])
    assert found.unread[0] == "there is no release yet, so base stands for what runs"


def test_what_was_deployed_to_an_environment_last_with_success_is_the_old_code(platform):
    old = run_git(platform.gh.state.path, "rev-parse", "v1.9")
    platform.gh.deploy("production", "v1.9", "in_progress", "success")
    platform.gh.deploy("production", "v1.10", "in_progress", "failure")
    platform.gh.deploy("staging", "v1.10", "success")

    found = run(platform, deployed_ref="environment:production")

    assert (found.ran.code, found.names) == (10, [old[:7]])


def test_deployments_that_were_replaced_are_versions_that_may_be_supported(platform):
    platform.gh.deploy("production", "v1.9", "success", "inactive")
    platform.gh.deploy("production", "v1.10", "failure", "inactive")
    platform.gh.deploy("production", "main", "success")

    found = run(platform, deployed_ref="environment:production", supported_versions="3")

    revisions = [run_git(platform.gh.state.path, "rev-parse", name) for name in ("main", "v1.9")]
    assert found.names == [sha[:7] for sha in revisions]


def test_nothing_deployed_yet_is_told_and_base_stands_for_what_runs(platform):
    found = run(platform, deployed_ref="environment:production")

    assert found.ran.code == 0
    assert found.unread[0] == "nothing was deployed to `production` with success yet, so base stands for what runs"


def test_a_token_that_may_not_see_deployments_says_which_permission_is_missing(platform):
    token = platform.gh.token(rights={**ALL_RIGHTS, "deployments": "none"})

    found = run(platform, token=token, deployed_ref="environment:production")

    assert found.ran.code == 1
    assert "deployments: read" in found.ran.log
    assert platform.gh.statuses(platform.head("change"))[-1]["state"] == "error"


def test_a_revision_that_github_does_not_know_is_a_wrong_setting(platform):
    found = run(platform, deployed_ref="v7")

    assert found.ran.code == 2
    assert "there is no revision `v7`" in found.ran.log


def test_a_name_that_is_no_revision_is_refused_before_anything_is_asked(platform):
    found = run(platform, deployed_ref="--upload-pack=x")

    assert found.ran.code == 2
    assert "deployed_ref" in found.ran.log


def test_the_requests_of_the_client_that_reads_versions_are_counted_too(platform):
    found = run(platform, deployed_ref="latest-release", supported_versions="2", verbose="true")

    (said,) = re.findall(r"^GitHub: (\d+) requests", found.ran.log, re.MULTILINE)
    asked = [path for _, path in platform.gh.requests[platform.asked_before :]]
    assert any("/releases" in path for path in asked)
    assert int(said) == len([path for path in asked if "codeload" not in path])
