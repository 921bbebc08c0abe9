import pytest

from midflight.plan.build import build_plan
from midflight.plan.model import Reversibility, Speed
from midflight.plan.options import MergeMethod, PlanOptions
from midflight.plan.rollback import is_empty
from support.examples import assess_files
from support.plans import CHANGE, PROJECTS, Change, database_sql, typescript

FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
CALL = "await supabase.rpc('create_project', { title: 'x' });"
INSERT = "await supabase.from('projects').insert({ id: 1, title: 'x' });"
OLD = typescript(INSERT)
FLAGGED = typescript(f"if (Deno.env.get('USE_ATOMIC_CREATION') === 'true') {{ {CALL} }} else {{ {INSERT} }}")
INVERTED = typescript(f"if (Deno.env.get('KEEP_OLD') === 'true') {{ {INSERT} }} else {{ {CALL} }}")
NODE = typescript(f"if (process.env.USE_NEW === 'true') {{ {CALL} }} else {{ {INSERT} }}")


def steps(plan, speed):
    return [step for step in plan.rollback.steps if step.speed is speed]


def test_the_steps_come_fastest_first():
    plan = Change(FUNCTION, old=OLD, new=FLAGGED).plan()
    assert [(s.speed, s.time) for s in plan.rollback.steps] == [
        (Speed.FLAG, "instant, no deployment needed"),
        (Speed.CODE, "about 2 minutes"),
        (Speed.DATABASE, "about 10 minutes, last resort"),
        (Speed.DATABASE, "about 10 minutes, last resort"),
    ]


@pytest.mark.parametrize(
    ("new", "options", "do", "command"),
    [
        (FLAGGED, {}, "Set `USE_ATOMIC_CREATION` to false.", "supabase secrets set USE_ATOMIC_CREATION=false"),
        (INVERTED, {}, "Set `KEEP_OLD` to true.", "supabase secrets set KEEP_OLD=true"),
        (
            NODE,
            {},
            "Set `USE_NEW` to false in the environment of the service, and let it read its environment again.",
            "export USE_NEW=false",
        ),
        (
            FLAGGED,
            {"flag_command": "flags off {flag}"},
            "Set `USE_ATOMIC_CREATION` to false.",
            "flags off USE_ATOMIC_CREATION",
        ),
    ],
)
def test_a_flag_is_switched_by_its_real_name(new, options, do, command):
    (step,) = steps(Change(FUNCTION, old=OLD, new=new).plan(**options), Speed.FLAG)
    assert (step.do, step.command) == (do, command)


def test_the_name_of_a_flag_cannot_leave_its_command():
    hostile = typescript(f"if (Deno.env.get('X; rm -rf ~') === 'true') {{ {CALL} }} else {{ {INSERT} }}")
    (step,) = steps(Change(FUNCTION, old=OLD, new=hostile).plan(), Speed.FLAG)
    assert step.command == "supabase secrets set 'X; rm -rf ~=false'"


@pytest.mark.parametrize(
    ("options", "command"),
    [
        ({}, "git revert --no-edit <squash commit>\ngit push origin main"),
        ({"merged": "abc123", "branch": "release"}, "git revert --no-edit abc123\ngit push origin release"),
        (
            {"merge_method": MergeMethod.MERGE, "merged": "abc123"},
            "git revert --no-edit -m 1 abc123\ngit push origin main",
        ),
        (
            {"merge_method": MergeMethod.REBASE, "base": "aaa", "head": "bbb"},
            "git revert --no-edit aaa..bbb\ngit push origin main",
        ),
    ],
)
def test_the_code_is_reverted_as_it_was_merged(options, command):
    (step,) = steps(Change(FUNCTION, old=OLD, new=FLAGGED).plan(**options), Speed.CODE)
    assert step.command == command


def test_reverting_the_code_is_enough_where_old_code_holds_on_the_new_schema():
    plan = Change(FUNCTION, old=OLD, new=typescript(CALL)).plan()
    (step,) = steps(plan, Speed.CODE)
    assert step.do == "Revert the code. That alone is enough: old code holds on the new schema, the database can stay."
    assert steps(plan, Speed.DATABASE)[0].note == "Usually not needed: old code holds on the new schema."


def test_reverting_the_code_is_not_enough_where_old_code_needs_what_is_gone():
    old = typescript("await supabase.from('projects').select('id, status');")
    (step,) = steps(Change("ALTER TABLE projects DROP COLUMN status;", old=old, new=OLD).plan(), Speed.CODE)
    assert step.do == (
        "Revert the code. That alone is not enough: old code breaks on the new schema (`projects.status`), "
        "so roll the database back right after."
    )


