"""The loop: levels, suppressions, order."""

from midflight.inspection.finding import Finding, Level
from midflight.inspection.run import Policy, inspect
from midflight.inspection.suppress import Ignore
from midflight.rules import load_rules
from support.examples import assess_files

HISTORY = "supabase/migrations/20240101000000_schema.sql"
PENDING = "supabase/migrations/20240201000000_change.sql"
TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
INDEX = "CREATE INDEX projects_title ON projects (title);"


def findings(migration: str, policy: Policy | None = None) -> tuple[Finding, ...]:
    found = assess_files({HISTORY: TABLE}, {HISTORY: TABLE, PENDING: migration})
    return inspect(found.contexts, load_rules(), policy or Policy(levels={}))


def test_a_comment_with_a_reason_suppresses_and_the_finding_stays() -> None:
    found = findings(f"-- midflight: ignore[blocking-index] the table has ten rows\n{INDEX}")

    assert [(f.rule, f.suppressed.reason if f.suppressed else "") for f in found] == [
        ("blocking-index", "the table has ten rows")
    ]


def test_a_trailing_comment_suppresses_too() -> None:
    found = findings(f"{INDEX} -- midflight: ignore[blocking-index] small\n")

    assert [f.suppressed is not None for f in found] == [True]


def test_a_suppression_without_a_reason_does_not_count_and_is_told() -> None:
    found = findings(f"-- midflight: ignore[blocking-index]\n{INDEX}")

    assert {(f.rule, f.suppressed is None) for f in found} == {("blocking-index", True), ("suppression", True)}


def test_a_suppression_of_nothing_is_told() -> None:
    found = findings("-- midflight: ignore[drop-column] done\nALTER TABLE projects ADD COLUMN x text;")

    assert [(f.rule, f.object) for f in found] == [("suppression", "drop-column")]
    assert "matches no finding" in found[0].message


def test_the_configuration_ignores_by_rule_path_and_object() -> None:
    ignore = Ignore("blocking-index", "nightly", ".github/midflight.yml", "supabase/migrations/*", "projects")

    assert [f.suppressed is not None for f in findings(INDEX, Policy({}, (ignore,)))] == [True]


def test_an_ignore_for_another_object_leaves_the_finding() -> None:
    ignore = Ignore("blocking-index", "nightly", ".github/midflight.yml", "**", "orders")

    assert [f.suppressed for f in findings(INDEX, Policy({}, (ignore,)))] == [None]


def test_a_team_sets_the_level_of_a_rule_or_switches_it_off() -> None:
    assert [f.level for f in findings(INDEX, Policy({"blocking-index": Level.NOTE}))] == [Level.NOTE]
    assert findings(INDEX, Policy({"blocking-index": None})) == ()


def test_a_fingerprint_survives_other_lines_above_the_statement() -> None:
    first = findings(INDEX)[0]
    second = findings(f"-- a comment\n\n{INDEX}")[0]

    assert first.place.line != second.place.line
    assert first.fingerprint == second.fingerprint
