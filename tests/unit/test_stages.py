"""Settings turned into options of the stages."""

from midflight.settings import read_settings
from midflight.stages import Files, policy

FILE = """ignore:
  - rule: blocking-index
    reason: the table is small until the import
    until: 2026-03-31
  - rule: drop-column
    reason: never deployed
"""


def ignored(date: str) -> list[str]:
    settings = read_settings({}, configuration=FILE)
    found = policy(settings, Files(FILE), today=date)
    return [ignore.rule for ignore in found.ignores if not ignore.ended]


def test_an_ignore_counts_up_to_its_last_day_and_no_longer():
    assert ignored("2026-03-31") == ["blocking-index", "drop-column"]
    assert ignored("2026-04-01") == ["drop-column"]


def test_a_rule_that_is_off_has_no_level():
    settings = read_settings({}, configuration="rules: {drop-column: off, blocking-index: note}\n")

    assert {
        rule: level and level.value for rule, level in policy(settings, Files(), today="2026-01-01").levels.items()
    } == {
        "drop-column": None,
        "blocking-index": "note",
    }
