"""A flag is a way back only where it covers all the code that fails."""

from midflight.plan.model import Speed
from support.plans import Change, typescript

MIGRATION = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\nALTER TABLE projects ADD COLUMN note text;"
GUARDED = "if (Deno.env.get('USE_NEW') === 'true') { await supabase.rpc('f'); }"


def switches(*lines):
    plan = Change(migration=MIGRATION, new=typescript(*lines)).plan()
    return [step.do for step in plan.rollback.steps if step.speed is Speed.FLAG]


def test_a_flag_around_all_calls_of_a_new_routine_is_switched_off_first():
    assert switches(GUARDED) == ["Set `USE_NEW` to false."]


def test_a_flag_around_one_of_two_calls_is_no_way_back():
    assert switches(GUARDED, "await supabase.rpc('f');") == []


def test_a_flag_that_covers_another_object_wholly_stays_a_way_back():
    both = GUARDED.replace(" }", " await supabase.from('projects').select('note'); }")

    assert switches(both, "await supabase.rpc('f');") == ["Set `USE_NEW` to false."]
