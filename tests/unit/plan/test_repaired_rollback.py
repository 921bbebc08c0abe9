"""The rollback plan where running an author's down script showed that it is wrong."""

from dataclasses import replace

from midflight.inspection.shown import Shown, WayBack
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from support.shadow_runs import ALONE, context_of

DOWN = "db/migrations/000002_b.down.sql"


def sources(*ways):
    context = context_of("CREATE TABLE a (id int);", "CREATE TABLE b (id int);", down="DROP TABLE a;", folder=ALONE)
    plan = plan_rollback([replace(context, shown=Shown(15, ways_back=ways))], [], PlanOptions())
    return [(step.source, step.sql) for step in plan.steps if step.sql]


def test_a_down_script_stands_in_the_plan():
    assert sources() == [(DOWN, "DROP TABLE a;")]
    assert sources(WayBack(DOWN)) == [(DOWN, "DROP TABLE a;")]


def test_a_wrong_one_that_nothing_replaces_stands_in_the_plan():
    assert sources(WayBack(DOWN, ("table `b` is left behind",))) == [(DOWN, "DROP TABLE a;")]


def test_what_was_computed_stands_in_its_place():
    way = WayBack(DOWN, ("table `b` is left behind",), instead="DROP TABLE IF EXISTS b;")
    assert sources(way) == [("computed", "DROP TABLE IF EXISTS b;")]


def test_an_index_comes_back_behind_its_view_where_views_come_last():
    schema = "CREATE TABLE a (id int); CREATE MATERIALIZED VIEW m AS SELECT * FROM a; CREATE INDEX i ON m (id);"
    context = context_of(schema, "DROP INDEX i; DROP MATERIALIZED VIEW m; ALTER TABLE a ADD COLUMN size int;")
    plan = plan_rollback([context], [], PlanOptions())
    assert [step.sql for step in plan.steps if step.sql] == [
        "ALTER TABLE a DROP COLUMN IF EXISTS size;",
        "CREATE MATERIALIZED VIEW m AS SELECT id FROM a;",
        "CREATE INDEX i ON m USING btree (id);",
    ]
