"""Inserts that rely on a default write another value."""

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
_SET = "ALTER TABLE projects ALTER COLUMN state SET DEFAULT 'open';"

rule = Rule(
    id="set-default",
    level=Level.NOTE,
    summary="Changing a default that inserts of old code rely on",
    why=(
        "Inserts of old code that leave the column out write the new value from the moment the migration runs, and code"
        " that does not know it meets it (PostgreSQL documentation, ALTER TABLE). Mostly this is what is meant, so the"
        " rule is off by default. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code that writes the column itself, or knows the new value.",
        "Contract: change the default in a later pull request.",
    ),
    bad=(
        Example(
            "Old code leaves it to the default",
            schema=_HISTORY,
            migrations=(_SET,),
            base=_OMITS,
            head=_WRITES,
            says="`web/add.ts:1`",
        ),
    ),
    good=(
        Example("Old code writes it", schema=_HISTORY, migrations=(_SET,), base=_WRITES, head=_WRITES),
        Example(
            "The same default again",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN state SET DEFAULT 'new';",),
            base=_OMITS,
            head=_OMITS,
        ),
    ),
    hazards=("set-default",),
    opt_in=True,
)


@rule.on(SetDefault)
def inserts_write_another_value(change: SetDefault, step: Step, context: Context) -> Iterator[Finding]:
    """Report another default for a column from before the change set that inserts of old code leave out."""
    table = step.before.resolve(change.table)
    before, after = (c.relations.get(table) for c in (context.before, context.after))
    old, new = (relation.column(change.column) if relation else None for relation in (before, after))
    if change.default is None or old is None or new is None or old.default == new.default:
        return
    users = omitting(context, table, change.column)
    if not users:
        return
    name, statement = f"{table.short}.{change.column}", change.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Old code at {listed(lines(users))} leaves `{name}` to its default, and writes {change.default} instead of"
            f" {old.default or 'NULL'} from the moment the migration runs. Instead, deploy code that writes the column"
            " or knows the new value first, where that is not what is meant."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=lines(users),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that writes `{name}` itself."),
            RecipeStep(Phase.CONTRACT, "Change the default in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
