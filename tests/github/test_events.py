"""What the action does on each event that GitHub may start it with."""

import pytest

from support.action_runs import EDGE, FUNCTION, OUTAGE
from support.fake_github.events import (
    dispatch_event,
    merge_group_event,
    pull_request_event,
    push_event,
    workflow_run_event,
)
from support.repositories import add_commit, merge_branch, run_git
from support.ticks import own, status


def statuses(platform, sha):
    return [(s["state"], s["context"]) for s in platform.gh.statuses(sha)]


@pytest.mark.parametrize("action", ["opened", "synchronize", "labeled", "unlabeled"])
def test_every_action_of_an_open_pull_request_is_a_whole_check(platform, action):
    event = pull_request_event(platform.gh, platform.numbers["outage"], action)

    assert platform.start("pull_request", event, workspace=platform.checkout("outage")).code == 10
    assert status(platform, "outage")[0] == "failure"


def test_a_closed_pull_request_is_left_alone(platform):
    event = pull_request_event(platform.gh, platform.numbers["outage"]) | {"action": "closed"}

    assert platform.start("pull_request", event).code == 0
    assert platform.gh.requests == []


def test_a_merge_group_is_one_deployment_with_a_status_and_no_comment(platform):
    """One pull request brings the function, the next calls it: each is safe alone, together they are not."""
    repo = platform.gh.state.path
    base = platform.head("main")
    add_commit(repo, "first", {FUNCTION: OUTAGE[FUNCTION]}, "Add the function")
    merge_branch(repo, "main", "first", branch="queue")
    add_commit(repo, "queue", {EDGE: OUTAGE[EDGE]}, "Call it")
    head = platform.head("queue")
    ran = platform.start("merge_group", merge_group_event(base, head))

    assert ran.code == 10
    assert statuses(platform, head) == [("failure", "midflight")]
    assert platform.gh.state.comments == []
    assert "create_project_atomic" in ran.summary


def test_approvals_do_not_hold_a_merge_group(platform):
    base = add_commit(
        platform.gh.state.path,
        "main",
        {".github/midflight.yml": "deploys: database-first\nrequire: [team-notified]\n"},
        "Require",
    )
    head = add_commit(platform.gh.state.path, "queue", OUTAGE, "Change")
    platform.start("merge_group", merge_group_event(base, head))

    assert statuses(platform, head) == [("success", "midflight")]


def test_a_merge_group_that_is_gone_is_left_alone(platform):
    ran = platform.start("merge_group", merge_group_event("a" * 40, "b" * 40, "destroyed"))

    assert (ran.code, platform.gh.requests) == (0, [])


def test_a_push_to_the_default_branch_is_one_change_with_a_summary_and_sarif(platform):
    before = platform.head("main")
    after = add_commit(platform.gh.state.path, "main", OUTAGE, "Merge")
    ran = platform.start("push", push_event(before, after), sarif_path="out.sarif")

    assert ran.code == 10
    assert statuses(platform, after) == [("failure", "midflight")]
    assert "create_project_atomic" in ran.summary
    assert "code-before-migration" in (ran.folder / "out.sarif").read_text()
    assert platform.gh.state.comments == []


@pytest.mark.parametrize(
    ("before", "after", "branch", "said"),
    [
        ("a" * 40, "b" * 40, "feature", "not the default branch"),
        ("0" * 40, "b" * 40, "main", "was created"),
        ("a" * 40, "0" * 40, "main", "was deleted"),
    ],
)
def test_a_push_that_names_no_change_is_told(platform, before, after, branch, said):
    ran = platform.start("push", push_event(before, after, branch=branch))

    assert (ran.code, said in ran.log) == (0, True)
    assert platform.gh.state.statuses == []


def test_a_forced_push_compares_what_was_deployed_with_what_is(platform):
    repo = platform.gh.state.path
    start = platform.head("main")
    before = add_commit(repo, "main", OUTAGE, "To be undone")
    run_git(repo, "update-ref", "refs/heads/main", start)
    ran = platform.start("push", push_event(before, start, forced=True))

    assert ran.code == 10
    assert statuses(platform, start) == [("failure", "midflight")]


def test_a_forced_push_over_commits_that_are_gone_is_told(platform):
    ran = platform.start("push", push_event("c" * 40, platform.head("main"), forced=True))

    assert (ran.code, "are gone" in ran.log) == (0, True)


