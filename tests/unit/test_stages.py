"""Settings turned into options of the stages."""

from midflight.report.model import Subject
from midflight.settings import read_settings
from midflight.stages import policy

FILE = """ignore:
  - rule: blocking-index
    reason: the table is small until the import
    until: 2026-03-31
  - rule: drop-column
    reason: never deployed
"""


def ignored(date: str) -> list[str]:
    settings = read_settings({}, configuration=FILE)
    return [ignore.rule for ignore in policy(settings, Subject(base="b", head="h", date=date)).ignores]


def test_an_ignore_counts_up_to_its_last_day_and_no_longer():
    assert ignored("2026-03-31") == ["blocking-index", "drop-column"]
    assert ignored("2026-04-01") == ["drop-column"]


def test_a_rule_that_is_off_has_no_level():
    settings = read_settings({}, configuration="rules: {drop-column: off, blocking-index: note}\n")

    assert {rule: level and level.value for rule, level in policy(settings, Subject("b", "h")).levels.items()} == {
        "drop-column": None,
        "blocking-index": "note",
    }
