from midflight.inspection.finding import Phase
from midflight.inspection.model import Deploys
from support.plans import Change, typescript

FUNCTION = "CREATE FUNCTION create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
CALL = "await supabase.rpc('create_project', { title: 'x' });"
READ = typescript("await supabase.from('projects').select('id, status');")
PLAIN = typescript("await supabase.from('projects').select('id');")


def shape(plan):
    return [(d.phase, d.separate) for d in plan.deployments]


def said(plan, phase):
    return [step.do for d in plan.deployments if d.phase is phase for step in d.steps]


def queries(plan):
    return [q.sql for d in plan.deployments for q in d.verify]


def pre_checks(plan):
    return [q.sql for d in plan.deployments for q in d.pre_checks]


def test_a_new_function_goes_out_before_the_code_that_calls_it():
    plan = Change(FUNCTION, old=PLAIN, new=typescript(CALL)).plan()
    assert shape(plan) == [(Phase.EXPAND, False), (Phase.ROLLOUT, False)]
    expand, rollout = plan.deployments
    assert [i.summary[:30] for i in expand.items] == ["CREATE FUNCTION create_project"]
    assert [(i.path, i.line, i.summary) for i in rollout.items] == [
        ("supabase/functions/api/index.ts", 3, "calls `create_project`")
    ]
    assert queries(plan) == [
        "SELECT routine_name FROM information_schema.routines WHERE routine_name = 'create_project';"
    ]


def test_a_flag_is_turned_on_gradually():
    new = typescript(f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }}")
    plan = Change(FUNCTION, old=PLAIN, new=new).plan()
    assert said(plan, Phase.ROLLOUT) == [
        "Turn on `USE_NEW` for 10% of requests, watch for errors, increase to 50% then 100%.",
        "Test end to end.",
        "Monitor the logs for errors for 24 hours.",
    ]


def test_code_without_a_flag_that_needs_the_migration_cannot_be_switched_off():
    plan = Change(FUNCTION, old=PLAIN, new=typescript(CALL)).plan()
    assert said(plan, Phase.ROLLOUT)[0].startswith("No feature flag covers the new code")


def test_a_drop_that_old_code_would_feel_waits_for_a_later_pull_request():
    plan = Change("ALTER TABLE projects DROP COLUMN status;", old=READ, new=PLAIN).plan()
    assert shape(plan) == [(Phase.ROLLOUT, False), (Phase.CONTRACT, True)]
    assert said(plan, Phase.CONTRACT) == [
        "Move these statements to a later pull request.",
        "Wait until no old code runs and 24 hours passed without errors.",
        "Copy the values of `projects.status` first.",
        "Verify, and monitor again.",
    ]


def test_a_pipeline_that_deploys_code_first_needs_no_later_pull_request():
    plan = Change("ALTER TABLE projects DROP COLUMN status;", old=READ, new=PLAIN, deploys=Deploys.CODE_FIRST).plan()
    assert shape(plan) == [(Phase.ROLLOUT, False), (Phase.CONTRACT, False)]


def test_expansion_and_contraction_in_one_pull_request_are_told_apart():
    plan = Change(FUNCTION + "ALTER TABLE projects DROP COLUMN status;", old=READ, new=typescript(CALL)).plan()
    assert shape(plan) == [(Phase.EXPAND, False), (Phase.ROLLOUT, False), (Phase.CONTRACT, True)]
    assert [i.summary for i in plan.deployments[2].items] == ["ALTER TABLE projects DROP COLUMN status"]


def test_what_only_loosens_goes_with_the_expansion():
    schema = "CREATE TABLE t (a integer); CREATE INDEX old_one ON t (a);"
    plan = Change("CREATE INDEX new_one ON t (a); DROP INDEX old_one;", schema).plan()
    assert shape(plan) == [(Phase.EXPAND, False)]


def test_a_statement_that_no_order_allows_is_replaced_by_its_recipe():
    retype = "ALTER TABLE projects ALTER COLUMN status TYPE jsonb USING to_jsonb(status);"
    plan = Change(retype, old=READ, new=typescript("await supabase.from('projects').select('id, status->a');")).plan()
    assert shape(plan)[0] == (Phase.EXPAND, False)
    assert plan.deployments[0].steps[0].sql.startswith("ALTER TABLE projects ADD COLUMN")
    contract = plan.deployments[-1]
    assert [i.summary[:12] for i in contract.items] == ["instead of: "]
    assert contract.pre_checks == ()


def test_a_format_change_is_watched_for_weeks_and_written_to_both_columns():
    change = Change(
        "ALTER TABLE projects ADD COLUMN status_structured jsonb;"
        "UPDATE projects SET status_structured = to_jsonb(status);"
        "ALTER TABLE projects DROP COLUMN status;",
        old=READ,
        new=typescript("await supabase.from('projects').select('id, status_structured');"),
    )
    plan = change.plan()
    both = "Write to both `projects.status` and `projects.status_structured`; "
    assert both + "read `projects.status_structured` and fall back to `projects.status`." in said(plan, Phase.ROLLOUT)
    assert "Wait until no old code runs and 1-2 weeks passed without errors." in said(plan, Phase.CONTRACT)


