"""Rows from before the change may not satisfy what the change demands."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import Operation, SetNotNull, Update
from midflight.operations.shapes import Column, ConstraintKind, Name, quote
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"

rule = Rule(
    id="contract-without-backfill",
    level=Level.WARNING,
    summary="Requiring a column without having filled its old rows",
    why=(
        "No migration fills the column, so rows from before it may be NULL: then the migration fails with 23502 and the"
        " deployment stops halfway. Nothing is lost."
    ),
    instead=(
        "Expand: fill the rows that are NULL, in batches, and verify that none is left.",
        "Contract: set NOT NULL in a later pull request.",
    ),
    bad=(
        Example(
            "No UPDATE ever filled it",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN state SET NOT NULL;",),
            says="`projects.state`",
        ),
    ),
    good=(
        Example(
            "Filled before it is required",
            schema=_HISTORY,
            migrations=(
                "UPDATE projects SET state = 'new' WHERE state IS NULL;",
                "ALTER TABLE projects ALTER COLUMN state SET NOT NULL;",
            ),
        ),
        Example(
            "A checked constraint proves it",
            schema=_HISTORY + " ALTER TABLE projects ADD CONSTRAINT state_set CHECK (state IS NOT NULL);",
            migrations=("ALTER TABLE projects ALTER COLUMN state SET NOT NULL;",),
        ),
    ),
)


@rule.on(SetNotNull)
def nothing_filled_it(change: SetNotNull, step: Step, context: Context) -> Iterator[Finding]:
    """Report SET NOT NULL on an old column that no migration fills and no constraint proves."""
    table = step.before.resolve(change.table)
    relation = context.before.relations.get(table)
    column = relation.column(change.column) if relation else None
    if relation is None or column is None or column.not_null or _filled(table, column, step, context):
        return
    proofs = (c.expression or "" for c in relation.constraints if c.kind is ConstraintKind.CHECK and not c.not_valid)
    if any(_proves(expression, change.column) for expression in proofs):
        return
    name, where = f"{table.short}.{change.column}", f"{quote(change.column)} IS NULL"
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Requiring `{name}` fails with 23502 when a row from before is NULL, and no migration fills it. Instead, "
            "fill the rows first, verify that none is left, and set NOT NULL after that."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=name,
        statement=change.statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Fill the rows that are NULL with the value that fits, in batches on a large table.",
                f"UPDATE {table.short} SET {quote(change.column)} = DEFAULT WHERE {where};",
            ),
            RecipeStep(Phase.CONTRACT, "Require it in a later pull request.", f"{change.statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _filled(table: Name, column: Column, step: Step, context: Context) -> bool:
    if column.default is not None:
        return True
    earlier = (s.operation for s in context.steps)
    return any(_fills(operation, table, column.name) for operation in (*context.history, *earlier))


def _fills(operation: Operation, table: Name, column: str) -> bool:
    match operation:
        case Update(table=written, columns=columns):
            return written.name == table.name and column in columns
        case _:
            return False


def _proves(expression: str, column: str) -> bool:
    words = expression.replace("(", " ").replace(")", " ").replace('"', "").lower()
    return f"{column.lower()} is not null" in " ".join(words.split())
