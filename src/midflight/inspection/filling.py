"""Whether the migrations fill a column, so that its old rows are not NULL."""

from midflight.inspection.earlier import of_kinds
from midflight.inspection.finding import Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context
from midflight.operations.model import Operation, Update
from midflight.operations.shapes import Name, quote


def is_filled(table: Name, column: str, context: Context) -> bool:
    """Return whether the column (of a resolved table) has a default, or an UPDATE of the history or change sets it."""
    relation = context.before.relations.get(table) or context.after.relations.get(table)
    known = relation.column(column) if relation else None
    if known is not None and known.default is not None:
        return True
    pending = (step.operation for step in context.steps)
    return any(_fills(operation, table, column) for operation in (*of_kinds(context.history, Update), *pending))


def _fills(operation: Operation, table: Name, column: str) -> bool:
    return isinstance(operation, Update) and operation.table.name == table.name and column in operation.columns


def fill_step(table: Name, column: str, phase: Phase) -> RecipeStep:
    """Return the step that fills the rows that are NULL."""
    name = quote(column)
    return RecipeStep(
        phase,
        "Fill the rows that are NULL with the value that fits, in batches on a large table.",
        f"UPDATE {table.short} SET {name} = DEFAULT WHERE {name} IS NULL;",  # noqa: S608 - shown to people, quoted
    )
