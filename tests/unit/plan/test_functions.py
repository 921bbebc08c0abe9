"""Edge functions as a deploy unit of their own."""

from midflight.inspection.finding import Phase
from midflight.inspection.run import Policy, inspect
from midflight.plan.build import build_plan
from midflight.plan.options import PlanOptions
from midflight.rules import load_rules
from support.examples import assess_files

SCHEMA = {"supabase/migrations/20240101000000_schema.sql": "CREATE TABLE projects (id bigint PRIMARY KEY);"}
CHANGE = {"supabase/migrations/20240201000000_change.sql": "ALTER TABLE projects ADD COLUMN title text;"}
FUNCTION = "supabase/functions/create-project/index.ts"
SERVE = "Deno.serve(async () => new Response('ok'));\n"
INVOKES = {"web/new.ts": "await supabase.functions.invoke('create-project', { body });\n"}


def deployments(base: dict[str, str], head: dict[str, str]) -> list[tuple[Phase, str]]:
    found = assess_files({**SCHEMA, **base}, {**SCHEMA, **head})
    findings = inspect(found.contexts, load_rules(), Policy(levels={}))
    plan = build_plan(found.contexts, found.matrix, findings, PlanOptions(code=True))
    return [(deployment.phase, deployment.title) for deployment in plan.deployments]


def test_new_functions_go_out_after_the_database_and_before_their_callers():
    assert deployments({}, {**CHANGE, FUNCTION: SERVE, **INVOKES}) == [
        (Phase.EXPAND, "Apply the migration (1 statement)"),
        (Phase.ROLLOUT, "Deploy the edge functions"),
        (Phase.ROLLOUT, "Deploy the code"),
    ]


def test_a_function_that_nobody_invokes_yet_is_code_like_other_code():
    assert (Phase.ROLLOUT, "Deploy the edge functions") not in deployments({}, {FUNCTION: SERVE})


def test_a_function_that_old_code_invokes_is_deleted_last():
    found = deployments({FUNCTION: SERVE, **INVOKES}, {**CHANGE, "web/new.ts": "export {};\n"})
    assert found[-1] == (Phase.CONTRACT, "Delete the edge functions")


def test_another_body_of_a_function_needs_no_order():
    found = deployments({FUNCTION: SERVE, **INVOKES}, {FUNCTION: SERVE.replace("ok", "done"), **INVOKES})
    assert found == [(Phase.ROLLOUT, "Deploy the code")]
