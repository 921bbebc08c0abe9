"""Code of other repositories: what it uses breaks like old code."""

import pytest

from midflight.compatibility.consumers import Consumer
from midflight.compatibility.model import State
from midflight.inspection.assess import Assessment, Scope
from midflight.references.model import Place
from support.examples import assess_files

SCHEMA = """CREATE SCHEMA billing;
CREATE TABLE invoices (id bigint PRIMARY KEY, total integer, note text);
CREATE TABLE billing.plans (id bigint PRIMARY KEY, price numeric);
CREATE FUNCTION due(day date) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
"""
BASE = {"supabase/migrations/20240101000000_schema.sql": SCHEMA}


def assessed(sql: str, *uses: str) -> Assessment:
    places = tuple((name, Place(".github/midflight.yml", number)) for number, name in enumerate(uses, 1))
    scope = Scope(consumers=(Consumer("billing service", "acme/billing", places),))
    return assess_files(BASE, {**BASE, "supabase/migrations/20240201000000_change.sql": sql}, scope)


def broken(sql: str, *uses: str) -> list[tuple[str, str, int]]:
    breaks = assessed(sql, *uses).matrix.old_new.breaks
    assert {b.runs_on.consumer for b in breaks} <= {"billing service in acme/billing"}
    return [(b.kind.value, b.object, b.place.line) for b in breaks]


@pytest.mark.parametrize(
    ("sql", "use", "expected"),
    [
        ("DROP TABLE invoices;", "invoices", ("missing-table", "invoices", 1)),
        ("DROP TABLE invoices;", "public.invoices.total", ("missing-table", "invoices", 1)),
        ("ALTER TABLE invoices RENAME TO bills;", "invoices", ("missing-table", "invoices", 1)),
        ("ALTER TABLE invoices DROP COLUMN total;", "invoices.total", ("missing-column", "invoices.total", 1)),
        ("ALTER TABLE invoices RENAME COLUMN total TO sum;", "invoices.total", ("missing-column", "invoices.total", 1)),
        ("ALTER TABLE invoices ALTER total TYPE text;", "invoices.total", ("type", "invoices.total", 1)),
        ("DROP TABLE billing.plans;", "billing.plans", ("missing-table", "billing.plans", 1)),
        (
            "ALTER TABLE billing.plans DROP COLUMN price;",
            "billing.plans.price",
            ("missing-column", "billing.plans.price", 1),
        ),
        ("DROP FUNCTION due(date);", "due", ("missing-routine", "due", 1)),
        ("DROP FUNCTION due(date);", "public.due()", ("missing-routine", "due", 1)),
    ],
)
def test_what_a_consumer_uses_breaks_as_if_old_code_named_it(sql, use, expected):
    assert broken(sql, use) == [expected]


@pytest.mark.parametrize(
    ("sql", "use"),
    [
        ("ALTER TABLE invoices DROP COLUMN note;", "invoices"),
        ("ALTER TABLE invoices DROP COLUMN note;", "invoices.total"),
        ("ALTER TABLE invoices ADD COLUMN paid boolean;", "invoices"),
        ("DROP TABLE billing.plans;", "invoices"),
    ],
)
def test_what_a_consumer_does_not_use_breaks_nothing(sql, use):
    assert broken(sql, use) == []


def test_a_consumer_forces_nothing_on_new_code():
    found = assessed("ALTER TABLE invoices DROP COLUMN total;", "invoices.total").matrix

    assert found.old_new.state is State.BREAKS
    assert (found.new_old.state, found.new_new.state) == (State.HOLDS, State.HOLDS)


def test_an_object_that_is_not_there_today_is_shown_as_out_of_date():
    found = assessed("ALTER TABLE invoices DROP COLUMN note;", "bills").matrix

    assert found.old_new.breaks == ()
    assert [(d.reason, d.place and d.place.line) for d in found.old_old.doubts] == [
        ("bills: the table does not exist, before this change too", 1)
    ]
