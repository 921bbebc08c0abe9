"""The fake is strict: what GitHub would refuse is refused, and a breach of its description is kept."""

import pytest
import requests

from midflight.adapters.event import Dispatch, parse_event
from support.fake_github import description, routes
from support.fake_github.events import dispatch_event, pull_request_event
from support.fake_github.server import FakeGitHub
from support.repositories import make_repository, run_git


@pytest.fixture
def gh(tmp_path):
    with FakeGitHub(make_repository(tmp_path / "app", {"a": "1"}, feature={"b": "2"})) as gh:
        gh.open_pull("feature")
        yield gh


def ask(gh, method, path, *, token="", **more):
    headers = {"Authorization": f"token {token or gh.token()}"}
    return requests.request(method, f"{gh.url}/repos/octo/app/{path}", headers=headers, timeout=10, **more)


def test_a_state_that_github_does_not_know_is_a_violation(gh):
    sha = run_git(gh.state.path, "rev-parse", "feature")
    assert ask(gh, "POST", f"statuses/{sha}", json={"state": "ok"}).status_code == 422
    assert "'ok' is not one of" in gh.violations[0]


def test_a_body_that_is_missing_is_a_violation(gh):
    assert ask(gh, "POST", "issues/1/comments", json={"text": "x"}).status_code == 422
    assert len(gh.violations) == 1


def test_an_operation_that_github_does_not_describe_is_a_violation(gh):
    ask(gh, "GET", "secrets")
    assert "PathNotFound" in gh.violations[0]


def test_a_response_of_the_wrong_shape_is_a_violation(gh, monkeypatch):
    monkeypatch.setattr(routes.objects, "comment", lambda item: {"id": "one"})
    ask(gh, "POST", "issues/1/comments", json={"body": "x"})
    assert gh.violations[0].startswith("response POST /repos/octo/app/issues/1/comments 201")


def test_a_comment_over_the_limit_is_refused_in_github_s_words(gh):
    answer = ask(gh, "POST", "issues/1/comments", json={"body": "x" * 65_537})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "Body is too long (maximum is 65536 characters)"
    assert ask(gh, "POST", "issues/1/comments", json={"body": "x" * 65_536}).status_code == 201


def test_a_description_over_the_limit_is_refused(gh):
    sha = run_git(gh.state.path, "rev-parse", "feature")
    body = {"state": "success", "description": "x" * 141}
    assert ask(gh, "POST", f"statuses/{sha}", json=body).json()["errors"][0]["field"] == "description"


def test_pages_are_linked_and_never_over_a_hundred(gh):
    for count in range(101):
        gh.add_comment(1, "ada", str(count))
    first = ask(gh, "GET", "issues/1/comments?per_page=500")
    assert len(first.json()) == 100
    second = requests.get(first.links["next"]["url"], headers=first.request.headers, timeout=10)
    assert [item["body"] for item in second.json()] == ["100"]
    assert "next" not in second.links


def test_a_fork_s_token_reads_and_does_not_write(gh):
    token = gh.read_only_token()
    assert ask(gh, "GET", "issues/1/comments", token=token).status_code == 200
    refused = ask(gh, "POST", "issues/1/comments", token=token, json={"body": "x"})
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")


@pytest.mark.parametrize(
    "path", ["pulls/1", "pulls/1/files", "pulls/1/commits", "commits/main", "compare/main...feature", "git/trees/main"]
)
def test_what_it_reads_from_git_satisfies_github_s_description(gh, path):
    assert ask(gh, "GET", path).status_code == 200
    assert gh.violations == []


def test_labels_are_kept(gh):
    ask(gh, "POST", "issues/1/labels", json={"labels": ["expand"]})
    assert [label["name"] for label in ask(gh, "GET", "pulls/1").json()["labels"]] == ["expand"]
    assert gh.violations == []


def test_every_route_is_described(gh):
    for found in routes.ROUTES:
        path = found.pattern.pattern.replace("\\.", ".").replace("(?P<", "{").replace(">[^/]+)", "}")
        assert any(description.is_described(found.method, path, status) for status in (200, 201, 204, 302)), path


def test_events_are_about_the_fake_s_own_repository(gh):
    event = parse_event("pull_request", pull_request_event(gh, 1))
    assert event.head_sha == run_git(gh.state.path, "rev-parse", "feature")
    assert event.base_sha == run_git(gh.state.path, "rev-parse", "main")
    assert not event.fork
    assert parse_event("workflow_dispatch", dispatch_event(to="v2")) == Dispatch({"to": "v2"}, ref="refs/heads/master")
