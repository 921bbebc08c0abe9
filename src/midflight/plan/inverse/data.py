"""Data statements: nothing undoes them, so the inverse says what to copy first and how to put it back."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Sequence

from midflight.catalog.model import Catalog
from midflight.operations import model as op
from midflight.operations.shapes import Name, quote
from midflight.plan.inverse.copies import copy_columns, copy_name, copy_rows, put_back
from midflight.plan.inverse.piece import commented
from midflight.plan.model import Inverse, Reversibility

DATA = (op.Insert, op.Update, op.Delete, op.Truncate, op.Copy)


def undo_data(operation: op.Operation, before: Catalog) -> Inverse | None:
    """Return the comment and the grade for a data statement, None for any other operation."""
    match operation:
        case op.Insert(table=table):
            return _inserted(before.resolve(table))
        case op.Copy(table=table, from_=True) if table is not None:
            return _inserted(before.resolve(table))
        case op.Copy():
            return Inverse("", Reversibility.LOSSLESS)
        case op.Update():
            return _updated(operation, before)
        case op.Delete(table=table, where=where):
            return _deleted(before.resolve(table), where)
        case op.Truncate(tables=tables):
            return _truncated([before.resolve(t) for t in tables], cascade=operation.cascade)
        case _:
            return None


def _inserted(table: Name) -> Inverse:
    note = f"Rows inserted into `{table.short}` stay; delete them by hand if old code must not see them."
    return Inverse(commented(f"DELETE FROM {table.short} WHERE <the inserted rows>;"), Reversibility.LOSSY, note)


def _updated(operation: op.Update, before: Catalog) -> Inverse:
    table = before.resolve(operation.table)
    columns = ", ".join(f"`{quote(c)}`" for c in operation.columns) or "the columns"
    where = "" if operation.reads else operation.where
    first = copy_columns(table, operation.columns, before, where)
    note = f"The values that the UPDATE writes over in {columns} of `{table.short}` do not come back: copy them first."
    restore = put_back(table, operation.columns, before)
    return _with_copy(first, restore or f"put the values back by hand from {copy_name(table).short}", note)


def _deleted(table: Name, where: str) -> Inverse:
    note = f"The rows deleted from `{table.short}` do not come back: copy them first."
    return _with_copy(copy_rows(table, where), _insert(table), note)


def _truncated(tables: Sequence[Name], *, cascade: bool) -> Inverse:
    listed = ", ".join(f"`{t.short}`" for t in tables)
    more = " and of every table that references it (CASCADE)" if cascade else ""
    note = f"The rows of {listed}{more} do not come back: copy them first."
    return _with_copy("\n".join(map(copy_rows, tables)), "\n".join(map(_insert, tables)), note)


def _insert(table: Name) -> str:
    return f"INSERT INTO {table.short} SELECT * FROM {copy_name(table).short};"


def _with_copy(first: str, restore: str, note: str) -> Inverse:
    text = f"before the migration, keep what it destroys:\n{first}\nthen this puts it back:\n{restore}"
    return Inverse(commented(text), Reversibility.IRREVERSIBLE, note)
