"""Release notes of five pull requests, two of which cancel out: what the run leaves on disk and on GitHub."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from support.action_runs import Platform, Ran
from support.fake_github.events import dispatch_event
from support.fake_github.state import ALL_RIGHTS
from support.repositories import add_commit, merge_branch, run_git

FOLDER = "supabase/migrations"
CODE = "src/orders.ts"
BASE = {
    f"{FOLDER}/20260101000000_schema.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, legacy_code text);\n",
    CODE: "await supabase.from('orders').select('id, legacy_code');\n",
}
BRANCHES = {
    "expand": {f"{FOLDER}/20260102000000_note.sql": "ALTER TABLE orders ADD COLUMN note text;\n"},
    "draft": {f"{FOLDER}/20260103000000_draft.sql": "ALTER TABLE orders ADD COLUMN draft_state text;\n"},
    "undraft": {f"{FOLDER}/20260104000000_undraft.sql": "ALTER TABLE orders DROP COLUMN draft_state;\n"},
    "code": {CODE: "await supabase.from('orders').select('id, note');\n"},
    "contract": {f"{FOLDER}/20260105000000_contract.sql": "ALTER TABLE orders DROP COLUMN legacy_code;\n"},
}
EVERYTHING = {**ALL_RIGHTS, "contents": "write"}


@dataclass
class Range:
    """A repository in which five pull requests were merged, and the runs over them."""

    platform: Platform
    start: str
    numbers: dict[str, int] = field(default_factory=dict)

    def run(self, token: str = "", **inputs: str) -> Ran:
        workspace = self.platform.folder / f"whole-{self.platform.runs}"
        source = f"file://{self.platform.gh.state.path}"
        run_git(self.platform.folder, "clone", "--quiet", source, str(workspace))
        ends = {"from": self.start, "to": self.platform.head("main")}
        token = token or self.platform.gh.token(rights=EVERYTHING)
        return self.platform.start(
            "workflow_dispatch", dispatch_event(), workspace=workspace, token=token, **{**ends, **inputs}
        )


@pytest.fixture
def range_(platform):
    repository = platform.gh.state.path
    add_commit(repository, "main", BASE, "Begin")
    found = Range(platform, platform.head("main"))
    for day, (branch, files) in enumerate(BRANCHES.items(), 4):
        run_git(repository, "branch", branch, "main")
        add_commit(repository, branch, files, f"Do {branch}")
        number = platform.gh.open_pull(branch, title=f"Do {branch}")
        platform.gh.merge_pull(
            number, merge_branch(repository, "main", branch, branch="main"), f"2026-01-0{day}T00:00:00Z"
        )
        found.numbers[branch] = number
    return found


def beside(ran: Ran, name: str) -> str:
    return (Path(ran.folder) / name).read_text()


def test_the_pull_requests_are_sorted_by_what_they_are_for_an_operator(range_):
    platform = range_.platform
    platform.gh.state.pulls[range_.numbers["expand"]].labels = ["database"]
    ran = range_.run()
    notes = beside(ran, "release-notes.md")
    before, after = notes.split("**Database after the code (contract)**")

    assert ran.code == 0
    assert "- Do expand ([`#3`](https://github.com/octo/app/pull/3), `ada`) `database`\n" in before
    assert "- Do contract ([`#7`](https://github.com/octo/app/pull/7), `ada`)" in after
    assert "5 pull requests, 4 migrations." in notes


def test_what_one_adds_and_another_drops_cancels_out(range_):
    notes = beside(range_.run(), "release-notes.md")

    assert (
        "- `orders.draft_state` is made at `supabase/migrations/20260103000000_draft.sql:1` and dropped at "
        "`supabase/migrations/20260104000000_undraft.sql:1`: nothing of it arrives.\n"
    ) in notes


def test_what_cancels_out_costs_no_copy_no_later_release_and_no_way_back(range_):
    ran = range_.run()
    notes, runbook = beside(ran, "release-notes.md"), beside(ran, "release-notes-runbook.md")

    assert "Brought by `#3`, `#4`, `#5`." in runbook
    assert "rollback_copies.orders_draft_state" not in runbook
    assert "`orders.draft_state` are" not in notes
    assert "Undo `ALTER TABLE orders DROP COLUMN draft_state`" not in notes


def test_phases_that_cannot_share_a_deployment_are_numbered_with_their_pull_requests(range_):
    runbook = beside(range_.run(), "release-notes-runbook.md")
    chapters = [line for line in runbook.splitlines() if line.startswith("### ")]

    assert chapters[1].startswith("### Deployment 1: Apply the migration")
    assert chapters[2] == "### Deployment 2: Deploy the code"
    assert chapters[3].startswith("### Deployment 3: Clean up")
    assert "Brought by `#6`." in runbook.split(chapters[2])[1].split(chapters[3])[0]
    assert "ALTER TABLE orders DROP COLUMN legacy_code;" in runbook.split(chapters[3])[1]
    assert "Point of no return" in runbook.split(chapters[3])[1]


def test_announcements_and_data_lie_beside_the_notes(range_):
    ran = range_.run(release_notes_path="out/v2.md")

    assert beside(ran, "out/v2-before.txt").startswith("Subject: Database Migration - ")
    assert beside(ran, "out/v2-after.txt").startswith("Subject: ✅ Deployment Complete - ")
    kinds = {each["title"]: each["kind"] for each in json.loads(beside(ran, "out/v2.json"))["changes"]}
    assert kinds["Do expand"] == "expand"
    assert kinds["Do code"] == "code"
    assert kinds["Do contract"] == "contract"


def test_approvals_are_collected_from_our_comments_and_from_reviews(range_):
    gh, number = range_.platform.gh, range_.numbers["expand"]
    box = "- [x] Team notified <!-- midflight:item approval.team of=0.1 by=octocat at=2026-01-02 -->"
    marker = f"<!-- midflight:comment v1 key=default head={'a' * 40} -->"
    gh.add_comment(number, "github-actions[bot]", f"{marker}\nx\n{box}\n")
    gh.add_comment(number, "mallory", f"{marker}\nx\n{box.replace('octocat', 'mallory')}\n")
    for login, state in (("root", "APPROVED"), ("lin", "APPROVED"), ("lin", "CHANGES_REQUESTED")):
        review = {"id": gh.state.next_id(), "number": number, "login": login, "body": "", "commit": "a" * 40}
        gh.state.reviews.append(review | {"state": state, "comments": []})
    notes = beside(range_.run(), "release-notes.md")

    assert "team-notified (✓ `@octocat`); approved in a review by `root`\n" in notes
    assert "mallory" not in notes


def test_the_draft_is_made_once_and_keeps_what_people_wrote_around_the_notes(range_):
    releases = range_.platform.gh.state.releases
    range_.run(draft_release="true", release_tag="v2.0")
    [(tag, facts)] = releases
    facts["body"] = f"Thanks to all!\n\n{facts['body']}\n\nSee you.".replace("5 pull requests", "Many")
    range_.run(draft_release="true", release_tag="v2.0")

    assert (tag, facts["draft"], facts["target_commitish"]) == ("v2.0", True, range_.platform.head("main"))
    assert len(releases) == 1
    assert facts["body"].startswith("Thanks to all!\n\n<!-- midflight:notes v1 key=default -->\n## ")
    assert facts["body"].endswith("<!-- midflight:notes end -->\n\nSee you.")
    assert "5 pull requests, 4 migrations." in facts["body"]


def test_a_published_release_is_left_alone_with_a_warning(range_):
    releases = range_.platform.gh.state.releases
    releases.append(("v2.0", {"id": 5, "body": "By hand", "draft": False}))
    ran = range_.run(draft_release="true", release_tag="v2.0")

    assert ran.code == 0
    assert releases == [("v2.0", {"id": 5, "body": "By hand", "draft": False})]
    assert "The release `v2.0` is published already" in ran.log


def test_what_goes_out_is_the_tag_where_it_is_one(range_):
    run_git(range_.platform.gh.state.path, "tag", "v3.0", "main")
    range_.run(draft_release="true", to="v3.0")

    assert [tag for tag, _ in range_.platform.gh.state.releases] == ["v3.0"]


def test_a_draft_needs_a_tag_and_a_branch_is_none(range_):
    ran = range_.run(draft_release="true", to="main")

    assert ran.code == 2
    assert "release_tag: is missing" in ran.log


def test_the_runbook_s_issue_keeps_its_ticks_and_a_stranger_s_copy_is_not_ours(range_):
    issues = range_.platform.gh.state.issues
    range_.run(runbook_issue="true")
    [issue] = issues
    issue["body"] = issue["body"].replace("- [ ]", "- [x]", 2)
    issues.append(issue | {"number": 7000, "login": "mallory", "title": "Mine"})
    range_.run(runbook_issue="true")

    assert [each["title"] for each in issues] == [issue["title"], "Mine"]
    assert issue["body"].count("- [x]") == 2
    assert issue["login"] == "github-actions[bot]"


def test_after_a_further_merge_only_boxes_of_other_work_are_open_again(range_):
    platform = range_.platform
    range_.run(runbook_issue="true")
    [issue] = platform.gh.state.issues
    issue["body"] = issue["body"].replace("- [ ]", "- [x]")
    add_commit(platform.gh.state.path, "main", {"README.md": "# New\n"}, "Say more")
    range_.run(runbook_issue="true")
    open_ = [line for line in issue["body"].splitlines() if line.startswith("- [ ]")]

    assert len(platform.gh.state.issues) == 1
    assert [line.split(" <!--")[0] for line in open_] == [f"- [ ] Deploy the code at `{platform.head('main')[:7]}`"]


def test_a_closed_runbook_is_done_and_a_new_one_is_opened(range_):
    issues = range_.platform.gh.state.issues
    range_.run(runbook_issue="true")
    issues[0]["state"] = "closed"
    range_.run(runbook_issue="true")

    assert [each["state"] for each in issues] == ["closed", "open"]


def test_a_lost_answer_makes_no_second_issue_and_no_second_draft(range_):
    gh = range_.platform.gh
    gh.fail("POST", r"/issues$", after=True, drop=True)
    gh.fail("POST", r"/releases$", after=True, drop=True)
    range_.run(runbook_issue="true", draft_release="true", release_tag="v2.0")

    assert len(gh.state.issues) == 1
    assert len(gh.state.releases) == 1


def test_a_token_that_only_reads_costs_two_warnings_that_name_the_rights(range_):
    token = range_.platform.gh.read_only_token()
    ran = range_.run(token=token, runbook_issue="true", draft_release="true", release_tag="v2.0")

    assert ran.code == 0
    assert "the token lacks `contents: write`" in ran.log
    assert "the token lacks `issues: write`" in ran.log
    assert beside(ran, "release-notes.md").strip() in ran.summary


def test_the_log_tells_how_far_the_pull_requests_are_found(range_):
    log = range_.run().log

    assert "Pull requests: 5 of 5 commits have theirs after 1 request." in log
    assert "5 changes in " in log


def test_pull_requests_without_a_database_change_are_not_asked_for_approvals(range_):
    gh = range_.platform.gh
    tree, parent = gh.state.git("rev-parse", "main^{tree}"), range_.platform.head("main")
    for number in range(150):
        branch = range_.numbers["expand"]
        gh.state.pulls[1000 + number] = replace(gh.state.pulls[branch], number=1000 + number, title=f"Tidy {number}")
        parent = gh.state.git("commit-tree", tree, "-p", parent, "-m", f"Tidy {number} (#{1000 + number})")
        gh.state.pulls[1000 + number].merged = parent
    gh.state.git("update-ref", "refs/heads/main", parent)
    asked = len(gh.requests)
    ran = range_.run()

    assert ran.code == 0
    assert "155 pull requests, 4 migrations." in beside(ran, "release-notes.md")
    assert len(gh.requests) - asked < 40
