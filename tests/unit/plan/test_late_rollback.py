"""What a rollback gives back later than its turn, because it names what another step gives back."""

from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from support.shadow_runs import context_of

TABLES = "CREATE TABLE a (id int, kind text); CREATE TABLE b (id int, kind text);"
VIEW = "CREATE VIEW v AS SELECT a.id, a.kind FROM a JOIN b ON a.id = b.id;"


def undone(schema, migration):
    plan = plan_rollback([context_of(schema, migration)], [], PlanOptions())
    return [step.sql.split(" AS ")[0] for step in plan.steps if step.sql]


def test_a_view_waits_for_the_column_that_it_names():
    migration = "ALTER TABLE a RENAME COLUMN kind TO old; DROP VIEW v; ALTER TABLE a ADD COLUMN kind text;"
    assert undone(TABLES + VIEW, migration) == [
        "ALTER TABLE a DROP COLUMN IF EXISTS kind;",
        "ALTER TABLE a RENAME COLUMN old TO kind;",
        "CREATE OR REPLACE VIEW v",
    ]


def test_a_view_whose_text_has_followed_the_rename_comes_back_at_its_turn():
    schema = "CREATE TABLE a (id int, kind text); CREATE VIEW v AS SELECT id, kind FROM a;"
    assert undone(schema, "ALTER TABLE a RENAME COLUMN kind TO old; DROP VIEW v;") == [
        "CREATE OR REPLACE VIEW v (id, kind)",
        "ALTER TABLE a RENAME COLUMN old TO kind;",
    ]


def routine(name, body, language="sql"):
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS int LANGUAGE {language} AS $$ {body} $$;"


def test_a_body_in_sql_waits_for_the_routine_that_it_calls():
    schema = routine("called", "SELECT 1") + routine("caller", "SELECT called()")
    assert undone(schema, "DROP FUNCTION called(); " + routine("caller", "SELECT 2")) == [
        "CREATE OR REPLACE FUNCTION called() RETURNS int LANGUAGE sql",
        "CREATE OR REPLACE FUNCTION caller() RETURNS int LANGUAGE sql",
    ]


def test_a_body_that_no_one_checks_comes_back_at_its_turn():
    schema = routine("called", "SELECT 1") + routine("caller", "BEGIN RETURN called(); END", "plpgsql")
    assert undone(schema, "DROP FUNCTION called(); " + routine("caller", "BEGIN RETURN 2; END", "plpgsql")) == [
        "CREATE OR REPLACE FUNCTION caller() RETURNS int LANGUAGE plpgsql",
        "CREATE OR REPLACE FUNCTION called() RETURNS int LANGUAGE sql",
    ]