def test_a_push_that_cannot_be_read_sets_the_status_to_error(platform):
    after = platform.head("main")

    assert platform.start("push", push_event("c" * 40, after)).code == 1
    assert statuses(platform, after) == [("error", "midflight")]


@pytest.fixture
def fork(platform):
    platform.gh.state.pulls[platform.numbers["outage"]].fork = "mallory/app"
    return platform


def test_the_second_half_writes_what_a_fork_s_run_may_not(fork):
    first = fork.pull("outage", token=fork.gh.read_only_token())
    assert (first.code, fork.gh.comments(fork.numbers["outage"])) == (10, [])
    head = fork.head("outage")
    ran = fork.start("workflow_run", workflow_run_event(head, "outage", "mallory/app"))

    assert ran.code == 0
    assert statuses(fork, head) == [("failure", "midflight")]
    assert "create_project_atomic" in own(fork, "outage").body


@pytest.mark.parametrize(
    ("sha", "branch", "repository"),
    [
        ("d" * 40, "outage", "mallory/app"),  # a newer commit was pushed
        (None, "outage", "eve/app"),  # another fork's branch of the same name and commit
        (None, "quiet", "mallory/app"),
        (None, "outage", None),  # the fork is gone
    ],
)
def test_the_second_half_finds_only_the_pull_request_with_that_very_head(fork, sha, branch, repository):
    ran = fork.start("workflow_run", workflow_run_event(sha or fork.head("outage"), branch, repository))

    assert ran.code == 0
    assert (fork.gh.state.comments, fork.gh.state.statuses) == ([], [])


def test_the_second_half_runs_nothing_of_the_pull_request(fork):
    ran = fork.start("workflow_run", workflow_run_event(fork.head("outage"), "outage", "mallory/app"), shadow="auto")

    assert ran.code == 0
    assert "nothing of a change is run on" in ran.summary


def test_the_second_half_leaves_alone_what_the_first_has_written(platform):
    platform.pull("outage")
    asked = platform.gh.asked("GET", "tarball")
    ran = platform.start("workflow_run", workflow_run_event(platform.head("outage"), "outage", "octo/app"))

    assert (ran.code, platform.gh.asked("GET", "tarball")) == (0, asked)


def test_a_run_for_another_event_has_no_second_half(platform):
    ran = platform.start("workflow_run", workflow_run_event(platform.head("main"), "main", "octo/app", "push"))

    assert (ran.code, platform.gh.requests) == (0, [])


@pytest.mark.parametrize("name", ["pull-request", "number"])
def test_a_dispatch_with_a_number_checks_that_pull_request_again(platform, name):
    ran = platform.start("workflow_dispatch", dispatch_event(**{name: str(platform.numbers["outage"])}))

    assert ran.code == 10
    assert status(platform, "outage")[0] == "failure"


def test_a_dispatch_with_something_else_than_a_number_is_a_wrong_setting(platform):
    ran = platform.start("workflow_dispatch", dispatch_event(**{"pull-request": "main; rm"}))

    assert (ran.code, "is not the number of a pull request" in ran.log) == (2, True)


@pytest.mark.parametrize("event", ["deployment", "watch"])
def test_an_event_that_is_none_of_ours_passes_with_a_sentence(platform, event):
    ran = platform.start(event, {})

    assert (ran.code, f"Nothing to check on `{event}`" in ran.log) == (0, True)


def test_a_comment_on_an_issue_is_none_of_ours(platform):
    ran = platform.start("issue_comment", {"action": "created", "issue": {"number": 1}, "comment": {"id": 1}})

    assert (ran.code, platform.gh.requests) == (0, [])


def test_an_older_commit_s_run_that_ends_last_overwrites_nothing(platform):
    older = pull_request_event(platform.gh, platform.numbers["outage"])
    workspace = platform.checkout("outage")
    platform.runs += 1
    add_commit(platform.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    platform.pull("outage")
    newest = own(platform, "outage").body
    platform.start("pull_request", older, workspace=workspace)

    assert own(platform, "outage").body == newest


def test_two_jobs_with_keys_of_their_own_keep_a_comment_and_a_status_each(platform):
    platform.pull("outage", comment_key="api")
    platform.pull("outage", comment_key="web", fail_on="never")

    assert len(platform.gh.comments(platform.numbers["outage"])) == 2
    assert statuses(platform, platform.head("outage")) == [("failure", "midflight/api"), ("success", "midflight/web")]
