"""Backfills: an UPDATE of a whole table as the batches that do not hold it."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from midflight.catalog.model import Step
from midflight.inspection.finding import Phase
from midflight.inspection.finding import Step as Advice
from midflight.operations import model as op
from midflight.operations.shapes import quote
from midflight.plan.inverse.copies import key_of
from midflight.plan.words import code, listed

BATCH = 1000


def backfill(step: Step) -> Advice | None:
    """Return the advice for an UPDATE, with the batched statement where the key and the condition are known."""
    operation = step.operation
    if not isinstance(operation, op.Update):
        return None
    table = step.before.resolve(operation.table)
    columns = listed(code(f"{table.short}.{column}") for column in operation.columns)
    sql = batched(operation, step)
    how = f"in batches of {BATCH}; repeat until 0 rows are updated" if sql else "in batches, outside the migration"
    return Advice(Phase.EXPAND, f"Backfill {columns or code(table.short)} {how}.", sql)


def batched(operation: op.Update, step: Step) -> str:
    """Return the UPDATE for one batch, empty where the statement does not tell how to cut it.

    It needs a primary key, no other tables in the statement, and a condition that a batch makes false: the
    author's own, or "is null" of the one column that is written.
    """
    table = step.before.resolve(operation.table)
    key = key_of(table, step.before)
    text = operation.statement.text.strip().rstrip(";").rstrip()
    condition = operation.where if operation.bounded else _unfilled(operation)
    if not key or not condition or operation.reads:
        return ""
    if operation.bounded:
        if not text.endswith(condition):
            return ""
        text = text.removesuffix(condition).rstrip().removesuffix("WHERE").removesuffix("where").rstrip()
    listed_key = ", ".join(map(quote, key))
    keys = f"({listed_key})" if len(key) > 1 else listed_key
    return (
        f"{text}\nWHERE {keys} IN (\n"
        f"    SELECT {listed_key} FROM {table.short} WHERE {condition} ORDER BY {listed_key} LIMIT {BATCH}\n);"
    )


def _unfilled(operation: op.Update) -> str:
    return f"{quote(operation.columns[0])} IS NULL" if len(operation.columns) == 1 else ""
