"""A trigger stops while code still writes its table."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import DropTrigger, SetTrigger
from midflight.operations.shapes import Name, Trigger
from midflight.references.model import Place, Verb

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
    " CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
    " CREATE TRIGGER stamped BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION stamp();"
)
_WRITER = {"web/edit.ts": "await db.from('projects').update({ title: 'x' }).eq('id', 1);\n"}
_VERBS = {
    "INSERT": (Verb.INSERT, Verb.UPSERT),
    "UPDATE": (Verb.UPDATE, Verb.UPSERT),
    "DELETE": (Verb.DELETE,),
}

rule = Rule(
    id="drop-trigger",
    level=Level.WARNING,
    summary="Dropping or disabling a trigger on a table that old code writes",
    why=(
        "What the trigger did for each write of old code (a copy, a check, a time stamp) no longer happens from the"
        " moment the migration runs, without any error. What it would have written is lost."
    ),
    instead=(
        "Rollout: deploy code that does the trigger's work, or does without it, and watch it for a release.",
        "Contract: drop the trigger in a later pull request.",
    ),
    bad=(
        Example(
            "Old code writes the table",
            schema=_HISTORY,
            migrations=("DROP TRIGGER stamped ON projects;",),
            base=_WRITER,
            head=_WRITER,
            says="`web/edit.ts:1`",
        ),
        Example(
            "Switched off for good",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DISABLE TRIGGER stamped;",),
            base=_WRITER,
            head=_WRITER,
            says="`stamped`",
        ),
    ),
    good=(
        Example("Nobody writes the table", schema=_HISTORY, migrations=("DROP TRIGGER stamped ON projects;",)),
        Example(
            "Replaced by another one with the same function",
            schema=_HISTORY,
            migrations=(
                (
                    "DROP TRIGGER stamped ON projects; CREATE TRIGGER stamped_always"
                    " BEFORE INSERT OR UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION stamp();"
                ),
            ),
            base=_WRITER,
            head=_WRITER,
        ),
        Example(
            "Switched off for a copy only",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects DISABLE TRIGGER stamped; UPDATE projects SET title = '' WHERE id IN (1, 2);"
                    " ALTER TABLE projects ENABLE TRIGGER stamped;"
                ),
            ),
            base=_WRITER,
            head=_WRITER,
        ),
    ),
    confirms="what the trigger did is not written in the code, so a person confirms the last step",
    hazards=("drop-or-disable-trigger",),
)


@rule.on(DropTrigger)
def trigger_is_dropped(drop: DropTrigger, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a trigger from before the change set, unless its function fires as before."""
    table = step.before.resolve(drop.table)
    known = context.before.triggers.get((table, drop.name))
    if known is not None and known.enabled and table in context.after.relations:
        yield from _stopped(known, table, step, context)


@rule.on(SetTrigger)
def trigger_is_disabled(change: SetTrigger, step: Step, context: Context) -> Iterator[Finding]:
    """Report a trigger from before the change set that is off after it."""
    table = step.before.resolve(change.table)
    for (owner, name), known in context.before.triggers.items():
        meant = owner == table and change.name in {name, "ALL", "USER"}
        if meant and known.enabled and not change.enabled and not _enabled_again(name, table, context):
            yield from _stopped(known, table, step, context)


def _enabled_again(name: str, table: Name, context: Context) -> bool:
    """Whether the change set's last word on the trigger switches it on."""
    last = None
    for step in context.steps:
        operation = step.operation
        if isinstance(operation, SetTrigger) and step.before.resolve(operation.table) == table:
            last = operation.enabled if operation.name in {name, "ALL", "USER"} else last
    return last is not False


def _stopped(known: Trigger, table: Name, step: Step, context: Context) -> Iterator[Finding]:
    verbs = {verb for event in known.events or tuple(_VERBS) for verb in _VERBS.get(event.split()[0].upper(), ())}
    users = lines(table_uses(context, table, verbs))
    heirs = (t for key, t in context.after.triggers.items() if key[0] == table and t.enabled)
    if not users or any(t.function.name == known.function.name and set(known.events) <= set(t.events) for t in heirs):
        return
    statement = step.operation.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Without trigger `{known.name}` on `{table.short}`, what `{known.function.name}()` does for the writes of "
            f"old code at {listed(users)} no longer happens, without an error, from the moment the migration runs. "
            "Instead, deploy code that does this work or does without it first, and stop the trigger in a later pull "
            "request."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{known.name}",
        statement=statement,
        code=users,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does the work of `{known.name}`, or does without it."),
            RecipeStep(Phase.CONTRACT, "Stop the trigger in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
