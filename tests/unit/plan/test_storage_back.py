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
