"""Events as GitHub sends them, and as it should not."""

import json
from pathlib import Path

import pytest

from midflight.adapters.event import (
    Dispatch,
    MergeGroup,
    Other,
    PullRequest,
    Push,
    head_of,
    named_pull,
    parse_event,
    read_event,
)
from midflight.errors import SourceError

EVENTS = Path(__file__).parents[2] / "data" / "github" / "events"


def payload(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_a_pull_request_of_the_repository_itself():
    event = parse_event("pull_request", payload("pull_request.synchronize"))
    assert isinstance(event, PullRequest)
    assert (event.action, event.fork, event.draft, event.number) == ("synchronize", False, False, 2)
    assert event.repository == event.head_repo == "Codertocat/Hello-World"
    assert event.base_ref == "master"
    assert len(event.base_sha) == len(event.head_sha) == 40


def test_a_pull_request_from_a_fork():
    found = payload("pull_request.opened")
    found["pull_request"]["head"]["repo"]["full_name"] = "mallory/Hello-World"
    event = parse_event("pull_request", found)
    assert (event.fork, event.head_repo) == (True, "mallory/Hello-World")


def test_a_pull_request_from_a_fork_that_was_deleted():
    found = payload("pull_request.opened")
    found["pull_request"]["head"]["repo"] = None
    event = parse_event("pull_request", found)
    assert (event.fork, event.head_repo) == (True, None)


def test_the_target_variant_is_told_apart():
    assert parse_event("pull_request_target", payload("pull_request.opened")).event == "pull_request_target"


def test_labels_are_names():
    found = payload("pull_request.opened")
    found["pull_request"]["labels"] = [{"name": "expand"}, "odd", {"name": "contract"}]
    assert parse_event("pull_request", found).labels == ("expand", "contract")


def test_a_merge_group_is_one_change():
    group = payload("merge_group.checks_requested")
    expected = MergeGroup(group["merge_group"]["base_sha"], group["merge_group"]["head_sha"])
    assert parse_event("merge_group", group) == expected


def test_a_dispatch_has_its_inputs_as_texts():
    found = {"inputs": {"from": "v1", "dry_run": True, "count": 3, "empty": None}, "ref": "refs/heads/main"}
    expected = {"from": "v1", "dry_run": "true", "count": "3", "empty": ""}
    assert parse_event("workflow_dispatch", found) == Dispatch(expected, "refs/heads/main")


def test_a_dispatch_without_inputs():
    assert parse_event("workflow_dispatch", {"inputs": None, "ref": "refs/heads/main"}).inputs == {}


def test_a_push_of_a_new_branch_has_no_before():
    found = {"before": "0" * 40, "after": "a" * 40, "ref": "refs/heads/x"}
    assert parse_event("push", found) == Push("", "a" * 40, "refs/heads/x")


@pytest.mark.parametrize("name", ["issue_comment", "watch", "deployment", ""])
def test_other_events_name_no_change(name):
    assert parse_event(name, {}) == Other(name)


@pytest.mark.parametrize("found", [{}, {"pull_request": None}, {"pull_request": []}, {"pull_request": {"number": "7"}}])
def test_a_pull_request_event_without_its_facts_says_which(found):
    with pytest.raises(SourceError, match="The event has no `"):
        parse_event("pull_request", found)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_an_unreadable_event_file_says_where(tmp_path, text):
    path = tmp_path / "event.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"event\.json: The event file cannot be read\."):
        read_event("pull_request", path)


def test_an_event_file_is_read(tmp_path):
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"inputs": {"to": "v2"}}))
    assert read_event("workflow_dispatch", path) == Dispatch({"to": "v2"})


def test_a_tick_names_who_made_it_and_the_text_before():
    found = payload("issue_comment.edited")
    found["issue"]["pull_request"] = {"url": "https://api.github.com/repos/o/a/pulls/1"}
    event = parse_event("issue_comment", found)

    assert (event.action, event.sender, event.person, event.before) == (
        "edited",
        "Codertocat",
        True,
        "You are totally right! I'll get this fixed right away.",
    )
    assert event.at == found["comment"]["updated_at"]


def test_a_comment_on_an_issue_is_no_event_of_ours():
    assert parse_event("issue_comment", payload("issue_comment.edited")) == Other("issue_comment")


def test_a_push_knows_the_default_branch_and_force():
    found = payload("push") | {"before": "b" * 40, "after": "a" * 40, "ref": "refs/heads/master", "forced": True}

    assert parse_event("push", found) == Push("b" * 40, "a" * 40, "refs/heads/master", default=True, forced=True)
    assert not parse_event("push", found | {"ref": "refs/tags/master"}).default


def test_a_run_that_is_over_names_the_fork_and_its_commit():
    found = payload("workflow_run.completed")
    event = parse_event("workflow_run", found)

    assert (event.head_sha, event.head_branch) == (found["workflow_run"]["head_sha"], "master")
    found["workflow_run"]["head_repository"] = None
    assert parse_event("workflow_run", found).head_repository is None


@pytest.mark.parametrize(
    ("name", "found", "sha"),
    [
        ("merge_group", {"merge_group": {"base_sha": "b", "head_sha": "h"}}, "h"),
        ("push", {"after": "a", "ref": "refs/heads/main", "repository": {"default_branch": "main"}}, "a"),
        ("push", {"after": "a", "ref": "refs/heads/x", "repository": {"default_branch": "main"}}, ""),
        ("workflow_dispatch", {}, ""),
    ],
)
def test_a_status_of_a_failed_run_goes_to_the_commit_of_the_event(name, found, sha):
    assert head_of(parse_event(name, found)) == sha


@pytest.mark.parametrize(
    ("inputs", "named"), [({"pull-request": " 7 "}, "7"), ({"number": "8"}, "8"), ({"pull-request": ""}, ""), ({}, "")]
)
def test_a_dispatch_may_name_a_pull_request(inputs, named):
    assert named_pull(inputs) == named
