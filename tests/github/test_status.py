"""The commit status that gates the merge."""

import pytest

from midflight.publish.model import SetStatus, StatusState

RUN = "https://github.com/octo/app/actions/runs/7"


def status(world, state=StatusState.SUCCESS, description="Safe to deploy", **more):
    return SetStatus(world.head, state, description, **more)


def states(world):
    return [item["state"] for item in world.gh.statuses(world.head)]


def test_a_status_is_set_on_the_head_commit(world):
    world.client().set_status(status(world, url=RUN))
    [item] = world.gh.statuses(world.head)
    assert (item["context"], item["description"], item["target_url"]) == ("midflight", "Safe to deploy", RUN)


def test_the_same_status_is_not_set_twice(world):
    for _ in range(3):
        world.client().set_status(status(world, url=RUN))
    assert states(world) == ["success"]


def test_a_changed_status_is_set_again(world):
    client = world.client()
    for state in (StatusState.FAILURE, StatusState.SUCCESS, StatusState.FAILURE):
        client.set_status(status(world, state))
    assert states(world) == ["failure", "success", "failure"]


def test_a_status_of_another_context_is_another_status(world):
    client = world.client()
    client.set_status(status(world, context="midflight / api"))
    client.set_status(status(world, context="midflight / web"))
    assert len(states(world)) == 2


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": True}])
@pytest.mark.parametrize("after", [True, False])
def test_a_lost_answer_leaves_one_status(world, fault, after):
    world.gh.fail("POST", "statuses", after=after, **fault)
    world.client().set_status(status(world))
    assert states(world) == ["success"]


def test_a_description_over_the_limit_is_cut(world):
    client = world.client()
    for _ in range(2):
        client.set_status(status(world, description="x" * 200))
    assert [len(item["description"]) for item in world.gh.statuses(world.head)] == [140]
