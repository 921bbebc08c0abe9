"""Code of other repositories, read over GitHub's API: what it names counts, what cannot be read is said."""

from dataclasses import dataclass

import pytest

from support.action_runs import Platform, Ran
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, make_repository, run_git

SCHEMA = "supabase/migrations/20240101000000_schema.sql"
DROP = "supabase/migrations/20240201000000_drop_note.sql"
ADD = "supabase/migrations/20240201000000_add.sql"
CONFIGURATION = ".github/midflight.yml"
READS = "const { data } = await supabase\n  .from('invoices')\n  .select('id, note')\n"


@dataclass
class World:
    """Our repository with a change that drops `invoices.note`, and one that only adds; another one beside it."""

    platform: Platform
    token: str

    def other(self, full_name: str, files: dict[str, str]) -> str:
        """Make another repository, which only `token` may read; give its newest commit."""
        folder = make_repository(self.platform.folder / full_name.replace("/", "-"), files)
        self.platform.gh.add_repository(full_name, folder, self.token)
        return run_git(folder, "rev-parse", "main")

    def run(self, branch: str, entry: str, *, token: str | None = None) -> Ran:
        gh = self.platform.gh
        written = f"consumers:\n  - {entry}\n"
        add_commit(gh.state.path, "main", {CONFIGURATION: written}, "Configure")
        files = {DROP: "ALTER TABLE invoices DROP COLUMN note;\n"}
        if branch == "adding":
            files = {ADD: "ALTER TABLE invoices ADD COLUMN paid boolean;\n"}
        add_commit(gh.state.path, branch, files, "Change")
        self.platform.numbers[branch] = gh.open_pull(branch)
        given = self.token if token is None else token
        return self.platform.pull(branch, **({"consumers_token": given} if given else {}))

    def comment(self, branch: str) -> str:
        [comment] = self.platform.gh.comments(self.platform.numbers[branch])
        return comment.body


@pytest.fixture
def world(tmp_path):
    schema = "CREATE TABLE invoices (id bigint PRIMARY KEY, total integer, note text);\n"
    with FakeGitHub(make_repository(tmp_path / "app", {SCHEMA: schema})) as gh:
        yield World(Platform(gh, {}, tmp_path), gh.token())
    assert gh.violations == []


def test_a_line_of_another_repository_that_breaks_is_named_and_linked_to_its_revision(world):
    sha = world.other("acme/billing", {"src/report.ts": READS})

    ran = world.run("dropping", "{name: billing service, repository: acme/billing}")

    assert ran.code == 10
    body = world.comment("dropping")
    assert "`acme/billing:src/report.ts:3`" in body.replace("[", "").replace("](", " ")
    assert f"https://github.com/acme/billing/blob/{sha}/src/report.ts#L3" in body
    assert "billing service in acme/billing" in body


def test_the_code_of_the_other_repository_is_not_quoted(world):
    world.other("acme/billing", {"src/report.ts": READS})

    ran = world.run("dropping", "{name: billing, repository: acme/billing}")

    report = (ran.folder / "midflight-report.json").read_text()
    for text in (world.comment("dropping"), ran.summary, ran.log, report):
        assert "select('id" not in text


def test_the_latest_release_counts_and_not_the_branch_after_it(world):
    world.other("acme/billing", {"src/report.ts": READS})
    other = world.platform.gh.others["acme/billing"]
    run_git(other.path, "tag", "v1", "main")
    add_commit(other.path, "main", {"src/report.ts": "export {}\n"}, "Stop reading it")
    other.release = "v1"

    assert world.run("dropping", "{name: b, repository: acme/billing, ref: latest-release}").code == 10
    assert world.run("dropping-2", "{name: b, repository: acme/billing}").code == 0


@pytest.mark.parametrize(
    "entry",
    [
        "{name: b, repository: acme/billing, code: {roots: [src]}}",
        "{name: b, repository: acme/billing, code: {ignore: ['old/**']}}",
    ],
)
def test_only_the_code_that_uses_this_database_is_searched(world, entry):
    world.other("acme/billing", {"old/report.ts": READS, "src/a.ts": "export {}\n"})

    assert world.run("dropping", entry).code == 0


@pytest.mark.parametrize(
    ("full_name", "token", "reason"),
    [
        ("acme/billing", "", "it does not exist, or the token may not read it"),
        ("acme/billing", "ghs_wrong", "the token is not valid"),
        ("acme/gone", None, "it does not exist, or the token may not read it"),
    ],
)
def test_a_repository_that_cannot_be_read_is_said_and_never_safe(world, full_name, token, reason):
    world.other("acme/billing", {"src/report.ts": READS})

    ran = world.run("dropping", f"{{name: b, repository: {full_name}}}", token=token)

    body = world.comment("dropping")
    assert ran.code == 0
    assert f"consumer b in {full_name}: {reason}" in body
    assert "Safe" not in body.splitlines()[0]
    assert "error" not in ran.outputs.split("verdict", 1)[1][:40]


def test_a_change_that_no_old_code_can_feel_stays_safe_and_says_what_was_not_read(world):
    ran = world.run("adding", "{name: b, repository: acme/gone}")

    assert ran.code == 0
    body = world.comment("adding")
    assert "Safe" in body
    assert "consumer b in acme/gone: it does not exist, or the token may not read it" in body


def test_nothing_is_asked_of_other_repositories_where_no_migration_changed(world):
    gh = world.platform.gh
    world.other("acme/billing", {"src/report.ts": READS})
    add_commit(gh.state.path, "main", {CONFIGURATION: "consumers: [{name: b, repository: acme/billing}]\n"}, "Say")
    add_commit(gh.state.path, "quiet", {"README.md": "# App\n"}, "Write")
    world.platform.numbers["quiet"] = gh.open_pull("quiet")

    assert world.platform.pull("quiet").code == 0
    assert gh.asked("GET", "acme/billing") == 0


def test_the_token_for_other_repositories_is_masked_and_shown_nowhere(world):
    world.other("acme/billing", {"src/report.ts": READS})

    ran = world.run("dropping", "{name: b, repository: acme/billing}")

    assert ran.log.splitlines().count(f"::add-mask::{world.token}") == 1
    assert ran.log.count(world.token) == 1
    assert world.token not in ran.summary + ran.outputs + world.comment("dropping")
