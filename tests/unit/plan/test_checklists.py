import pytest

from midflight.inspection.model import Deploys
from midflight.plan.model import ItemState
from support.plans import Change, typescript

VERIFIED, OPEN, FAILED = ItemState.VERIFIED, ItemState.OPEN, ItemState.FAILED
FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
CALL = "await supabase.rpc('create_project', { title: 'x' });"
INSERT = "await supabase.from('projects').insert({ id: 1, title: 'x' });"
READ = typescript("await supabase.from('projects').select('id, status');")
PLAIN = typescript("await supabase.from('projects').select('id');")
FLAGGED = typescript(f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }} else {{ {INSERT} }}")


def items(plan):
    return {item.id: item for checklist in plan.checklists for item in checklist.items}


def states(plan):
    return {identity: item.state for identity, item in items(plan).items()}


def titles(plan):
    return [checklist.title for checklist in plan.checklists]


def test_the_approval_list_has_the_ten_items_of_the_strategy():
    approval = Change(FUNCTION, old=PLAIN, new=typescript(CALL)).plan().checklists[0]
    assert approval.title == "Before every deployment"
    assert [item.text for item in approval.items] == [
        "Migration is additive (adds, doesn't remove)",
        "Old code tested with new database",
        "New code tested with old database",
        "Feature flags implemented (if risky change)",
        "Rollback plan documented",
        "Monitoring queries prepared",
        "Team notified of deployment",
        "Tested in staging environment",
        "Database migration applied BEFORE code deployment",
        "Verification queries ready",
    ]


def test_the_outage_fails_where_new_code_meets_the_old_database():
    found = items(Change(FUNCTION, old=PLAIN, new=typescript(CALL)).plan())
    assert found["approval.additive"].state is VERIFIED
    assert found["approval.old-code"].state is VERIFIED
    assert (found["approval.new-code"].state, found["approval.new-code"].evidence) == (
        FAILED,
        "breaks: `create_project`",
    )
    assert found["approval.flags"].state is OPEN


def test_a_flag_answers_for_what_it_covers():
    found = items(Change(FUNCTION, old=PLAIN, new=FLAGGED).plan())
    assert found["approval.new-code"].evidence == "only what `USE_NEW` covers would fail"
    assert (found["approval.flags"].state, found["approval.flags"].evidence) == (VERIFIED, "found `USE_NEW`")


def test_a_removal_is_not_additive_and_says_where():
    found = items(Change("ALTER TABLE projects DROP COLUMN status;", old=READ, new=PLAIN).plan())
    assert found["approval.additive"].state is FAILED
    assert found["approval.additive"].evidence == (
        "removes or tightens: supabase/migrations/20240201000000_change.sql:1"
    )


def test_an_unread_statement_leaves_the_answer_to_a_person():
    plan = Change("DO $$ BEGIN EXECUTE format('DROP TABLE %I', current_user); END $$;").plan()
    assert states(plan)["approval.additive"] is OPEN


@pytest.mark.parametrize(
    ("deploys", "state"), [(Deploys.TOGETHER, OPEN), (Deploys.DATABASE_FIRST, VERIFIED), (Deploys.CODE_FIRST, FAILED)]
)
def test_what_the_pipeline_guarantees_answers_the_order(deploys, state):
    plan = Change(FUNCTION, old=PLAIN, new=typescript(CALL), deploys=deploys).plan()
    assert states(plan)["approval.order"] is state


def test_the_order_is_turned_round_where_the_code_must_be_first():
    plan = Change("ALTER TABLE projects DROP COLUMN status;", old=READ, new=PLAIN).plan()
    assert items(plan)["approval.order"].text == "Code deployed BEFORE the database migration"


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        (FUNCTION, ["Adding a function"]),
        ("ALTER TABLE projects ADD COLUMN a text;", ["Adding a column"]),
        ("ALTER TABLE projects RENAME COLUMN title TO name;", ["Changing data format"]),
        ("CREATE TABLE t (a integer);", []),
        ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;", []),
    ],
)
def test_the_lists_are_those_of_what_the_change_does(migration, expected):
    assert titles(Change(migration).plan())[1:] == expected


def test_a_replaced_function_has_its_own_list():
    schema = "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a $$;"
    change = "CREATE OR REPLACE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a + 1 $$;"
    plan = Change(change, schema).plan()
    assert titles(plan)[1:] == ["Replacing a function"]
    assert items(plan)["replacement.added"].state is VERIFIED


def test_a_function_behind_a_flag_with_the_old_path_beside_it_replaces_that_path():
    plan = Change(FUNCTION, old=typescript(INSERT), new=FLAGGED).plan()
    assert titles(plan)[1:] == ["Adding a function", "Replacing a function"]
    assert items(plan)["replacement.flag"].state is VERIFIED


def test_a_function_that_goes_with_the_new_one_was_not_kept():
    schema = "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a $$;"
    change = "DROP FUNCTION f(integer); CREATE FUNCTION f(a text) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;"
    assert items(Change(change, schema).plan())["replacement.added"].state is FAILED


@pytest.mark.parametrize(
    ("migration", "default", "backfill"),
    [
        ("ALTER TABLE projects ADD COLUMN a text DEFAULT 'x';", VERIFIED, VERIFIED),
        ("ALTER TABLE projects ADD COLUMN a text;", VERIFIED, OPEN),
        ("ALTER TABLE projects ADD COLUMN a text; UPDATE projects SET a = 'x';", VERIFIED, VERIFIED),
        ("ALTER TABLE projects ADD COLUMN a text NOT NULL;", FAILED, OPEN),
    ],
)
def test_a_new_column_is_asked_for_its_default_and_its_old_rows(migration, default, backfill):
    found = states(Change(migration).plan())
    assert (found["column.default"], found["column.backfill"]) == (default, backfill)


def test_code_that_writes_both_columns_is_found():
    new = typescript("await supabase.from('projects').insert({ id: 1, title: 't', status: 'a', status_code: 1 });")
    change = "ALTER TABLE projects ADD COLUMN status_code integer; UPDATE projects SET status_code = length(status);"
    found = items(Change(change, old=PLAIN, new=new).plan())
    assert found["format.new-column"].state is VERIFIED
    assert (found["format.dual-write"].state, found["format.dual-write"].evidence) == (
        VERIFIED,
        "supabase/functions/api/index.ts:3",
    )
    assert found["format.dual-read"].state is OPEN
    assert found["format.clean-up"].state is OPEN


def test_a_column_changed_in_place_is_no_new_column():
    found = states(Change("ALTER TABLE projects ALTER COLUMN status TYPE jsonb USING to_jsonb(status);").plan())
    assert found["format.new-column"] is FAILED


def test_an_old_column_that_goes_in_the_same_change_fails():
    change = (
        "ALTER TABLE projects ADD COLUMN label text; UPDATE projects SET label = status;"
        "ALTER TABLE projects DROP COLUMN status;"
    )
    found = states(Change(change).plan())
    assert (found["format.clean-up"], found["column.clean-up"]) == (FAILED, FAILED)


def test_the_ids_of_items_are_stable_and_unique():
    everything = Change(
        FUNCTION + "ALTER TABLE projects ADD COLUMN a text, ALTER status TYPE jsonb USING NULL;", new=FLAGGED
    ).plan()
    identities = [item.id for checklist in everything.checklists for item in checklist.items]
    assert len(identities) == len(set(identities))
    assert {"approval.additive", "function.exists", "column.default", "format.dual-write"} <= set(identities)
