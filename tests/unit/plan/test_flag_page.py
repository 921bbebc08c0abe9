from midflight.references.flag_reads import Unset
from support.plans import PROJECTS, Change, typescript

FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
PRICE = "CREATE FUNCTION price(amount numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT amount $$;"
DEARER = PRICE.replace("CREATE", "CREATE OR REPLACE").replace("SELECT amount", "SELECT amount * 2")
CALL = "await supabase.rpc('create_project', { title: 'x' });"
INSERTS = "await supabase.from('projects').insert({ id: 1 }); await supabase.from('forms').insert({ id: 1 });"
SHARE = (
    "a variable holds for whole instances: set `USE_NEW=true` on {0} % of them, "
    "or compare a hash of the user with {0} where `USE_NEW` is read."
)


def page(condition, new=CALL, old=INSERTS, migration=FUNCTION):
    code = typescript(f"if ({condition}) {{ {new} }} else {{ {old} }}")
    return Change(migration, old=typescript(old), new=code).plan().flag_page


def summaries(planned):
    return [(each.summary, each.line) for each in planned]


def test_a_flag_comes_with_the_code_that_it_covers_and_the_path_that_runs_while_it_is_off():
    (use,) = page("Deno.env.get('USE_NEW') === 'true'").uses
    assert use.flag.flag == "USE_NEW"
    assert summaries(use.covers) == [("calls `create_project`", 3)]
    assert summaries(use.old_path) == [("writes to `projects`", 3), ("writes to `forms`", 3)]


def test_a_flag_that_is_off_by_default_is_switched_on_in_three_shares():
    (use,) = page("process.env.USE_NEW === 'true'").uses
    assert use.starts is Unset.OFF
    assert [(step.do, step.command) for step in use.steps] == [
        ("Begin when the database has what the flag covers and the new code runs everywhere.", ""),
        (
            f"10 %: {SHARE.format(10)}",
            "",
        ),
        (
            f"50 %: {SHARE.format(50)}",
            "",
        ),
        (
            "100 %: set `USE_NEW` to true in the environment of the service, and let it read its environment again.",
            "export USE_NEW=true",
        ),
        ("After 24 hours without an alert: take the flag and its old path out.", ""),
    ]


def test_a_flag_that_is_on_by_default_is_switched_off_before_the_code_goes_out():
    (use,) = page("Deno.env.get('USE_NEW') !== 'false'").uses
    assert use.starts is Unset.ON
    assert use.steps[0].command == "supabase secrets set USE_NEW=false"
    assert use.steps[0].do.startswith("Before the code goes out (where nothing sets it, the new path runs)")


def test_a_flag_that_keeps_the_old_path_lets_the_new_one_run_where_nothing_sets_it():
    code = typescript(f"if (Deno.env.get('USE_LEGACY') === 'true') {{ {INSERTS} }} else {{ {CALL} }}")
    (use,) = Change(FUNCTION, old=typescript(INSERTS), new=code).plan().flag_page.uses
    assert use.starts is Unset.ON
    assert use.steps[0].command == "supabase secrets set USE_LEGACY=true"
    assert use.steps[-2].command == "supabase secrets set USE_LEGACY=false"


def test_a_service_answers_for_a_share_of_the_users():
    (use,) = page("await client.variation('use-new', context, false)").uses
    assert use.steps[1].do == "10 %: let `use-new` answer true for 10 % of the users."
    assert use.steps[3].do == "100 %: set `use-new` to true in LaunchDarkly."


def test_a_flag_whose_code_writes_comes_before_one_whose_code_reads_the_same():
    column = "ALTER TABLE projects ADD COLUMN owner text;"
    code = typescript(
        "if (process.env.USE_READ === 'true') { await supabase.from('projects').select('owner'); }",
        "if (process.env.USE_WRITE === 'true') { await supabase.from('projects').update({ owner: 'a' }).eq('id', 1); }",
    )
    uses = Change(column, new=code).plan().flag_page.uses
    assert [use.flag.flag for use in uses] == ["USE_WRITE", "USE_READ"]


def test_between_the_steps_the_monitoring_queries_are_looked_at():
    assert "Statements that wait for a lock" in page("process.env.USE_NEW === 'true'").look


def test_a_call_that_takes_the_place_of_inserts_should_have_a_flag():
    (advice,) = Change(FUNCTION, old=typescript(INSERTS), new=typescript(CALL)).plan().flag_page.advice
    assert (advice.place.line, advice.old) == (3, False)
    assert advice.code == (
        "if (Deno.env.get('USE_NEW_CREATE_PROJECT') === 'true') {\n"
        "    // the new way: supabase.rpc('create_project', { title: 'x' })\n"
        "} else {\n"
        "    // as it was: supabase.from('projects').insert({ id: 1 })\n"
        "}"
    )


def test_a_call_beside_what_was_there_needs_none():
    new = typescript(INSERTS, CALL)
    assert Change(FUNCTION, old=typescript(INSERTS), new=new).plan().flag_page.advice == ()


def test_a_routine_replaced_under_its_caller_should_have_a_flag_as_the_code_around_reads_them():
    known = "if (await client.variation('other-thing', context, false)) { await supabase.rpc('price', { amount: 2 }); }"
    code = typescript("await supabase.rpc('price', { amount: 1 });", known)
    (advice,) = Change(DEARER, PROJECTS + PRICE, old=code, new=code).plan().flag_page.advice
    assert (advice.place.line, advice.name, advice.old) == (3, "use-new-price", True)
    assert advice.code.startswith("if (await client.variation('use-new-price', context, false)) {\n")


def test_an_error_fallback_is_no_flag_that_somebody_switches_on():
    code = typescript(
        "const { error } = await supabase.rpc('create_project', { title: 'x' });",
        f"if (error?.code === 'PGRST202') {{ {INSERTS} }}",
    )
    assert Change(FUNCTION, old=typescript(INSERTS), new=code).plan().flag_page.uses == ()
