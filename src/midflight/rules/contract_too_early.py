"""What is dropped soon after code stopped naming it is still named by what people go back to."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.model import Step
from midflight.compatibility.lasting import build, days
from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed, removed_routines
from midflight.inspection.removal import builds_told, removal
from midflight.operations.model import DropColumn, DropRoutine, DropTable

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL, old_field text);"
_LOGS = f"{_HISTORY} CREATE TABLE project_logs (id bigint);"
_FUNCTION = "CREATE FUNCTION list_projects() RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"
_NOW = {"web/list.ts": "await db.from('projects').select('id');\n"}

rule = Rule(
    id="contract-too-early",
    level=Level.WARNING,
    summary="Dropping what code stopped naming only a short while ago",
    why=(
        "The release before the last one still names it: going back to that release, which is what a rollback does "
        "while the last one is watched, fails with 42P01, 42703 or 42883, and the values are gone. How long an object "
        "is watched is set with `contraction`; the code of so many days before is read from the git history. What "
        "a mobile app or a command line named is watched for as long as its builds live (`lifetimes`)."
    ),
    instead=(
        "Rollout: deploy code that no longer names it, and watch it for the days of `contraction`.",
        "Contract: drop it when `midflight contractions` lists it as ready.",
    ),
    bad=(
        Example(
            "Code of 14 days before still selects the column",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP COLUMN old_field;",),
            base=_NOW,
            head=_NOW,
            older={"web/list.ts": "await db.from('projects').select('id, old_field');\n"},
            says="code of 14 days before base names it",
        ),
        Example(
            "Code of 14 days before still writes the table",
            schema=_LOGS,
            migrations=("DROP TABLE project_logs;",),
            base=_NOW,
            head=_NOW,
            older={"api/log.py": 'client.table("project_logs").insert({"id": 1}).execute()\n'},
            says="table `project_logs`",
        ),
        Example(
            "Code of 14 days before still calls the routine",
            schema=_FUNCTION,
            migrations=("DROP FUNCTION list_projects();",),
            older={"web/list.ts": "await supabase.rpc('list_projects');\n"},
            says="routine `list_projects`",
        ),
    ),
    good=(
        Example(
            "A column that is made and dropped by the change itself",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN draft text;", "ALTER TABLE projects DROP COLUMN draft;"),
            older={"web/list.ts": "await db.from('projects').select('id, draft');\n"},
        ),
        Example(
            "Code stops naming it, and it stays",
            schema=_HISTORY,
            base=_NOW,
            head=_NOW,
            older={"web/list.ts": "await db.from('projects').select('id, old_field');\n"},
        ),
    ),
    confirms="values that are dropped cannot be brought back, so a person confirms the last step",
)


@rule.on(DropColumn)
def column_is_still_watched(drop: DropColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a column that code named a short while ago."""
    table = step.before.resolve(drop.table)
    relation, after = context.before.relations.get(table), context.after.relations.get(table)
    if relation is None or relation.column(drop.column) is None or (after and after.column(drop.column)):
        return
    if when := _still_watched(drop.column, context):
        name = f"{table.short}.{drop.column}"
        yield from _too_early(f"column `{name}`", name, when, step, context)


@rule.on(DropTable)
def table_is_still_watched(drop: DropTable, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a table that code named a short while ago."""
    name = step.before.resolve(drop.name)
    when = _still_watched(name.name, context)
    if when and existed(name, context) and name not in context.after.relations:
        yield from _too_early(f"table `{name.short}`", name.short, when, step, context)


@rule.on(DropRoutine)
def routine_is_still_watched(drop: DropRoutine, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a routine that code named a short while ago."""
    kept = {key.name for key in context.after.routines}
    gone = {key.name for key in removed_routines(step) if key in context.before.routines}
    for name in sorted(gone - kept):
        if when := _still_watched(name.name, context):
            yield from _too_early(f"routine `{name.short}`", name.short, when, step, context)


def _still_watched(word: str, context: Context) -> str:
    """Who still names it and what to wait for, empty where nobody is known to."""
    runs = context.stopped.builds.get(word)
    if runs is not None:
        life = days(runs.days)
        return (
            f"code of the last {life} names it in a {build(runs)}, which may be in use for {life} and fails once it is "
            f"gone. Instead, drop it {life} after the release that stopped naming it."
        )
    if word in context.stopped.words:
        ago = days(context.stopped.days)
        return (
            f"code of {ago} before base names it, and going back to that code fails once it is gone. Instead, drop it "
            f"{ago} after the deployment that stopped naming it."
        )
    return ""


def _too_early(what: str, name: str, when: str, step: Step, context: Context) -> Iterator[Finding]:
    """Tell it with the recipe of every removal; what base still names is a break, and told as one."""
    message = f"Removing {what} comes too early: {when}{builds_told(context)}"
    for finding in removal(rule.id, what, (name,), step, context):
        if finding.level is Level.WARNING and not finding.code:
            yield replace(finding, message=message)