def test_statements_are_undone_in_reverse_order_one_step_each():
    change = Change("ALTER TABLE projects ADD COLUMN a text; ALTER TABLE projects RENAME COLUMN title TO name;")
    assert database_sql(change.plan()) == [
        "ALTER TABLE projects RENAME COLUMN name TO title;",
        "ALTER TABLE projects DROP COLUMN IF EXISTS a;",
    ]


def test_the_actions_of_one_statement_are_undone_in_one_step():
    change = Change("ALTER TABLE projects ADD COLUMN a text, ALTER COLUMN size SET DEFAULT 1;")
    assert database_sql(change.plan()) == [
        "ALTER TABLE projects ALTER COLUMN size DROP DEFAULT;\nALTER TABLE projects DROP COLUMN IF EXISTS a;"
    ]


def test_what_hangs_on_a_new_table_goes_with_it():
    change = Change(
        "CREATE TABLE notes (id integer); CREATE INDEX ON notes (id); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON notes USING (true); GRANT SELECT ON notes TO anon; INSERT INTO notes VALUES (1);"
    )
    assert database_sql(change.plan()) == ["DROP TABLE IF EXISTS notes;"]


def test_a_trigger_on_a_new_table_is_dropped_before_its_new_function():
    change = Change(
        "CREATE TABLE notes (id integer);"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
        "CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION f();"
    )
    assert database_sql(change.plan()) == [
        "DROP TRIGGER IF EXISTS t ON notes;",
        "DROP FUNCTION IF EXISTS f();",
        "DROP TABLE IF EXISTS notes;",
    ]


def test_a_backfill_of_a_new_column_goes_with_the_column():
    change = Change("ALTER TABLE projects ADD COLUMN slug text; UPDATE projects SET slug = title;")
    plan = change.plan()
    assert database_sql(plan) == ["ALTER TABLE projects DROP COLUMN IF EXISTS slug;"]
    assert plan.rollback.grade is Reversibility.LOSSY


def test_the_grade_is_that_of_the_worst_step():
    change = Change("ALTER TABLE projects ADD COLUMN a text; ALTER TABLE projects DROP COLUMN size;")
    assert change.plan().rollback.grade is Reversibility.IRREVERSIBLE


def test_the_tool_forgets_a_migration_that_was_undone_by_hand():
    last = Change("CREATE TABLE notes (id integer);").plan().rollback.steps[-1]
    assert last.command == "supabase migration repair --status reverted 20240201000000"


def change_with_down(down):
    schema = {"db/migrations/000001_a.up.sql": PROJECTS, "db/migrations/000001_a.down.sql": "DROP TABLE forms;"}
    change = {
        "db/migrations/000002_b.up.sql": "ALTER TABLE projects DROP COLUMN size;",
        "db/migrations/000002_b.down.sql": down,
    }
    return assess_files(schema, {**schema, **change})


def plan_of(assessment):
    return build_plan(assessment.contexts, assessment.matrix, (), PlanOptions())


def test_the_down_script_of_the_author_is_preferred_and_graded_by_what_is_lost():
    (step,) = steps(plan_of(change_with_down("ALTER TABLE projects ADD COLUMN size integer;\n")), Speed.DATABASE)
    assert step.source == "db/migrations/000002_b.down.sql"
    assert step.sql == "ALTER TABLE projects ADD COLUMN size integer;"
    assert step.grade is Reversibility.IRREVERSIBLE
    assert "The values of `projects.size` are lost" in step.note


def test_a_down_script_that_does_nothing_is_no_rollback():
    first = steps(plan_of(change_with_down("-- no way back\nSELECT 1;\n")), Speed.DATABASE)[0]
    assert first.source == "computed"
    assert first.sql.startswith("ALTER TABLE projects ADD COLUMN size integer;")


@pytest.mark.parametrize("sql", ["", "  \n", "-- none", "/* nothing\nhere */", "SELECT 1;", "-- a\nselect 1"])
def test_a_script_without_effect_is_empty(sql):
    assert is_empty(sql)


@pytest.mark.parametrize("sql", ["DROP TABLE a;", "-- a\nDROP TABLE a;", "SELECT 1; DROP TABLE a"])
def test_a_script_with_an_effect_is_not_empty(sql):
    assert not is_empty(sql)


def test_a_change_without_migrations_has_only_code_to_revert():
    change = Change("", old=OLD, new=typescript(CALL))
    plan = change.plan()
    assert [s.speed for s in plan.rollback.steps] == [Speed.CODE]
    assert plan.rollback.steps[0].do == "Revert the code. That is all: no migration has to go back."
    assert CHANGE not in {d.path for deployment in plan.deployments for d in deployment.items}
