"""Readers of a column that was never empty meet NULL."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import DropNotNull
from midflight.references.model import Access, Place, Verb

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL);"
_READER = {"web/list.ts": "await db.from('projects').select('id, title');\n"}

rule = Rule(
    id="drop-not-null",
    level=Level.WARNING,
    summary="Allowing NULL in a column that old code reads",
    why=(
        "Old code that reads the column was written for a value that is always there; as soon as new code writes NULL,"
        " it meets one until the new code is everywhere, and again after a rollback of the code. Once a row is NULL,"
        " NOT NULL cannot be set again without filling it. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code that reads NULL, and watch it for a release.",
        "Contract: drop NOT NULL in a later pull request, before the code that writes NULL.",
    ),
    bad=(
        Example(
            "Old code selects it",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN title DROP NOT NULL;",),
            base=_READER,
            head=_READER,
            says="`web/list.ts:1`",
        ),
    ),
    good=(
        Example(
            "Nobody reads it",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN title DROP NOT NULL;",),
            base={"web/list.ts": "await db.from('projects').select('id');\n"},
            head={"web/list.ts": "await db.from('projects').select('id');\n"},
        ),
    ),
    confirms="whether the code can read NULL is not visible, so a person confirms the last step",
    hazards=("drop-not-null",),
)


@rule.on(DropNotNull)
def readers_meet_null(change: DropNotNull, step: Step, context: Context) -> Iterator[Finding]:
    """Report a column from before the change set that takes NULL from now on and is read by old code."""
    table = step.before.resolve(change.table)
    before, after = (c.relations.get(table) for c in (context.before, context.after))
    known, now = (relation.column(change.column) if relation else None for relation in (before, after))
    uses = (use for reference in table_uses(context, table, {Verb.SELECT}) for use in reference.columns)
    reads = [use.place for use in uses if use.name == change.column and use.access is Access.READ]
    if known is None or now is None or not known.not_null or now.not_null or not reads:
        return
    name, lines = f"{table.short}.{change.column}", tuple(dict.fromkeys(reads))
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Allowing NULL in `{name}` hands old code at {listed(lines)} a value that it has never met, as soon as "
            "new code writes one and until the new code is everywhere. Instead, deploy code that reads NULL first, and "
            "drop NOT NULL after that."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=name,
        statement=change.statement,
        code=lines,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that reads NULL in `{name}`."),
            RecipeStep(Phase.CONTRACT, "Drop NOT NULL in a later pull request.", f"{change.statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
