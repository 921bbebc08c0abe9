"""Breaks that one catalog alone cannot show: another type, and a column of a table known only in part."""

from collections.abc import Iterable, Iterator, Sequence

from midflight.catalog.compare import Difference
from midflight.catalog.model import Step
from midflight.catalog.types import widens
from midflight.compatibility.model import Break, BreakKind, Side
from midflight.compatibility.reach import lost_columns
from midflight.compatibility.resolve import names, uses
from midflight.compatibility.schemas import Schemas
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.references.model import Access, Reference


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
            if not names(reference, table):
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
