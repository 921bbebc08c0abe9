"""Waiting for GitHub, but not for ever."""

import pytest

from midflight.errors import PlatformError
from midflight.publish.model import SetStatus, StatusState

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def test_a_limit_that_tells_how_long_is_waited_for(world):
    world.gh.fail("GET", "comments", status=429, headers={"Retry-After": "17"})
    world.client().find_comments(world.number, "midflight")
    assert world.waits.sleeps == [17.0]


def test_a_secondary_limit_without_a_time_is_waited_for_a_minute(world):
    world.gh.fail("GET", "pulls", status=403, message=SECONDARY)
    world.client().pull_request(world.number)
    assert world.waits.sleeps == [60.0]


def test_a_primary_limit_is_waited_for_until_its_reset(world):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(world.waits.time) + 30)}
    world.gh.fail("GET", "pulls", status=403, message="API rate limit exceeded for installation.", headers=headers)
    world.client().pull_request(world.number)
    assert world.waits.sleeps == [31.0]


def test_a_limit_longer_than_the_bound_is_told_at_once(world):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(world.waits.time) + 1465)}
    world.gh.fail("GET", "pulls", status=429, headers=headers)
    with pytest.raises(PlatformError, match="rate limit"):
        world.client().pull_request(world.number)
    assert world.waits.sleeps == []


def test_all_waits_of_a_run_share_one_bound(world):
    client = world.client(max_wait=100.0)
    world.gh.fail("GET", "pulls", status=429, headers={"Retry-After": "60"}, times=2)
    with pytest.raises(PlatformError, match="rate limit"):
        client.pull_request(world.number)
    assert world.waits.waited == 60.0


def test_a_server_that_stays_down_is_given_up(world):
    world.gh.fail("GET", "pulls", status=502, times=99)
    with pytest.raises(PlatformError, match="GitHub answered 502: Server Error"):
        world.client().pull_request(world.number)
    assert world.waits.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_server_that_hangs_up_is_given_up(world):
    world.gh.fail("GET", "pulls", drop=True, times=99)
    with pytest.raises(PlatformError, match=r"GitHub did not answer \(ConnectionError\)") as caught:
        world.client().pull_request(world.number)
    assert caught.value.status == 0


def test_writes_are_a_second_apart(world):
    client = world.client()
    client.upsert_comment(world.comment("report"))
    client.set_status(SetStatus(world.head, StatusState.SUCCESS, "fine"))
    assert world.waits.sleeps == [1.0]


def test_a_wrong_token_is_not_retried_and_never_shown(world):
    client = world.client("ghs_verysecret")
    with pytest.raises(PlatformError, match="did not accept the token") as caught:
        client.find_comments(world.number, "midflight")
    assert caught.value.status == 401
    assert world.waits.sleeps == []
    assert "verysecret" not in f"{caught.value!r} {client!r} {client.__dict__!r}"


def test_a_token_that_github_repeats_is_hidden(world):
    world.gh.fail("GET", "pulls", status=400, message="bad header: token ghs_secret0000")
    with pytest.raises(PlatformError, match=r"bad header: token \*\*\*"):
        world.client().pull_request(world.number)
