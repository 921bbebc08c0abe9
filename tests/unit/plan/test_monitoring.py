from midflight.plan.model import Query, Threshold
from midflight.plan.options import MonitoringOptions
from support.plans import PROJECTS, Change, typescript

LOGS = "CREATE TABLE app_logs (id bigint, level text, created_at timestamptz);"
CALLS = "CREATE TABLE project_creation_logs (id bigint, success boolean, timestamp timestamptz);"
FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
CALL = "await supabase.rpc('create_project', { title: 'x' });"
INSERTS = "await supabase.from('projects').insert({ id: 1 }); await supabase.from('forms').insert({ id: 1 });"


def queries(plan):
    return {q.purpose: q.sql for q in plan.monitoring}


def test_errors_are_counted_in_the_log_table_of_the_reader():
    found = queries(Change("CREATE TABLE t (a integer);", PROJECTS + LOGS).plan())
    assert found["Errors of the last hour in `app_logs`"] == (
        "SELECT count(*) FROM app_logs\nWHERE level::text ILIKE 'error'\nAND created_at > now() - INTERVAL '1 hour';"
    )


def test_calls_of_a_new_function_are_counted_where_a_table_logs_them():
    found = queries(Change(FUNCTION, PROJECTS + LOGS + CALLS).plan())
    assert found["Success rate of `create_project`"] == (
        "SELECT\n    count(*) AS total_calls,\n    count(*) FILTER (WHERE success) AS successful,\n"
        "    count(*) FILTER (WHERE NOT (success)) AS failed\n"
        "FROM project_creation_logs\nWHERE timestamp > now() - INTERVAL '1 hour';"
    )


def test_no_calls_are_counted_without_a_new_function():
    purposes = queries(Change("CREATE TABLE t (a integer);", PROJECTS + CALLS).plan())
    assert not [p for p in purposes if p.startswith("Success rate")]


def test_inserts_that_a_flag_replaces_are_watched_for_halves():
    new = typescript(f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }} else {{ {INSERTS} }}")
    found = queries(Change(FUNCTION, old=typescript(INSERTS), new=new).plan())
    assert found["No `projects` without `forms`: nothing was created by halves"] == (
        "SELECT count(*) FROM projects p\nWHERE NOT EXISTS (SELECT 1 FROM forms c WHERE c.project_id = p.id);"
    )


def test_a_function_of_the_reader_that_finds_orphans_is_called():
    own = (
        "CREATE FUNCTION find_orphaned_projects() RETURNS SETOF projects LANGUAGE sql AS $$ SELECT * FROM projects $$;"
    )
    assert (
        queries(Change(FUNCTION, PROJECTS + own).plan())["Data integrity"] == "SELECT * FROM find_orphaned_projects();"
    )


def test_a_dropped_foreign_key_leaves_orphans_to_look_for():
    found = queries(Change("ALTER TABLE forms DROP CONSTRAINT forms_project_id_fkey;").plan())
    assert found["No orphans: every row of `forms` finds its row in `projects`"].startswith(
        "SELECT count(*) FROM forms c WHERE c.project_id IS NOT NULL AND NOT EXISTS"
    )


def test_locks_and_failed_transactions_are_always_watched():
    purposes = queries(Change("CREATE TABLE t (a integer);").plan())
    assert list(purposes) == ["Statements that wait for a lock", "Failed transactions and deadlocks"]


def test_the_team_has_its_own_queries():
    own = Query("Queue length", "SELECT count(*) FROM jobs;", "under 100")
    plan = Change("CREATE TABLE t (a integer);").plan(monitoring=MonitoringOptions(queries=(own,)))
    assert plan.monitoring[-1] == own


def test_the_thresholds_are_those_of_the_strategy():
    assert Change("CREATE TABLE t (a integer);").plan().thresholds == (
        Threshold("Error rate", "> 5%", "Investigate immediately"),
        Threshold("New orphaned rows", "> 0", "Rollback deployment"),
        Threshold("Function call failures", "> 10%", "Enable fallback"),
    )


def test_the_thresholds_are_those_of_the_team():
    told = MonitoringOptions(error_rate=1, call_failures=2, orphaned_rows=3)
    limits = [t.limit for t in Change(FUNCTION).plan(monitoring=told).thresholds]
    assert limits == ["> 1%", "> 3", "> 2%"]


def test_the_fallback_is_the_flag_by_its_name():
    new = typescript(f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }}")
    last = Change(FUNCTION, new=new).plan().thresholds[-1]
    assert last == Threshold(
        "Function call failures (`create_project`)", "> 10%", "Enable fallback (switch `USE_NEW` off)"
    )
