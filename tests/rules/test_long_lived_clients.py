"""Old builds and other teams' code, from two trees to findings and plan."""

from midflight.compatibility.consumers import Consumer
from midflight.inspection.assess import Scope
from midflight.inspection.finding import Finding, Level, Phase
from midflight.inspection.model import Deploys
from midflight.inspection.run import Policy, inspect
from midflight.plan.build import build_plan
from midflight.plan.model import ItemState, Plan
from midflight.plan.options import PlanOptions
from midflight.references.model import Place
from midflight.references.surfaces import LIFETIMES, Configured, Surface, Surfaces
from midflight.rules import load_rules
from support.examples import assess_files

TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, draft text);"
BASE = {"supabase/migrations/20240101000000_schema.sql": TABLE}
DROP = {"supabase/migrations/20240201000000_drop.sql": "ALTER TABLE projects DROP COLUMN draft;"}
IMPORT = "import { createClient } from '@supabase/supabase-js';\n"
NAMES = f"{IMPORT}await db.from('projects').select('id, draft');\n"
SILENT = f"{IMPORT}await db.from('projects').select('id');\n"


def checked(base: dict[str, str], head: dict[str, str], scope: Scope | None = None) -> tuple[tuple[Finding, ...], Plan]:
    scope = scope or Scope()
    found = assess_files({**BASE, **base}, {**BASE, **DROP, **head}, scope)
    findings = inspect(found.contexts, load_rules(), Policy(levels={}))
    return findings, build_plan(found.contexts, found.matrix, findings, PlanOptions(deploys=scope.deploys))


def items(plan: Plan, prefix: str) -> list[tuple[str, ItemState, str]]:
    found = (item for checklist in plan.checklists for item in checklist.items)
    return [(item.id, item.state, item.text) for item in found if item.id.startswith(prefix)]


def clean_up(plan: Plan) -> list[str]:
    return [step.do for d in plan.deployments if d.phase is Phase.CONTRACT for step in d.steps]


def test_a_removal_that_a_mobile_app_names_is_an_error_with_the_lifetime():
    (finding,), plan = checked({"apps/mobile/list.ts": NAMES}, {"apps/mobile/list.ts": SILENT})

    assert (finding.rule, finding.level) == ("drop-column", Level.ERROR)
    assert "`apps/mobile/list.ts:2` (mobile)" in finding.message
    assert "Old mobile builds keep failing for 180 days. Instead, " in finding.message
    assert finding.message.endswith(
        "Wait 180 days after the release of that code, until no mobile build older than it is in use."
    )
    assert finding.recipe[-1].do.endswith("until no mobile build older than it is in use.")
    assert plan.reason.endswith(
        "Old mobile builds outlive the rollout: put the migration into a later pull request, when 180 days have passed "
        "since the release of that code."
    )
    assert items(plan, "builds.") == [
        (
            "builds.mobile",
            ItemState.FAILED,
            "No mobile build older than the code that stops naming `projects.draft` is in use",
        )
    ]


def test_the_clean_up_waits_before_it_copies():
    _, plan = checked({"apps/mobile/list.ts": NAMES}, {"apps/mobile/list.ts": SILENT})
    steps = clean_up(plan)

    wait = "Wait 180 days after the release of that code, until no mobile build older than it is in use."
    assert steps.index(wait) < steps.index("Copy the values of `projects.draft` first.")


def test_a_pipeline_that_replaces_all_code_first_cannot_replace_a_phone():
    first = Scope(deploys=Deploys.CODE_FIRST)
    (phone,), plan = checked({"apps/mobile/list.ts": NAMES}, {"apps/mobile/list.ts": SILENT}, first)
    (server,), other = checked({"api/list.ts": NAMES}, {"api/list.ts": SILENT}, first)

    assert (phone.level, server.level) == (Level.ERROR, Level.WARNING)
    assert [d.separate for d in plan.deployments if d.phase is Phase.CONTRACT] == [True]
    assert [d.separate for d in other.deployments if d.phase is Phase.CONTRACT] == [False]
    assert items(plan, "approval.order")[0][1] is ItemState.FAILED
    assert items(other, "approval.order")[0][1] is ItemState.VERIFIED


def test_an_edge_function_is_named_and_gone_with_the_rollout():
    path = "supabase/functions/list/index.ts"
    (finding,), plan = checked({path: NAMES}, {path: SILENT})

    assert f"`{path}:2` (edge function)" in finding.message
    assert "keep failing" not in finding.message
    assert items(plan, "builds.") == []


def test_server_code_is_told_as_before():
    (finding,), plan = checked({"api/list.ts": NAMES}, {"api/list.ts": SILENT})

    assert "`api/list.ts:2` from the moment" in finding.message
    assert "Wait " not in finding.message
    assert items(plan, "builds.") == []


def test_an_open_page_outlives_the_rollout_by_a_day():
    page = "src/List.vue"
    (finding,), _ = checked({page: f"<script>\n{NAMES}</script>\n"}, {page: f"<script>\n{SILENT}</script>\n"})

    assert "(browser)" in finding.message
    assert "Old browser tabs keep failing for 1 day." in finding.message


