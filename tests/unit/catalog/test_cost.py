"""The cost model against the table that a real server is held to as well."""

import pytest

from midflight.catalog.cost import cost_of
from midflight.catalog.cost_model import Lock, Work
from midflight.catalog.cost_scene import total
from support.cost_cases import CASES, Case
from support.schemas import folded, steps_of

VERSIONS = range(12, 19)
CASES_BY_VERSION = [pytest.param(c, v, id=f"{c.title}, {v}") for c in CASES for v in VERSIONS if c.on(v)]


def modelled(case: Case, version: int) -> dict[str, tuple[str, str]]:
    """What the model says of the whole statement."""
    steps = steps_of(case.sql, folded(case.schema))
    cost = total(*(held for step in steps for held in cost_of(step, version=version).held))
    return {held.relation.name: (held.lock.value, held.work.value) for held in cost.held}


@pytest.mark.parametrize(("case", "version"), CASES_BY_VERSION)
def test_an_operation_costs_what_the_table_says(case: Case, version: int) -> None:
    assert modelled(case, version) == case.held


def cost(sql: str, schema: str = "", *, version: int = 18):
    """The cost of a statement with one action."""
    (step,) = steps_of(sql, folded(schema))
    return cost_of(step, version=version)


def test_a_timestamp_keeps_its_rows_only_under_utc_and_the_note_says_so() -> None:
    changed = cost("ALTER TABLE t ALTER COLUMN x TYPE timestamptz", "CREATE TABLE t (x timestamp);")

    assert changed.work is Work.NONE
    assert "TimeZone is UTC" in changed.note


def test_a_function_of_an_extension_counts_as_volatile_with_a_note() -> None:
    schema = "CREATE EXTENSION pg_ulid; CREATE TABLE t (x int);"

    added = cost("ALTER TABLE t ADD COLUMN z text DEFAULT generate_ulid()", schema)

    assert (added.work, "generate_ulid" in added.note) == (Work.REWRITE, True)


def test_a_built_in_function_is_not_taken_for_an_extension_s() -> None:
    schema = "CREATE EXTENSION citext; CREATE TABLE t (x int);"

    assert cost("ALTER TABLE t ADD COLUMN z text DEFAULT upper('a')", schema).work is Work.NONE


def test_a_table_that_no_migration_creates_is_there_all_the_same() -> None:
    (held,) = cost("ALTER TABLE elsewhere ADD COLUMN z serial").held

    assert (held.relation.name, held.lock, held.work) == ("elsewhere", Lock.ACCESS_EXCLUSIVE, Work.REWRITE)


def test_a_type_change_of_a_column_that_nothing_tells_counts_as_a_rewrite_with_a_note() -> None:
    changed = cost("ALTER TABLE elsewhere ALTER COLUMN z TYPE text")

    assert (changed.work, bool(changed.note)) == (Work.REWRITE, True)


def test_a_statement_that_cannot_be_read_says_so() -> None:
    assert cost("ALTER TABLE t FROBNICATE").note.startswith("not analysed: ")


def test_a_table_of_the_same_statement_costs_nothing() -> None:
    assert cost("CREATE TABLE t (id int REFERENCES t2, x int)", "").held == ()


def test_only_the_parent_is_locked_where_the_statement_says_only() -> None:
    schema = "CREATE TABLE m (a int); CREATE TABLE k () INHERITS (m);"

    held = cost("ALTER TABLE ONLY m ALTER COLUMN a SET DEFAULT 3", schema).held

    assert [each.relation.name for each in held] == ["m"]


@pytest.mark.parametrize(
    ("sql", "work"),
    [
        ("ALTER TABLE t SET ACCESS METHOD columnar", Work.REWRITE),
        ("ALTER TABLE t SET TABLESPACE fast", Work.REWRITE),
        ("VACUUM t", Work.SCAN),
        ("VACUUM FULL", Work.REWRITE),
        ("REINDEX DATABASE CONCURRENTLY here", Work.INDEX_BUILD),
        ("REINDEX SCHEMA public", Work.INDEX_BUILD),
        ("ANALYZE t", Work.NONE),
        ("COPY t FROM STDIN", Work.NONE),
        ("DROP SCHEMA public CASCADE", Work.NONE),
    ],
)
def test_what_the_server_of_the_tests_cannot_show_has_its_work_from_the_documentation(sql: str, work: Work) -> None:
    found = cost(sql, "CREATE TABLE t (id int PRIMARY KEY);")

    assert [(h.relation.name, h.work) for h in found.held if h.relation.name == "t"] == [("t", work)]
