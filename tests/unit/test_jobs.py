"""Which kind of run an event or the input `command` calls for."""

from pathlib import Path
from typing import get_args

import pytest

from midflight.adapters.event import parse_event
from midflight.jobs.choose import JOBS, chosen, load
from midflight.plan.approval import REQUIRABLE
from midflight.settings import Settings
from support.plans import Change

PULL = {"pull_request": {"number": 1, "base": {"sha": "a"}, "head": {"sha": "b"}}}


@pytest.mark.parametrize(
    ("event", "payload", "name"),
    [
        ("pull_request", PULL, "check"),
        ("merge_group", {"merge_group": {"base_sha": "a", "head_sha": "b"}}, "check"),
        ("push", {"ref": "refs/heads/main"}, "check"),
        ("workflow_run", {"workflow_run": {"head_sha": "a"}}, "check"),
        ("issue_comment", {"issue": {"number": 1, "pull_request": {}}, "comment": {"id": 1}}, "comment"),
        ("schedule", {}, "contractions"),
        ("workflow_dispatch", {}, "release-notes"),
        ("workflow_dispatch", {"inputs": {"number": "7"}}, "check"),
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


def test_the_setting_require_takes_every_item_of_the_approval_list_and_the_page_tells_them():
    (names,) = {args[0] for args in [get_args(Settings.model_fields["require"].annotation)]}
    page = (Path(__file__).parents[2] / "docs" / "github.md").read_text(encoding="utf-8")
    plan = Change(migration="ALTER TABLE projects ADD COLUMN note text;").plan()
    (approval, *_) = plan.checklists

    assert list(get_args(names)) == list(REQUIRABLE)
    assert [item.id for item in approval.items] == list(REQUIRABLE.values())
    assert [name for name in REQUIRABLE if f"| `{name}` | " not in page] == []
