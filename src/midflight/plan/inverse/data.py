"""Data statements: nothing undoes them, so the inverse says what to copy first and how to put it back."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Sequence

from midflight.catalog.model import Catalog
from midflight.operations import model as op
from midflight.operations.shapes import Name, quote
from midflight.plan.inverse.copies import copy_columns, copy_name, copy_rows, insert_back, put_back, with_copy
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
            return _deleted(before.resolve(table), "" if operation.reads else where, before)
        case op.Truncate(tables=tables):
            return _truncated([before.resolve(t) for t in tables], before, cascade=operation.cascade)
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
    restore = put_back(table, operation.columns, before) or f"by hand, from {copy_name(table).short}"
    return Inverse(with_copy(first, restore), Reversibility.IRREVERSIBLE, note)


def _deleted(table: Name, where: str, before: Catalog) -> Inverse:
    note = f"The rows deleted from `{table.short}` do not come back: copy them first."
    return Inverse(with_copy(copy_rows(table, where), insert_back(table, before)), Reversibility.IRREVERSIBLE, note)


def _truncated(tables: Sequence[Name], before: Catalog, *, cascade: bool) -> Inverse:
    listed = ", ".join(f"`{t.short}`" for t in tables)
    more = " and of every table that references it (CASCADE)" if cascade else ""
    note = f"The rows of {listed}{more} do not come back: copy them first."
    first = "\n".join(map(copy_rows, tables))
    restore = "\n".join(insert_back(table, before) for table in tables)
    return Inverse(with_copy(first, restore), Reversibility.IRREVERSIBLE, note)
