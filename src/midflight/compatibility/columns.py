"""Breaks that one catalog alone cannot show: another type, and a column of a table known only in part."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from midflight.catalog.compare import Difference
from midflight.catalog.model import Step
from midflight.catalog.types import widens
from midflight.compatibility.model import Break, BreakKind, Side
from midflight.compatibility.reach import lost_columns
from midflight.compatibility.resolve import names, uses
from midflight.compatibility.schemas import Schemas
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.operations.shapes import Name
from midflight.references.model import Access, Api, Reference, TableReference, Verb


def lost(references: Iterable[Reference], schemas: Schemas, side: Side) -> Iterator[Break]:
    """Uses of a column that goes away in a table whose columns the history does not tell."""
    columns = tuple(lost_columns(schemas.steps))
    for reference in references:
        for table, column, step in columns:
            if names(reference, table):
                for use in uses(reference, column):
                    yield Break(
                        kind=BreakKind.MISSING_COLUMN,
                        object=f"{table.short}.{column}",
                        reference=reference,
                        side=side,
                        place=use.place,
                        sqlstate="42703",
                        detail="the column does not exist",
                        statement=step.operation.statement,
                    )


_POSITIONAL = re.compile(r"\s*insert\s+into\s+[\w\".]+(?:\s+as\s+\w+)?\s*(?:values|select|table)\b", re.IGNORECASE)


def shifted(references: Iterable[Reference], schemas: Schemas, side: Side) -> Iterator[Break]:
    """Inserts without a list of columns into a table that loses one: the values no longer fit."""
    removed = [(t, c.name) for t, c in schemas.difference.columns_removed]
    for reference in references:
        if not isinstance(reference, TableReference) or not is_positional(reference):
            continue
        for table, column in removed:
            statement = _dropping(schemas.steps, table, column) if names(reference, table) else None
            if statement is not None:
                yield Break(
                    kind=BreakKind.MISSING_COLUMN,
                    object=f"{table.short}.{column}",
                    reference=reference,
                    side=side,
                    place=reference.place,
                    sqlstate="42601",
                    detail="the insert names no columns, so its values no longer fit",
                    statement=statement,
                )


def is_positional(reference: TableReference) -> bool:
    """Return whether a reference is an INSERT whose values go into the table's columns in their order."""
    return reference.verb is Verb.INSERT and reference.api is Api.SQL and bool(_POSITIONAL.match(reference.text))


def _dropping(steps: Sequence[Step], table: Name, column: str) -> Statement | None:
    """Return the statement that drops the column; after a rename the values go where they went."""
    for step in steps:
        match step.operation:
            case op.DropColumn(table=written, column=name) if name == column and step.before.resolve(written) == table:
                return step.operation.statement
            case _:
                continue
    return None


def retyped(
    references: Iterable[Reference], difference: Difference, side: Side, steps: Sequence[Step]
) -> Iterator[Break]:
    """Uses of a column whose type changed in a way that running code notices."""
    changed = {
        (table, before.name): (before.type, after.type)
        for table, before, after in difference.columns_changed
        if not widens(before.type, after.type)
    }
    for reference in references:
        for (table, column), (old_type, new_type) in changed.items():
            if not names(reference, table) or _is_same(reference, old_type, new_type, steps):
                continue
            narrowed = widens(new_type, old_type)
            for use in uses(reference, column):
                if narrowed and use.access is Access.READ:
                    continue  # every value of the narrower type is one of the wider
                yield Break(
                    kind=BreakKind.TYPE,
                    object=f"{table.short}.{column}",
                    reference=reference,
                    side=side,
                    place=use.place,
                    sqlstate="22P02",
                    detail=f"its type is {old_type} before the migration and {new_type} after it",
                    statement=_retyping(steps, column),
                )


_UNTYPED = frozenset({".rb", ".php", ".go"})
_ONE_INTEGER = _UNTYPED | {".py"}
_INTEGERS = ("smallint", "integer", "bigint")
_TIMESTAMPS = frozenset({"timestamp without time zone", "timestamp with time zone"})
_CAST = re.compile(r"::|\bcast\s*\(", re.IGNORECASE)


def _is_same(reference: Reference, old: str, new: str, steps: Sequence[Step]) -> bool:
    """Whether code sends and gets the same values before and after.

    Ruby, PHP, Go and Python read a wider integer as they read the narrower one. The drivers of the first three leave
    the type of a parameter to the server and read a uuid and a label as text, so that the column may become one;
    other mappers send a uuid or a label as such (`varchar = uuid` is 42883), and so does a query with a cast. All
    languages read and write characters, whose padding goes ("Character Types", PostgreSQL documentation). PostgREST
    takes a time as text, with a zone or without, and gives one.
    """
    if _is_unpadded(old, new) or (reference.api is Api.POSTGREST and {old, new} <= _TIMESTAMPS):
        return True
    suffix = PurePosixPath(reference.place.path).suffix
    if suffix in _ONE_INTEGER and old in _INTEGERS and new in _INTEGERS:
        return _INTEGERS.index(old) < _INTEGERS.index(new)
    return suffix in _UNTYPED and not _CAST.search(reference.query) and _is_text(old, new, steps)


def _is_unpadded(old: str, new: str) -> bool:
    """Whether blank-padded characters become others with room for all of them."""
    padded = re.fullmatch(r"character(?:\((\d+)\))?", old)
    room = re.fullmatch(r"text|character varying(?:\((\d+)\))?", new)
    if padded is None or room is None:
        return False
    return room[1] is None or int(room[1]) >= int(padded[1] or 1)


def _is_text(old: str, new: str, steps: Sequence[Step]) -> bool:
    size = re.fullmatch(r"text|citext|character varying(?:\((\d+)\))?", new)
    if size is None:
        return False
    room = int(size[1]) if size[1] else 63
    if old == "uuid":
        return room >= 36
    known = (each for step in steps for each in step.before.types.values() if _names(old, each.name))
    labels = next((each.labels for each in known if each.labels), ())
    return bool(labels) and all(len(label) <= room for label in labels)


def _names(written: str, name: Name) -> bool:
    return written.replace('"', "") in {name.name, name.short, f"{name.schema}.{name.name}"}


def _retyping(steps: Sequence[Step], column: str) -> Statement | None:
    for step in steps:
        match step.operation:
            case op.AlterColumnType(column=name) if name == column:
                return step.operation.statement
            case op.AddColumn(column=added) if added.name == column:
                return step.operation.statement
            case _:
                continue
    return None
