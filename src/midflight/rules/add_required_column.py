"""A column that old code does not know must not be required."""

from collections.abc import Iterator

from midflight.catalog.model import Relation, Step
from midflight.compatibility.model import BreakKind
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Phase
from midflight.inspection.finding import Level as FindingLevel
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.wording import listed, places
from midflight.operations.model import AddColumn, SetDefault
from midflight.operations.shapes import Column, Name, quote
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL);"
_INSERT = {"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'test' });\n"}

rule = Rule(
    id="add-required-column",
    level=FindingLevel.ERROR,
    summary="Adding a column that inserts of old code leave out and must not",
    why=(
        "Old code does not know the column, so each of its inserts fails with 23502 from the moment the migration runs"
        " until the new code is everywhere. On a table with rows the migration itself fails, unless a default fills"
        " them."
    ),
    instead=(
        "Expand: add the column with a default, or without NOT NULL.",
        "Rollout: deploy code that writes it.",
        "Contract: drop the default, or set NOT NULL, in a later pull request.",
    ),
    bad=(
        Example(
            "NOT NULL without a default",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN owner bigint NOT NULL;",),
            base=_INSERT,
            head=_INSERT,
            says="`projects.owner`",
        ),
        Example(
            "The default is taken away in the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN owner bigint DEFAULT 0 NOT NULL;"
                    " ALTER TABLE projects ALTER COLUMN owner DROP DEFAULT;"
                ),
            ),
            base=_INSERT,
            head=_INSERT,
            says="`projects.owner`",
        ),
    ),
    good=(
        Example(
            "With a default",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN owner bigint NOT NULL DEFAULT 0;",),
            base=_INSERT,
            head=_INSERT,
        ),
        Example(
            "In a table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint); ALTER TABLE notes ADD COLUMN owner bigint NOT NULL;",),
        ),
    ),
    recipe_differs="the default stays until the new code is everywhere",
    hazards=("add-required-column", "default-dropped-after-add"),
)


@rule.on(AddColumn)
def column_is_required_in_the_end(add: AddColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report an added column that is required once the whole change set is applied."""
    table = step.before.resolve(add.table)
    before, after = context.before.relations.get(table), context.after.relations.get(table)
    column = _required(add, before, after)
    there = step.before.relations.get(table)
    if column is None or not existed(table, context) or (there and there.column(add.column.name)):
        return
    name = f"{table.short}.{column.name}"
    breaks = [b for b in context.matrix.old_new.breaks if b.object == name and b.kind is BreakKind.REQUIRED_COLUMN]
    who = f"old code's inserts at {listed(places(breaks))}" if breaks else "every insert of old code"
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH if breaks else Confidence.MEDIUM,
        message=(
            f"Adding `{name}` as NOT NULL without a default breaks {who} with 23502 from the moment the migration runs "
            "until the new code is everywhere. Instead, add it with a default or without NOT NULL, deploy the code "
            "that writes it, and require it later."
        ),
        place=Place(add.statement.path, add.statement.line),
        object=name,
        statement=add.statement,
        code=places(breaks),
        recipe=_recipe(table, column),
        phase=Phase.CONTRACT,
    )


def _required(add: AddColumn, before: Relation | None, after: Relation | None) -> Column | None:
    if before is not None and before.column(add.column.name) is not None:
        return None
    column = after.column(add.column.name) if after else None
    return column if column is not None and column.required else None


@rule.on(SetDefault)
def column_becomes_required(change: SetDefault, step: Step, context: Context) -> Iterator[Finding]:
    """Report a default that is taken from a NOT NULL column which was there before."""
    table = step.before.resolve(change.table)
    before, after = context.before.relations.get(table), context.after.relations.get(table)
    old = before.column(change.column) if before else None
    new = after.column(change.column) if after else None
    if old is None or new is None or change.default is not None or old.required or not new.required:
        return
    name = f"{table.short}.{change.column}"
    breaks = [b for b in context.matrix.old_new.breaks if b.object == name and b.statement == change.statement]
    if not breaks:
        return
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"Dropping the default of `{name}` breaks old code's inserts at {listed(places(breaks))} with 23502 from "
            "the moment the migration runs. Instead, deploy code that always writes it first, and drop the default "
            "later."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=name,
        statement=change.statement,
        code=places(breaks),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that always writes `{name}`."),
            RecipeStep(Phase.CONTRACT, "Drop the default in a later pull request.", f"{change.statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _recipe(table: Name, column: Column) -> tuple[RecipeStep, ...]:
    name = quote(column.name)
    return (
        RecipeStep(
            Phase.EXPAND,
            "Add the column without NOT NULL.",
            f"ALTER TABLE {table.short} ADD COLUMN {name} {column.type};",
        ),
        RecipeStep(Phase.ROLLOUT, "Deploy code that writes it."),
        RecipeStep(
            Phase.CONTRACT,
            "Fill the old rows, in batches on a large table, and require the column in a later pull request.",
        ),
    )
