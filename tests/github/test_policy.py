"""Which settings are in force, whose comments are ours, and which status a failure sets."""

import pytest

from support.action_runs import EDGE, FUNCTION, OUTAGE
from support.fake_github.events import dispatch_event, edited_event, pull_request_event, workflow_run_event
from support.repositories import add_commit, run_git
from support.ticks import TEAM, own, say, shown, status, toggled

CONFIGURATION = ".github/midflight.yml"
REQUIRE = {CONFIGURATION: "deploys: database-first\nrequire: [team-notified]\n"}
OPEN = ("pending", "1 of 1 approval open: team-notified")
APP = "deploy-guard[bot]"


@pytest.fixture
def newer(platform):
    """The base branch has got settings since the pull request left it."""
    add_commit(platform.gh.state.path, "main", REQUIRE, "Require an approval")
    return platform


def test_a_fork_that_left_an_older_base_does_not_escape_newer_settings(newer):
    newer.gh.state.pulls[newer.numbers["outage"]].fork = "mallory/app"
    newer.start("workflow_run", workflow_run_event(newer.head("outage"), "outage", "mallory/app"))

    assert status(newer, "outage") == OPEN


@pytest.mark.parametrize("stale", [False, True])
def test_a_check_over_the_api_has_the_settings_of_the_base_branch_as_it_is_now(newer, stale):
    """`base.sha` of an event may be an older commit of the branch."""
    event = pull_request_event(newer.gh, newer.numbers["outage"])
    if stale:
        event["pull_request"]["base"]["sha"] = run_git(newer.gh.state.path, "rev-parse", "main^")
    newer.start("pull_request", event)

    assert status(newer, "outage") == OPEN


def test_checks_again_have_them_too(newer):
    newer.start("workflow_dispatch", dispatch_event(number=str(newer.numbers["outage"])))
    assert status(newer, "outage") == OPEN

    newer.gh.state.statuses.clear()
    say(newer, "outage", "/midflight recheck")
    assert status(newer, "outage") == OPEN


def test_a_checkout_of_the_head_alone_has_them_too(newer):
    event = pull_request_event(newer.gh, newer.numbers["outage"])
    workspace = newer.folder / "whole"
    source = f"file://{newer.gh.state.path}"
    run_git(newer.folder, "clone", "--quiet", "--branch", "outage", source, str(workspace))
    newer.start("pull_request", event, workspace=workspace)

    assert status(newer, "outage") == OPEN
    assert newer.gh.asked("GET", "trees|tarball|branches") == 0


def test_what_changed_is_still_told_from_where_the_branch_left(newer):
    """The base branch went on with a migration of its own: it is no part of the pull request."""
    later = "supabase/migrations/20251115000000_later.sql"
    add_commit(newer.gh.state.path, "main", {later: "ALTER TABLE projects DROP COLUMN title;\n"}, "Go on")
    newer.start("pull_request", pull_request_event(newer.gh, newer.numbers["outage"]))

    assert later not in own(newer, "outage").body
    assert FUNCTION in own(newer, "outage").body


def test_a_base_branch_that_is_gone_leaves_the_settings_of_the_event(newer):
    event = pull_request_event(newer.gh, newer.numbers["outage"])
    event["pull_request"]["base"]["ref"] = "release"
    newer.start("pull_request", event)

    assert status(newer, "outage") == OPEN


def tick(platform, token):
    comment = own(platform, "outage") if not token else platform.gh.comments(platform.numbers["outage"], APP)[0]
    event = edited_event(platform.numbers["outage"], comment, toggled(comment.body, TEAM), "octocat")
    return platform.start("issue_comment", event, token=token)


def test_a_tick_in_the_comment_of_an_app_counts(newer):
    token = newer.gh.token(APP)
    newer.pull("outage", token=token)
    tick(newer, token)

    [comment] = newer.gh.comments(newer.numbers["outage"])
    assert "✓ @octocat" in shown(comment.body, TEAM)
    assert status(newer, "outage")[0] == "success"


def test_an_app_finds_its_comment_again_and_makes_no_other(newer):
    token = newer.gh.token(APP)
    newer.pull("outage", token=token)
    posted = newer.gh.asked("POST", "comments")
    add_commit(newer.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    newer.pull("outage", token=token)

    assert len(newer.gh.comments(newer.numbers["outage"], APP)) == 1
    assert newer.gh.asked("POST", "comments") == posted


def test_a_bot_that_repeats_our_text_is_not_us(newer):
    """It has set no status: whoever can have it say something would else forge ticks."""
    newer.pull("outage")
    number = newer.numbers["outage"]
    forged = newer.gh.add_comment(number, "echo[bot]", own(newer, "outage").body)
    before = forged.body
    ran = newer.start("issue_comment", edited_event(number, forged, toggled(before, TEAM), "octocat"))

    assert "not ours" in ran.log
    assert status(newer, "outage") == OPEN
    newer.pull("outage")
    assert forged in newer.gh.comments(number)


def test_a_person_is_never_taken_for_an_app(newer):
    """Even one that has set a status of our name."""
    newer.pull("outage")
    newer.gh.state.statuses[-1]["login"] = "mallory"
    number = newer.numbers["outage"]
    forged = newer.gh.add_comment(number, "mallory", own(newer, "outage").body)
    ran = newer.start("issue_comment", edited_event(number, forged, toggled(forged.body, TEAM), "octocat"))

    assert "not ours" in ran.log


@pytest.mark.parametrize("file", ["comment_key: api\nfail_on: sometimes\n", "comment_key: api\nno_such: 1\n"])
def test_wrong_settings_set_the_status_that_the_file_names(platform, file):
    add_commit(platform.gh.state.path, "main", {CONFIGURATION: file}, "Break the settings")
    ran = platform.pull("outage")

    assert ran.code == 2
    assert [s["context"] for s in platform.gh.statuses(platform.head("outage"))] == ["midflight/api"]


def test_a_failure_before_anything_is_read_sets_the_status_that_the_file_names(platform):
    add_commit(platform.gh.state.path, "main", {CONFIGURATION: "comment_key: api\n"}, "Name the job")
    platform.gh.fail("GET", "/git/trees/", status=404, message="Not Found", times=9)
    ran = platform.pull("outage", checkout=False)

    assert ran.code == 1
    assert [s["context"] for s in platform.gh.statuses(platform.head("outage"))] == ["midflight/api"]


def test_the_input_goes_before_the_file_in_a_failure_too(platform):
    add_commit(platform.gh.state.path, "main", {CONFIGURATION: "comment_key: api\nno_such: 1\n"}, "Break the settings")
    platform.pull("outage", comment_key="web")

    assert [s["context"] for s in platform.gh.statuses(platform.head("outage"))] == ["midflight/web"]


def test_a_renamed_repository_is_followed_with_the_whole_question(platform):
    """PyGithub alone would lose `recursive=1`: a tree without folders looks like a change without a database."""
    platform.gh.state.moved = "/repositories/42"
    ran = platform.pull("outage", checkout=False)

    assert (ran.code, status(platform, "outage")[0]) == (10, "failure")
    assert EDGE in OUTAGE
    assert FUNCTION in own(platform, "outage").body
