"""What a rollback still drops by itself although its table goes as a whole."""

import pytest

from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from support.shadow_runs import ALONE, context_of

SCHEMA = "CREATE TABLE a (id int PRIMARY KEY, x int NOT NULL, y int NOT NULL);"
KEY = "ALTER TABLE b ADD CONSTRAINT b_fk FOREIGN KEY (x, y) REFERENCES a (x, y);"


def undone(migration):
    plan = plan_rollback([context_of(SCHEMA, migration)], [], PlanOptions())
    return [step.sql for step in plan.steps if step.sql]


@pytest.mark.parametrize(
    ("key", "back"),
    [
        ("CREATE UNIQUE INDEX a_key ON a (x, y);", "DROP INDEX IF EXISTS a_key;"),
        ("ALTER TABLE a ADD CONSTRAINT a_key UNIQUE (x, y);", "ALTER TABLE a DROP CONSTRAINT IF EXISTS a_key;"),
    ],
)
def test_a_foreign_key_of_a_new_table_goes_before_the_new_key_it_rests_on(key, back):
    assert undone(f"CREATE TABLE b (x int, y int); {key} {KEY}") == [
        "ALTER TABLE b DROP CONSTRAINT IF EXISTS b_fk;",
        back,
        "DROP TABLE IF EXISTS b;",
    ]


def test_a_foreign_key_of_a_new_table_on_an_old_key_goes_with_its_table():
    key = "ALTER TABLE b ADD CONSTRAINT b_fk FOREIGN KEY (x) REFERENCES a (id);"
    assert undone(f"CREATE TABLE b (x int); CREATE INDEX a_x ON a (x); {key}") == [
        "DROP INDEX IF EXISTS a_x;",
        "DROP TABLE IF EXISTS b;",
    ]


def test_golang_migrate_is_told_the_version_that_stays():
    plan = plan_rollback([context_of(SCHEMA, "ALTER TABLE a ADD COLUMN z int;", folder=ALONE)], [], PlanOptions())
    assert plan.steps[-1].command == f'migrate -path {ALONE} -database "$DATABASE_URL" force 1'
