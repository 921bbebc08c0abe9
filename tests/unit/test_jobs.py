"""Which kind of run an event or the input `command` calls for."""

from typing import get_args

import pytest

from midflight.adapters.event import parse_event
from midflight.jobs.choose import JOBS, chosen, load
from midflight.settings import Settings

PULL = {"pull_request": {"number": 1, "base": {"sha": "a"}, "head": {"sha": "b"}}}


@pytest.mark.parametrize(
    ("event", "payload", "name"),
    [
        ("pull_request", PULL, "check"),
        ("merge_group", {"merge_group": {"base_sha": "a", "head_sha": "b"}}, "check"),
        ("workflow_dispatch", {}, "release-notes"),
        ("watch", {}, ""),
    ],
)
def test_the_event_decides_what_is_run(event, payload, name):
    assert chosen("auto", parse_event(event, payload)) == name


def test_the_input_command_outdoes_the_event():
    assert chosen("release-notes", parse_event("pull_request", PULL)) == "release-notes"


def test_the_input_command_takes_the_name_of_every_kind_of_run():
    assert set(get_args(Settings.model_fields["command"].annotation)) == {"auto", *JOBS}


@pytest.mark.parametrize("name", list(JOBS))
def test_every_kind_of_run_can_be_loaded(name):
    assert callable(load(name))