def test_the_longest_lifetime_of_a_surface_counts():
    scope = Scope(surfaces=Surfaces((Configured("kiosk/**", Surface.MOBILE, 400),), LIFETIMES))
    code = {"apps/mobile/list.ts": NAMES, "kiosk/list.ts": NAMES}
    (finding,), _ = checked(code, dict.fromkeys(code, SILENT), scope)

    assert "Old mobile builds keep failing for 400 days." in finding.message
    assert "180" not in finding.message


def test_a_lifetime_of_nothing_ends_with_the_rollout():
    scope = Scope(surfaces=Surfaces((Configured("apps/mobile/**", Surface.MOBILE, 0),)))
    (finding,), plan = checked({"apps/mobile/list.ts": NAMES}, {"apps/mobile/list.ts": SILENT}, scope)

    assert "keep failing" not in finding.message
    assert items(plan, "builds.") == []


def test_what_an_earlier_change_stopped_naming_is_asked():
    (finding,), plan = checked({"apps/mobile/list.ts": SILENT}, {"apps/mobile/list.ts": SILENT})

    assert finding.level is Level.WARNING
    assert "Confirm that no mobile build older than the change that stopped naming it is in use." in finding.message
    assert items(plan, "builds.") == [
        (
            "builds.mobile.earlier",
            ItemState.OPEN,
            "No mobile build older than the change that stopped naming `projects.draft` is in use",
        )
    ]


def test_what_the_server_still_names_is_asked_of_the_app_too():
    app = {"apps/mobile/list.ts": SILENT}
    (finding,), plan = checked({**app, "api/list.ts": NAMES}, {**app, "api/list.ts": SILENT})

    assert finding.level is Level.ERROR
    assert [(name, state) for name, state, _ in items(plan, "builds.")] == [("builds.mobile.earlier", ItemState.OPEN)]


def test_nothing_is_asked_where_no_app_reaches_the_database():
    app = {"apps/mobile/list.ts": "await fetch('/api/projects');\n", "api/list.ts": SILENT}
    (finding,), plan = checked(app, app)

    assert "build" not in finding.message
    assert items(plan, "builds.") == []


def test_nothing_is_asked_where_nothing_is_removed():
    app = {"apps/mobile/list.ts": SILENT}
    add = {"supabase/migrations/20240201000000_drop.sql": "ALTER TABLE projects ADD COLUMN note text;"}
    findings, plan = checked(app, {**app, **add})

    assert (findings, items(plan, "builds.")) == ((), [])


def test_what_a_flag_covers_can_be_switched_off_in_old_builds_too():
    guarded = f"{IMPORT}if (process.env.DRAFTS === 'true') {{\n  await db.from('projects').select('id, draft');\n}}\n"
    (finding,), plan = checked({"apps/mobile/list.ts": guarded}, {"apps/mobile/list.ts": SILENT})

    assert "keep failing" not in finding.message
    assert [entry for entry in items(plan, "builds.") if entry[1] is ItemState.FAILED] == []


def test_a_required_column_that_a_mobile_app_leaves_out_waits_too():
    insert = f"{IMPORT}await db.from('projects').insert({{ id: 1 }});\n"
    sql = {"supabase/migrations/20240201000000_drop.sql": "ALTER TABLE projects ADD COLUMN owner text NOT NULL;"}
    findings, _ = checked({"apps/mobile/add.ts": insert}, {**sql, "apps/mobile/add.ts": insert})

    (finding,) = [f for f in findings if f.rule == "add-required-column"]
    assert "Old mobile builds keep failing for 180 days." in finding.message


def test_what_a_consumer_uses_is_an_error_that_names_it():
    uses = (("projects.draft", Place(".github/midflight.yml", 4)),)
    scope = Scope(consumers=(Consumer("billing service", "acme/billing", uses),))
    (finding,), plan = checked({}, {}, scope)

    assert (finding.rule, finding.level) == ("drop-column", Level.ERROR)
    assert "`.github/midflight.yml:4` (billing service in acme/billing)" in finding.message
    assert "`billing service in acme/billing` keeps failing, whatever is deployed here." in finding.message
    assert finding.message.endswith("Wait until `billing service in acme/billing` no longer uses it.")
    assert plan.reason == (
        "`billing service in acme/billing` still needs `projects.draft`, which the migration takes away or tightens; "
        "new code holds on the old schema. No deployment of this repository changes `billing service in acme/billing`: "
        "put the migration into a later pull request, when `billing service in acme/billing` no longer uses it."
    )
    assert [d.phase for d in plan.deployments] == [Phase.CONTRACT]
    assert items(plan, "consumers.") == [
        (
            "consumers.billing-service-in-acme-billing",
            ItemState.FAILED,
            "`billing service in acme/billing` no longer uses `projects.draft`",
        )
    ]


def test_a_consumer_of_something_else_changes_nothing():
    uses = (("projects.title", Place(".github/midflight.yml", 4)),)
    (finding,), plan = checked({}, {}, Scope(consumers=(Consumer("billing", "", uses),)))

    assert finding.level is Level.WARNING
    assert items(plan, "consumers.") == []
