import pytest

from midflight.inspection.model import Deploys
from midflight.plan.model import Order
from support.plans import Change, typescript

CALL = "await supabase.rpc('create_project', { title: 'x' });"
FLAGGED = f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }}"
READ = "await supabase.from('projects').select('id, status');"
FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
OTHER = typescript("await supabase.from('projects').select('id');")


def order_of(migration, old, new, deploys=Deploys.TOGETHER):
    plan = Change(migration, old=old, new=new, deploys=deploys).plan()
    return plan.order, plan.reason


def test_code_that_calls_a_new_function_goes_out_after_the_migration():
    order, reason = order_of(FUNCTION, OTHER, typescript(CALL))
    assert order is Order.DATABASE_FIRST
    assert reason.startswith("New code needs `create_project`, which only the migration brings;")


def test_code_that_reads_a_dropped_column_must_be_gone_before_the_migration():
    order, reason = order_of("ALTER TABLE projects DROP COLUMN status;", typescript(READ), OTHER)
    assert order is Order.CODE_FIRST
    assert reason.startswith("Old code still needs `projects.status`, which the migration takes away or tightens;")


def test_a_change_that_needs_both_orders_is_split():
    both = FUNCTION + "ALTER TABLE projects DROP COLUMN status;"
    order, reason = order_of(both, typescript(READ), typescript(CALL))
    assert order is Order.SPLIT
    assert reason == (
        "New code needs `create_project` before it goes out, and old code still needs `projects.status`: "
        "no single order works, so split the pull request."
    )


def test_a_column_that_changes_under_both_versions_of_the_code_is_named_once():
    retype = "ALTER TABLE projects ALTER COLUMN status TYPE integer USING 1;"
    write = typescript("await supabase.from('projects').update({ status: 1 }).eq('id', 1);")
    order, reason = order_of(retype, typescript(READ), write)
    assert order is Order.SPLIT
    assert reason.startswith(
        "Old code needs `projects.status` as it was, new code needs it as the migration leaves it:"
    )


def test_a_break_behind_a_flag_forces_no_order():
    order, reason = order_of(FUNCTION, OTHER, typescript(FLAGGED))
    assert order is Order.ANY
    assert reason == "Either order holds as long as `USE_NEW` is off in between; apply the migration first."


def test_a_function_that_no_migration_creates_is_helped_by_no_order():
    order, reason = order_of("CREATE TABLE other (id integer);", OTHER, typescript(CALL))
    assert order is Order.ANY
    assert reason == "No migration brings `create_project`, so no order makes the new code work."


def test_a_column_that_nobody_reads_may_go_in_any_order():
    order, reason = order_of("ALTER TABLE projects DROP COLUMN size;", OTHER, OTHER)
    assert order is Order.ANY
    assert reason == "Nothing was found that still needs what the migration takes away or tightens."


@pytest.mark.parametrize(
    ("deploys", "said"),
    [
        (Deploys.CODE_FIRST, "Your pipeline deploys code first: hold the code back."),
        (Deploys.TOGETHER, "on the new schema."),
        (Deploys.DATABASE_FIRST, "on the new schema."),
    ],
)
def test_the_reason_says_when_the_pipeline_does_it_the_other_way_round(deploys, said):
    order, reason = order_of(FUNCTION, OTHER, typescript(CALL), deploys)
    assert order is Order.DATABASE_FIRST
    assert reason.endswith(said)


def test_a_migration_that_must_wait_for_the_code_belongs_into_a_later_pull_request():
    _, reason = order_of("ALTER TABLE projects DROP COLUMN status;", typescript(READ), OTHER)
    assert reason.endswith("put it into a later pull request.")
