"""What the client sends and how it takes odd answers; no server, only recorded responses."""

import json

import pytest
import requests
import responses

from midflight.adapters.github.api import Clock
from midflight.adapters.github.client import GitHub
from midflight.adapters.github.waits import PermissionRefusedError, Refusal
from midflight.errors import PlatformError
from midflight.publish.marker import Marker, marker_line
from midflight.publish.model import UpsertComment

HOST = "https://api.github.com:443"  # PyGithub spells the port out
API = f"{HOST}/repos/octo/app"
TOKEN = "ghs_verysecret"  # noqa: S105 - no real one
NOW = 1_767_225_600.0
PULL = {
    "number": 7,
    "title": "t",
    "html_url": "u",
    "base": {"sha": "b" * 40, "ref": "main"},
    "head": {"sha": "a" * 40, "repo": None},
    "user": None,
}


@pytest.fixture
def web():
    with responses.RequestsMock() as web:
        yield web


@pytest.fixture
def sleeps():
    return []


@pytest.fixture
def client(sleeps):
    with GitHub("octo/app", TOKEN, clock=Clock(sleeps.append, lambda: NOW)) as client:
        yield client


def test_requests_carry_the_token_and_our_name(web, client):
    web.get(f"{API}/pulls/7", json=PULL)
    assert client.pull_request(7).author == ""
    headers = web.calls[0].request.headers
    assert headers["Authorization"] == f"token {TOKEN}"
    assert headers["User-Agent"] == "midflight"


def test_lists_are_asked_for_by_the_hundred(web, client):
    first = responses.matchers.query_param_matcher({"per_page": "100", "page": "1"})
    second = responses.matchers.query_param_matcher({"per_page": "100", "page": "2"})
    url = f"{API}/commits/{'a' * 40}/pulls"
    web.get(url, json=[PULL], match=[first], headers={"Link": f'<{url}?page=2>; rel="next"'})
    web.get(url, json=[PULL | {"number": 8}], match=[second])
    assert [pull.number for pull in client.pulls_for_commit("a" * 40)] == [7, 8]


def test_an_answer_that_was_cut_off_is_asked_for_again(web, client, sleeps):
    web.get(f"{API}/pulls/7", body=json.dumps(PULL)[:50], content_type="application/json")
    web.get(f"{API}/pulls/7", json=PULL)
    assert client.pull_request(7).number == 7
    assert sleeps == [1.0]


def test_an_error_page_that_is_no_json_is_survived(web, client):
    for _ in range(6):
        web.get(f"{API}/pulls/7", body="<html>Unicorn!</html>", status=502, content_type="text/html")
    with pytest.raises(PlatformError, match="GitHub answered 502"):
        client.pull_request(7)


def test_an_html_page_with_success_is_no_pull_request(web, client):
    web.get(f"{API}/pulls/7", body="<html>Sign in</html>", content_type="text/html")
    with pytest.raises(PlatformError, match="not in the shape"):
        client.pull_request(7)


def test_a_redirect_to_another_host_is_refused(web, client):
    web.get(f"{API}/pulls/7", status=301, headers={"Location": "https://evil.example/repositories/1/pulls/7"})
    with pytest.raises(PlatformError, match="GitHub answered 301"):
        client.pull_request(7)
    assert {call.request.url.split("/")[2] for call in web.calls} == {"api.github.com:443"}


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_renamed_repository_is_asked_the_whole_question_where_it_is_now(web, client, status):
    web.get(
        f"{API}/issues/7/comments?per_page=100&page=1",
        status=status,
        headers={"Location": "https://api.github.com/repositories/1/issues/7/comments?per_page=100&page=1"},
    )
    web.get(f"{HOST}/repositories/1/issues/7/comments?per_page=100&page=1", json=[])
    assert client.find_comments(7, "k") == ()


def test_a_redirect_that_leads_back_is_refused(web, client):
    web.get(f"{API}/pulls/7", status=301, headers={"Location": "https://api.github.com/repos/octo/app/pulls/7"})
    with pytest.raises(PlatformError, match="GitHub answered 301"):
        client.pull_request(7)


def test_a_retry_after_may_be_a_date(web, client, sleeps):
    date = "Thu, 01 Jan 2026 00:00:25 GMT"
    web.get(f"{API}/pulls/7", status=429, json={"message": "slow down"}, headers={"Retry-After": date})
    web.get(f"{API}/pulls/7", json=PULL)
    client.pull_request(7)
    assert sleeps == [25.0]


def test_the_archive_s_host_never_sees_the_token_and_errors_never_tell_the_link(web, client):
    link = "https://codeload.github.com/octo/app/legacy.tar.gz/x?token=LINKSECRET"
    web.get(f"{API}/tarball/x", status=302, headers={"Location": link})
    web.get(link, body=b"archive")
    with client.tarball("x") as stream:
        assert stream.read() == b"archive"
    assert "Authorization" not in web.calls[1].request.headers


def test_a_broken_download_never_tells_the_link(web, client):
    link = "https://codeload.github.com/octo/app/legacy.tar.gz/x?token=LINKSECRET"
    web.get(f"{API}/git/trees/x", json={"tree": [], "truncated": False})
    for _ in range(6):
        web.get(f"{API}/tarball/x", status=302, headers={"Location": link})
        web.get(link, body=requests.ConnectionError(f"cannot reach {link}"))
    with pytest.raises(PlatformError, match="did not answer") as caught:
        client.snapshot("x")
    assert "LINKSECRET" not in str(caught.value)


def test_a_validation_error_tells_github_s_details(web, client):
    details = {
        "message": "Validation Failed",
        "errors": [{"field": "data", "code": "x", "message": "Body is too long"}],
    }
    head, body = "a" * 40, marker_line(Marker("k", "a" * 40))
    web.get(f"{API}/issues/7/comments", json=[])
    web.post(f"{API}/issues/7/comments", status=422, json=details)
    with pytest.raises(PlatformError, match=r"GitHub answered 422: Validation Failed: Body is too long\."):
        client.upsert_comment(UpsertComment(7, "k", head, body))


def test_a_comment_of_a_deleted_account_is_nobody_s(web, client):
    body = marker_line(Marker("k", "a" * 40))
    web.get(f"{HOST}/user", status=403, json={"message": "Resource not accessible by integration"})
    web.get(f"{API}/issues/7/comments", json=[{"id": 1, "body": body, "user": None}, {"id": 2, "body": None}])
    assert client.find_comments(7, "k") == ()


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait"),
    [
        (429, "", {}, 60.0),
        (429, "", {"retry-after": "3"}, 3.0),
        (403, "You have exceeded a secondary rate limit", {}, 60.0),
        (403, "Forbidden", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 9)}, 10.0),
        (403, "Resource not accessible by integration", {"x-ratelimit-remaining": "0"}, None),
        (403, "Forbidden", {}, None),
        (503, "", {"retry-after": "5"}, 5.0),
        (500, "", {}, 1.0),
        (0, "ConnectionError", {}, 1.0),
        (401, "", {}, None),
        (404, "", {}, None),
        (422, "", {}, None),
    ],
)
def test_only_what_may_succeed_later_is_waited_for(status, message, headers, wait):
    assert Refusal("GET", "x", status, message, headers).wait(1, NOW) == wait


def test_a_token_without_the_right_is_an_error_of_its_own():
    refused = Refusal("POST", "x", 403, "Resource not accessible by personal access token", {}).error()
    assert isinstance(refused, PermissionRefusedError)
    assert not isinstance(Refusal("POST", "x", 403, "Issue is locked", {}).error(), PermissionRefusedError)