def test_a_backfill_comes_in_batches():
    change = Change("ALTER TABLE projects ADD COLUMN slug text; UPDATE projects SET slug = lower(title);")
    (step,) = [s for d in change.plan().deployments for s in d.steps if s.do.startswith("Backfill")]
    assert step.sql == (
        "UPDATE projects SET slug = lower(title)\nWHERE id IN (\n"
        "    SELECT id FROM projects WHERE slug IS NULL ORDER BY id LIMIT 1000\n);"
    )


def test_the_condition_of_a_backfill_is_kept():
    change = Change("UPDATE projects SET status = 'new' WHERE status = 'fresh' OR size = 3;")
    (step,) = [s for d in change.plan().deployments for s in d.steps if s.do.startswith("Backfill")]
    assert step.sql == (
        "UPDATE projects SET status = 'new'\nWHERE id IN (\n"
        "    SELECT id FROM projects WHERE status = 'fresh' OR size = 3 ORDER BY id LIMIT 1000\n);"
    )


def test_a_backfill_from_another_table_is_not_cut():
    change = Change("UPDATE projects SET size = f.id FROM forms f WHERE f.project_id = projects.id;")
    (step,) = [s for d in change.plan().deployments for s in d.steps if s.do.startswith("Backfill")]
    assert (step.do, step.sql) == ("Backfill `projects.size` in batches, outside the migration.", "")


def test_the_data_is_looked_at_before_it_decides():
    change = Change(
        "ALTER TABLE projects ALTER COLUMN status SET NOT NULL;"
        "ALTER TABLE projects ADD CONSTRAINT titles UNIQUE (title, status);"
        "ALTER TABLE projects ADD CONSTRAINT positive CHECK (size > 0);"
        "ALTER TABLE forms ADD CONSTRAINT to_project FOREIGN KEY (id) REFERENCES projects;"
        "ALTER TABLE projects ALTER COLUMN title TYPE varchar(20);"
    )
    assert pre_checks(change.plan()) == [
        "SELECT count(*) FROM projects WHERE status IS NULL;",
        (
            "SELECT title, status, count(*) FROM projects WHERE title IS NOT NULL AND status IS NOT NULL "
            "GROUP BY title, status HAVING count(*) > 1 LIMIT 20;"
        ),
        "SELECT count(*) FROM projects WHERE NOT (size > 0);",
        (
            "SELECT count(*) FROM forms c WHERE c.id IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = c.id);"
        ),
        "SELECT count(*) FROM projects WHERE length(title::text) > 20;",
    ]


def test_a_new_table_needs_no_look_at_its_data():
    change = Change(
        "CREATE TABLE t (a integer); ALTER TABLE t ALTER COLUMN a SET NOT NULL; CREATE UNIQUE INDEX ON t (a);"
    )
    assert pre_checks(change.plan()) == []


def test_each_new_object_has_a_query_that_finds_it():
    change = Change(
        "CREATE TABLE app_notes (id integer); ALTER TABLE projects ADD COLUMN slug text;"
        "CREATE INDEX by_size ON projects (size); ALTER TABLE projects ADD CONSTRAINT c CHECK (size > 0) NOT VALID;"
    )
    assert queries(change.plan()) == [
        "SELECT table_name FROM information_schema.tables WHERE table_name = 'app_notes';",
        (
            "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns "
            "WHERE table_name = 'projects' AND column_name = 'slug';"
        ),
        (
            "SELECT x.indexname, i.indisvalid FROM pg_indexes x "
            "JOIN pg_index i ON i.indexrelid = format('%I.%I', x.schemaname, x.indexname)::regclass "
            "WHERE x.indexname = 'by_size';"
        ),
        (
            "SELECT conname, convalidated FROM pg_constraint WHERE conname = 'c' "
            "AND conrelid = to_regclass('public.projects');"
        ),
    ]


def test_an_unread_statement_is_shown_with_its_reason():
    plan = Change("DO $$ BEGIN EXECUTE format('DROP TABLE %I', current_user); END $$;").plan()
    assert plan.deployments[0].items[0].summary.startswith("not analysed (")


def test_a_column_that_the_same_deployment_adds_cannot_be_looked_into_before():
    change = Change(
        "ALTER TABLE projects ADD COLUMN slug text; CREATE UNIQUE INDEX ON projects (lower(slug));"
        "ALTER TABLE projects DROP COLUMN status;",
        old=READ,
        new=PLAIN,
    )
    assert pre_checks(change.plan()) == ["SELECT count(*) FROM projects WHERE status IS NOT NULL;"]
