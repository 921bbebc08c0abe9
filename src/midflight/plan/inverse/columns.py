"""Columns of kept tables that a step added, dropped or changed."""

import re
from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.ddl import add_column, create_index
from midflight.catalog.model import Catalog, Relation
from midflight.operations import model as op
from midflight.operations.shapes import Column, Generated, quote
from midflight.plan.inverse.casts import cast_back, grade_of
from midflight.plan.inverse.copies import copy_columns, copy_name, put_back, with_copy
from midflight.plan.inverse.difference import StepDifference, changed
from midflight.plan.inverse.piece import Piece, Rank, commented
from midflight.plan.model import Reversibility


def column_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what takes away new columns, brings back dropped ones and resets changed ones."""
    for _, before, after in changed(d.before.relations, d.after.relations):
        if before.is_table and before.columns != after.columns:
            yield from _of_table(before, after, d)


def _of_table(before: Relation, after: Relation, d: StepDifference) -> Iterator[Piece]:
    given = {c.name for _, parent in d.parents(after) for c in parent.columns}
    for column in after.columns:
        if before.column(column.name) is None and column.name not in given:
            yield _take_away(before, column)
    given = {c.name for parent, _ in d.parents(before) for c in parent.columns}
    for column in before.columns:
        now = after.column(column.name)
        if column.name in given:
            continue
        if now is None:
            yield from _bring_back(before, column, d)
        elif now != column and bool(now.type) == bool(column.type):
            yield from _reset(before, column, now, d)


def _take_away(table: Relation, column: Column) -> Piece:
    sql = f"ALTER TABLE {table.name.short} DROP COLUMN IF EXISTS {quote(column.name)}"
    if column.generated:
        return Piece(Rank.DROP_COLUMN, sql)
    note = f"Values written to `{table.name.short}.{quote(column.name)}` since are lost."
    return Piece(Rank.DROP_COLUMN, sql, Reversibility.LOSSY, note)


def _bring_back(table: Relation, column: Column, d: StepDifference) -> Iterator[Piece]:
    where = f"`{table.name.short}.{quote(column.name)}`"
    if not column.type:
        sentence = f"The history does not show the definition of {where}: write this step by hand."
        yield Piece(Rank.MAKE_COLUMN, commented(sentence), Reversibility.IRREVERSIBLE, sentence)
        return
    if column.generated:
        yield Piece(Rank.MAKE_COLUMN, add_column(table.name, column))
        return
    note = f"The values of {where} are lost: copy them before the migration."
    bare = replace(column, not_null=False) if column.required else column
    yield Piece(Rank.MAKE_COLUMN, add_column(table.name, bare), Reversibility.IRREVERSIBLE, note)
    first = copy_columns(table.name, (column.name,), d.before)
    restore = put_back(table.name, (column.name,), d.before) or f"by hand, from {copy_name(table.name).short}"
    yield Piece(Rank.MAKE_COLUMN, with_copy(first, restore))
    if column.required:
        # a NOT NULL column without default cannot be added to a table with rows (SQLSTATE 23502)
        yield _not_null(table, column, back=True)


def _reset(table: Relation, before: Column, after: Column, d: StepDifference) -> Iterator[Piece]:
    if before.generated != after.generated or before.expression != after.expression:
        yield from _expression(table, before, after)
        return
    if before.type != after.type or before.collation != after.collation:
        yield from _type(table, before, after, d)
    if before.identity != after.identity:
        yield from _identity(table, before, after)
    elif before.default != after.default:
        change = f"SET DEFAULT {before.default}" if before.default is not None else "DROP DEFAULT"
        yield _alter(table, before, change)
    if before.not_null != after.not_null and not _named_not_null(table, before):
        yield _not_null(table, before, back=before.not_null)


def _alter(table: Relation, column: Column, change: str, *, note: str = "") -> Piece:
    sql = f"ALTER TABLE {table.name.short} ALTER COLUMN {quote(column.name)} {change}"
    return Piece(Rank.CHANGE_COLUMN, sql, note=note)


def _not_null(table: Relation, column: Column, *, back: bool) -> Piece:
    if not back:
        return _alter(table, column, "DROP NOT NULL")
    where = f"`{table.name.short}.{quote(column.name)}`"
    return _alter(table, column, "SET NOT NULL", note=f"NULLs in {where} make this step fail: fill them first.")


def _named_not_null(table: Relation, column: Column) -> bool:
    """Whether a constraint of its own (PostgreSQL 18) makes the column NOT NULL."""
    return any(c.kind.value == "NOT NULL" and c.columns == (column.name,) for c in table.constraints)


def _type(table: Relation, before: Column, after: Column, d: StepDifference) -> Iterator[Piece]:
    name = quote(before.name)
    using = d.operation.using if isinstance(d.operation, op.AlterColumnType) else None
    cast = cast_back(name, after.type, before.type)
    grade, note = grade_of(before.type, after.type, using)
    if _fewer_labels(after.type, before.type, d):
        grade, note = Reversibility.LOSSLESS, ""
    elif cast and using and grade is Reversibility.LOSSLESS:
        grade, note = Reversibility.LOSSY, f"The cast {cast} is computed from the types, not from the author's USING."
    collation = f" COLLATE {before.collation}" if before.collation else ""
    clause = f" USING {cast}" if cast else ""
    sql = f"ALTER TABLE {table.name.short} ALTER COLUMN {name} TYPE {before.type}{collation}{clause}"
    if cast and after.default is not None:
        # a default is not cast by USING and would make the server refuse the change (SQLSTATE 42804)
        yield replace(_alter(table, before, "DROP DEFAULT"), rank=Rank.DROP_DEFAULT)
    yield Piece(Rank.CHANGE_COLUMN, sql, grade, note)
    yield from _computed_indexes(table, before, d)
    if before.default == after.default and before.default is not None and (cast or before.default.startswith("'")):
        # the server has cast the literal to the new type and would keep that cast
        yield _alter(table, before, f"SET DEFAULT {before.default}")


def _computed_indexes(table: Relation, column: Column, d: StepDifference) -> Iterator[Piece]:
    """Yield what makes indexes over expressions of the column anew.

    The server has written a cast to the new type into them, and would keep it on the way back (measured on 15).
    """
    word = re.compile(rf"\b{re.escape(column.name)}\b")
    for name, index in d.before.indexes.items():
        computed = (*(key for key in index.keys if key.startswith("(")), index.predicate or "")
        if index.table == table.name and name in d.after.indexes and any(map(word.search, computed)):
            yield Piece(Rank.DROP_INDEX, f"DROP INDEX IF EXISTS {name.short}")
            yield Piece(Rank.MAKE_INDEX, create_index(index))


def _fewer_labels(now: str, then: str, d: StepDifference) -> bool:
    """Whether both are enums and every label of the one now is a label of the one then."""
    new, old = _enum(now, d.after), _enum(then, d.before)
    return bool(new) and bool(old) and set(new) <= set(old)


def _enum(type_name: str, catalog: Catalog) -> tuple[str, ...]:
    known = next((t for n, t in catalog.types.items() if type_name in {str(n), n.short, quote(n.name)}), None)
    return known.labels if known else ()


def _identity(table: Relation, before: Column, after: Column) -> Iterator[Piece]:
    if before.identity is None:
        yield _alter(table, before, "DROP IDENTITY IF EXISTS")
        if before.default is not None:
            yield _alter(table, before, f"SET DEFAULT {before.default}")
    elif after.identity is None:
        if after.default is not None:
            yield replace(_alter(table, before, "DROP DEFAULT"), rank=Rank.DROP_DEFAULT)
        note = f"The counter of `{table.name.short}.{quote(before.name)}` starts again: set it with setval()."
        piece = _alter(table, before, f"ADD GENERATED {before.identity.value} AS IDENTITY", note=note)
        yield replace(piece, grade=Reversibility.LOSSY)
    else:
        yield _alter(table, before, f"SET GENERATED {before.identity.value}")


def _expression(table: Relation, before: Column, after: Column) -> Iterator[Piece]:
    if before.generated and after.generated:
        yield _alter(table, before, f"SET EXPRESSION AS ({before.expression})")
        return
    if before.generated is None:
        yield _alter(table, before, "DROP EXPRESSION IF EXISTS")
        return
    where = f"`{table.name.short}.{quote(before.name)}`"
    stored = "" if before.generated is Generated.VIRTUAL else " (values are computed again; the table is rewritten)"
    yield replace(_take_away(table, after), rank=Rank.DROP_COLUMN)
    note = f"An expression cannot be put back on {where}: the column is made again{stored}."
    yield Piece(Rank.MAKE_COLUMN, add_column(table.name, before), note=note)
