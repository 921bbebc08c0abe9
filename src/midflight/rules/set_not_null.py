"""Old code may still leave the column empty."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.compatibility.model import BreakKind
from midflight.inspection.causes import old_code_level
from midflight.inspection.constraining import required_steps
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import listed, places
from midflight.operations.model import SetNotNull
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"
_MIGRATION = (
    "UPDATE projects SET state = 'new' WHERE state IS NULL;\nALTER TABLE projects ALTER COLUMN state SET NOT NULL;"
)

rule = Rule(
    id="set-not-null",
    level=Level.ERROR,
    summary="Requiring a column that inserts of old code leave out",
    why=(
        "Inserts of old code that leave the column out fail with 23502 from the moment the migration runs until the new"
        " code is everywhere, and again after a rollback of the code. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code that always writes the column, or give it a default.",
        "Contract: refuse new NULLs with a CHECK that is NOT VALID, fill the rows that are NULL, and validate it.",
        "Contract: set NOT NULL, which reads no row then, and drop the CHECK.",
    ),
    bad=(
        Example(
            "Old inserts leave it out",
            schema=_HISTORY,
            migrations=(_MIGRATION,),
            base={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'test' });\n"},
            head={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'test', state: 'new' });\n"},
            says="`projects.state`",
        ),
    ),
    good=(
        Example(
            "Old code writes it already",
            schema=f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state IS NOT NULL);",
            migrations=(_MIGRATION,),
            base={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'test', state: 'new' });\n"},
            head={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'test', state: 'new' });\n"},
        ),
    ),
    hazards=("set-not-null-old-writer",),
)


@rule.on(SetNotNull)
def old_inserts_leave_it_out(change: SetNotNull, step: Step, context: Context) -> Iterator[Finding]:
    """Report a column that becomes required while old inserts leave it out."""
    table, column, statement = step.before.resolve(change.table), change.column, change.statement
    name = f"{table.short}.{column}"
    breaks = [b for b in context.matrix.old_new.breaks if b.object == name and b.kind is BreakKind.REQUIRED_COLUMN]
    before = context.before.relations.get(table)
    if not breaks or before is None or before.column(column) is None:
        return
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"Requiring `{name}` breaks old code's inserts at {listed(places(breaks))} with 23502 from the moment the "
            "migration runs until the new code is everywhere. Instead, deploy code that always writes it first, and "
            "set NOT NULL in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=places(breaks),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that always writes `{name}`."),
            *required_steps(step.before.relations.get(table, before), column, step.before, fill=True),
        ),
        phase=Phase.CONTRACT,
    )
