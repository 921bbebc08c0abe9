"""What takes an option of a table back, and where the history does not tell."""

import pytest

from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from support.shadow_runs import context_of

SCHEMA = "CREATE TABLE a (id int); ALTER TABLE a SET (fillfactor = 70); CREATE VIEW v AS SELECT id FROM a;"


@pytest.mark.parametrize(
    ("migration", "back"),
    [
        ("ALTER TABLE a SET (fillfactor = 80);", "ALTER TABLE a SET (fillfactor = 70);"),
        ("ALTER TABLE a SET (autovacuum_enabled = off);", "ALTER TABLE a RESET (autovacuum_enabled);"),
        ("ALTER TABLE a REPLICA IDENTITY NOTHING;", "ALTER TABLE a REPLICA IDENTITY DEFAULT;"),
        (
            "ALTER TABLE unknown SET (fillfactor = 80);",
            "-- The previous value of SET (fillfactor) of `unknown` is not in the history; nothing breaks if it stays.",
        ),
    ],
)
def test_an_option_goes_back_to_what_the_history_says(migration, back):
    plan = plan_rollback([context_of(SCHEMA, migration)], [], PlanOptions())
    assert [step.sql for step in plan.steps if step.sql] == [back]


@pytest.mark.parametrize(
    ("migration", "back"),
    [
        (
            "ALTER TABLE b SET (fillfactor = 80, autovacuum_enabled = on);",
            "ALTER TABLE b SET (fillfactor = 70), RESET (autovacuum_enabled);",
        ),
        ("ALTER TABLE b SET (toast.autovacuum_enabled = on);", "ALTER TABLE b SET (toast.autovacuum_enabled = false);"),
        ("ALTER TABLE b RESET (fillfactor);", "ALTER TABLE b SET (fillfactor = 70);"),
    ],
)
def test_an_option_that_create_table_gave_comes_back(migration, back):
    schema = "CREATE TABLE b (id int) WITH (fillfactor = 70, toast.autovacuum_enabled = false);"
    plan = plan_rollback([context_of(schema, migration)], [], PlanOptions())
    assert [step.sql for step in plan.steps if step.sql] == [back]


def test_an_option_that_create_table_as_gave_comes_back():
    schema = "CREATE TABLE b WITH (fillfactor = 70, oids = false) AS SELECT 1 AS id;"
    plan = plan_rollback([context_of(schema, "ALTER TABLE b RESET (fillfactor);")], [], PlanOptions())
    assert [step.sql for step in plan.steps if step.sql] == ["ALTER TABLE b SET (fillfactor = 70);"]


def test_a_dropped_table_comes_back_with_the_options_it_was_made_with():
    plan = plan_rollback(
        [context_of("CREATE TABLE b (id int) WITH (fillfactor = 70);", "DROP TABLE b;")], [], PlanOptions()
    )
    assert "ALTER TABLE b SET (fillfactor = 70);" in plan.steps[1].sql
