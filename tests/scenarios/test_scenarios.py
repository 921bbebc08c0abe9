"""Small repositories through the command line: what a pull request from `base/` to `head/` is answered with."""

import pytest

import write_snapshots

SCENARIOS = sorted(path.parent for path in write_snapshots.SCENARIOS.glob("*/base"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_the_answer_is_what_was_agreed(scenario):
    expected = {path.name: path.read_text(encoding="utf-8") for path in (scenario / "expected").iterdir()}

    assert write_snapshots.snapshot(scenario) == expected
