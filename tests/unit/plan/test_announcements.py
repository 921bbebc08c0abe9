from midflight.plan.options import MonitoringOptions
from support.plans import Change, typescript

FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
CALL = "await supabase.rpc('create_project', { title: 'x' });"
PLAIN = typescript("await supabase.from('projects').select('id');")
READ = typescript("await supabase.from('projects').select('id, status');")
FLAGGED = typescript(f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }}")


def test_the_announcement_before_has_the_lines_of_the_template():
    before = Change(FUNCTION, old=PLAIN, new=FLAGGED).plan(title="Atomic projects", when="Friday, 10:00").before
    assert before.lines == (
        ("Subject", "Database Migration - Atomic projects"),
        ("Timeline", "Friday, 10:00"),
        ("Expected Downtime", "None (zero-downtime deployment)"),
        ("Impact", "No user impact expected"),
        (
            "Rollback Plan",
            (
                "Set `USE_NEW` to false (instant, no deployment needed), then revert the code (about 2 minutes), "
                "then roll back the database (about 10 minutes, last resort)"
            ),
        ),
    )


def test_the_announcement_after_has_the_lines_of_the_template():
    after = Change(FUNCTION, old=PLAIN, new=FLAGGED).plan(title="Atomic", monitoring=MonitoringOptions(hours=48)).after
    assert after.lines == (
        ("Subject", "✅ Deployment Complete - Atomic"),
        ("Status", "Successful"),
        ("Issues", "None"),
        ("Monitoring", "Enabled for 48 hours"),
        ("Next Steps", "None"),
    )


def test_the_next_step_is_what_waits_for_a_later_pull_request():
    after = Change("ALTER TABLE projects DROP COLUMN status;", old=READ, new=PLAIN).plan().after
    assert dict(after.lines)["Next Steps"] == "Later pull request: ALTER TABLE projects DROP COLUMN status"


def test_no_downtime_is_promised_only_in_the_right_order():
    before = dict(Change(FUNCTION, old=PLAIN, new=typescript(CALL)).plan().before.lines)
    assert before["Expected Downtime"] == (
        "None (zero-downtime deployment), if the migration is applied before the code"
    )
    assert before["Impact"] == "Requests that need `create_project` may fail"


def test_no_downtime_is_promised_for_code_that_never_works():
    before = dict(Change("", old=PLAIN, new=typescript(CALL)).plan().before.lines)
    assert before["Expected Downtime"] == "Not zero: new code fails on the new database as well"


def test_an_emergency_says_where_to_look_how_to_go_back_and_whom_to_tell():
    parts = {e.title: e.steps for e in Change(FUNCTION, old=PLAIN, new=FLAGGED).plan().emergency}
    assert [s.do for s in parts["Check the logs"]] == [
        'Supabase: Dashboard, Logs, filter by "error".',
        "Look for function errors.",
    ]
    assert [(s.command.partition("\n")[0], s.time) for s in parts["Quick rollback options"]] == [
        ("supabase secrets set USE_NEW=false", "instant"),
        ("git revert --no-edit <squash commit>", "2 minutes"),
        ("", "10 minutes, last resort"),
    ]
    assert [s.do for s in parts["Communication"]] == [
        "Notify team immediately.",
        "Post status update.",
        "Document incident for retrospective.",
    ]


def test_code_that_went_out_too_early_is_saved_by_the_migration():
    first = Change(FUNCTION, old=PLAIN, new=typescript(CALL)).plan().emergency[0]
    assert first.title == "If the code is already out and the migration is not"
    assert [s.do for s in first.steps][:2] == [
        "URGENT: apply the migration immediately.",
        "Test that `create_project` works.",
    ]
