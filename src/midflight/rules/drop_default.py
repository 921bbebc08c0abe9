"""Inserts that relied on a default write NULL."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.omissions import omitting
from midflight.inspection.usage import lines
from midflight.inspection.wording import listed
from midflight.operations.model import SetDefault
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text DEFAULT 'new');"
_OMITS = {"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x' });\n"}
_WRITES = {"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x', state: 'new' });\n"}
_DROP = "ALTER TABLE projects ALTER COLUMN state DROP DEFAULT;"

rule = Rule(
    id="drop-default",
    level=Level.WARNING,
    summary="Dropping a default that inserts of old code rely on",
    why=(
        "Inserts of old code that leave the column out write NULL, without an error, from the moment the migration runs"
        " until the new code is everywhere, and again after a rollback of the code; where the column is NOT NULL they"
        " fail with 23502, which add-required-column reports (measured on 12 to 18). The values that the default would"
        " have given are lost."
    ),
    instead=(
        "Rollout: deploy code that always writes the column.",
        "Contract: drop the default in a later pull request.",
    ),
    bad=(
        Example(
            "Old code leaves it to the default",
            schema=_HISTORY,
            migrations=(_DROP,),
            base=_OMITS,
            head=_WRITES,
            says="NULL",
        ),
    ),
    good=(
        Example("Old code writes it", schema=_HISTORY, migrations=(_DROP,), base=_WRITES, head=_WRITES),
        Example(
            "Another default takes its place",
            schema=_HISTORY,
            migrations=(f"{_DROP} ALTER TABLE projects ALTER COLUMN state SET DEFAULT 'open';",),
            base=_OMITS,
            head=_OMITS,
        ),
        Example(
            "The default of a column of the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN size integer DEFAULT 0;"
                    " ALTER TABLE projects ALTER COLUMN size DROP DEFAULT;"
                ),
            ),
            base=_OMITS,
            head=_OMITS,
        ),
        Example("Nobody inserts", schema=_HISTORY, migrations=(_DROP,)),
    ),
    hazards=("drop-default",),
)


@rule.on(SetDefault)
def inserts_write_null(change: SetDefault, step: Step, context: Context) -> Iterator[Finding]:
    """Report a default of a nullable column that goes away while inserts of old code leave the column out."""
    table = step.before.resolve(change.table)
    before, after = (c.relations.get(table) for c in (context.before, context.after))
    old, new = (relation.column(change.column) if relation else None for relation in (before, after))
    if change.default is not None or old is None or new is None:
        return
    users = omitting(context, table, change.column)
    if old.default is None or old.default.upper() == "NULL" or new.default is not None or new.not_null or not users:
        return
    name, statement = f"{table.short}.{change.column}", change.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Without the default of `{name}`, old code at {listed(lines(users))} writes NULL where it wrote"
            f" {old.default}, without an error, from the moment the migration runs. Instead, deploy code that always"
            " writes the column first, and drop the default in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=lines(users),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that always writes `{name}`."),
            RecipeStep(Phase.CONTRACT, "Drop the default in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
