"""Operations on objects that the history does not show: undone from the statement alone, or by hand."""

from midflight.catalog.model import Catalog, Step
from midflight.operations import model as op
from midflight.operations.shapes import Name, quote
from midflight.plan.inverse.piece import NOTHING, commented
from midflight.plan.model import Inverse, Reversibility

_DROPS = (
    op.DropTable,
    op.DropView,
    op.DropIndex,
    op.DropSequence,
    op.DropType,
)


def undo_unknown(step: Step) -> Inverse | None:
    """Return the inverse for an object that the catalog before does not know; None where it is known or absent."""
    operation, before = step.operation, step.before
    if isinstance(operation, op.CreateTable | op.CreateView):
        return None
    table: object = getattr(operation, "table", None)
    if isinstance(table, Name):
        return _on_table(operation, before.resolve(table), before)
    if isinstance(operation, _DROPS):
        return _drop(operation, operation.name, before)
    if isinstance(operation, op.DropRoutine):
        return None if before.routines_named(operation.name) else _drop(operation, operation.name, before)
    return None


def _drop(operation: op.Operation, name: Name, before: Catalog) -> Inverse | None:
    resolved = before.resolve(name)
    if resolved in before.relations or resolved in before.indexes or resolved in before.types:
        return None
    return _lost(name, operation) if before.why_unknown(name) else None


def _lost(name: Name, operation: op.Operation) -> Inverse:
    sentence = f"The history does not show what `{name.short}` was: recreate it from a backup or from the database."
    return Inverse(commented(f"{sentence}\nundoes: {operation.statement.text}"), Reversibility.IRREVERSIBLE, sentence)


def _on_table(operation: op.Operation, table: Name, before: Catalog) -> Inverse | None:
    relation = before.relations.get(table)
    column = str(getattr(operation, "column", "") or "")
    if isinstance(operation, op.AddColumn):
        column = operation.column.name
    if relation is not None:
        known = relation.column(column)
        if relation.complete or not column or isinstance(operation, op.AddColumn) or (known and known.type):
            return None
    elif not before.why_unknown(table):
        return None
    return _from_statement(operation, table)


def _from_statement(operation: op.Operation, table: Name) -> Inverse | None:
    alter = f"ALTER TABLE {table.short}"
    match operation:
        case op.AddColumn(column=column):
            note = f"Values written to `{table.short}.{quote(column.name)}` since are lost."
            return Inverse(f"{alter} DROP COLUMN IF EXISTS {quote(column.name)};", Reversibility.LOSSY, note)
        case op.SetNotNull(column=name):
            return _safe(f"{alter} ALTER COLUMN {quote(name)} DROP NOT NULL;")
        case op.DropNotNull(column=name):
            return _safe(f"{alter} ALTER COLUMN {quote(name)} SET NOT NULL;")
        case op.AddConstraint(constraint=constraint) if constraint.name:
            return _safe(f"{alter} DROP CONSTRAINT IF EXISTS {quote(constraint.name)};")
        case op.SetRowSecurity(enabled=bool(enabled)):
            return _safe(f"{alter} {'DISABLE' if enabled else 'ENABLE'} ROW LEVEL SECURITY;")
        case op.DropColumn() | op.AlterColumnType() | op.SetDefault() | op.DropConstraint() | op.AddConstraint():
            return _lost(table, operation)
        case op.SetIdentity() | op.SetExpression() | op.AlterConstraint() | op.DropTrigger() | op.DropPolicy():
            return _lost(table, operation)
        case _:
            return None


def _safe(sql: str) -> Inverse:
    note = "The history does not show this table; it is assumed that the statement changed something."
    return Inverse(sql, NOTHING.grade, note)
