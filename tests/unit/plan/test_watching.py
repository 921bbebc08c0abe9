"""How an answer is held against its threshold, and which queries are run at all."""

from decimal import Decimal

import pytest

from midflight.plan.options import MonitoringOptions
from midflight.plan.watching import Kind, Measure, Measured, Standing, Watch, judge, points_of, wrong_queries
from support.plans import Change

OPTIONS = MonitoringOptions()


def judged(kind, columns, *rows, limit=None):
    return judge(Measure("What", "SELECT 1", kind, limit), columns, rows, OPTIONS)


@pytest.mark.parametrize(
    ("columns", "row", "value", "detail"),
    [
        (("total_calls", "successful", "failed"), (40, 38, 2), 5.0, "2 of 40"),
        (("Calls", "Errors"), (8, 1), 12.5, "1 of 8"),
        (("total", "failed"), (0, None), None, ""),
        (("total", "failed"), (0, 0), 0.0, "no calls"),
        (("share",), (Decimal("7.25"),), 7.25, ""),
        (("share",), (None,), 0.0, "no calls"),
    ],
)
def test_a_rate_is_read_from_two_named_columns_or_from_the_only_one(columns, row, value, detail):
    found = judged(Kind.CALL_FAILURES, columns, row)
    assert (found.value, found.detail) == (value, detail)


@pytest.mark.parametrize(
    ("columns", "rows", "why"),
    [
        (("share",), (), "it gave 0 rows, and a rate takes one"),
        (("share",), ((1,), (2,)), "it gave 2 rows, and a rate takes one"),
        (("share",), (("many",),), "its answer is no number"),
        (("share",), ((float("nan"),),), "its answer is no number"),
        (("share",), ((True,),), "its answer is no number"),
        (("a", "b"), ((1, 2),), "a rate takes the columns 'failed' and 'total', or one column with the percentage"),
    ],
)
def test_an_answer_in_another_shape_is_unknown_and_never_fine(columns, rows, why):
    found = judged(Kind.ERROR_RATE, columns, *rows)
    assert (found.unknown, found.standing) == (why, Standing.UNKNOWN)


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ((), 0.0),
        (((0,),), 0.0),
        (((3,),), 3.0),
        (((None,),), 0.0),
        ((("a",),), 1.0),
        (((1,), (2,)), 2.0),
        (((1, "x"),), 1.0),
    ],
)
def test_a_count_is_the_only_number_or_the_number_of_rows(rows, value):
    columns = ("a", "b")[: len(rows[0]) if rows else 1]
    assert judged(Kind.ORPHANED_ROWS, columns, *rows).value == value


@pytest.mark.parametrize(
    ("kind", "value", "limit", "standing"),
    [
        (Kind.ERROR_RATE, 5, None, Standing.FINE),
        (Kind.ERROR_RATE, 5.01, None, Standing.CROSSED),
        (Kind.CALL_FAILURES, 10, None, Standing.FINE),
        (Kind.CALL_FAILURES, 10.5, None, Standing.CROSSED),
        (Kind.ORPHANED_ROWS, 1, None, Standing.CROSSED),
        (Kind.ORPHANED_ROWS, 1, 3, Standing.FINE),
        (Kind.COUNT, 1_000_000, None, Standing.FINE),
        (Kind.COUNT, 501, 500, Standing.CROSSED),
    ],
)
def test_the_thresholds_are_the_strategys_unless_a_query_has_its_own(kind, value, limit, standing):
    assert judged(kind, ("n",), (value,), limit=limit).standing is standing


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT 1; SELECT 2", "it is 2 statements"),
        ("", ""),
        ("UPDATE t SET a = 1", "it is UPDATE"),
        ("SELECT 1 INTO t", "it makes a table"),
        ("VACUUM", "it is no query"),
        ("SELECT FROM WHERE", "PostgreSQL's grammar does not read it"),
    ],
)
def test_a_query_must_be_one_select(sql, why):
    found = wrong_queries([Measure("a", "SELECT 1"), Measure("b", "SELECT 2", series=sql)])
    assert [each.startswith("monitoring.queries[1].series: must be one SELECT") for each in found] == [True] * bool(why)
    assert all(why in each for each in found)


def test_a_threshold_that_is_crossed_outdoes_what_could_not_be_told():
    crossed = Measured(Measure("Orphans", ""), 2.0, 0.0)
    unknown = Measured(Measure("Calls", ""), unknown="it took too long")
    assert Watch((unknown, crossed)).standing is Standing.CROSSED
    assert Watch((unknown,)).standing is Standing.UNKNOWN
    assert Watch((unknown,)).doubts == ("Calls: it took too long",)
    assert Watch().standing is Standing.FINE


def test_a_curve_has_the_last_column_of_the_last_sixty_rows():
    rows = [("12:00", n) for n in range(100)] + [("13:00", None)]
    assert points_of(rows) == (*(float(n) for n in range(41, 100)), 0.0)


@pytest.mark.parametrize(
    ("update", "columns"),
    [
        ("UPDATE projects SET note = 'x';", ["note"]),
        ("UPDATE projects SET note = 'x' WHERE note IS NULL;", ["note"]),
        ('UPDATE projects SET note = title WHERE "note" is null AND id > 5;', ["note"]),
        ("UPDATE projects SET note = 'x' WHERE title = 'y';", []),
        ("UPDATE projects SET note = o.note FROM others o WHERE o.id = projects.id;", []),
        ("UPDATE projects SET note = (SELECT note FROM others o WHERE o.id = projects.id);", []),
        ("UPDATE projects SET note = 'x'; ALTER TABLE projects ALTER COLUMN note SET NOT NULL;", []),
        ("UPDATE projects SET note = 'x'; ALTER TABLE projects DROP COLUMN note;", []),
    ],
)
def test_a_plan_names_the_columns_that_it_fills_and_leaves_nullable(update, columns):
    plan = Change(migration=f"ALTER TABLE projects ADD COLUMN note text; {update}").plan()
    assert [each.column for each in plan.fillings] == columns
