"""The embeds of PostgREST queries that a change leaves without their one way to be joined, by statement and tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from midflight.compatibility.embedding import joins
from midflight.compatibility.model import Break, BreakKind
from midflight.inspection.causes import confidence_of, unguarded
from midflight.inspection.finding import Confidence
from midflight.inspection.model import Context
from midflight.operations.model import Statement
from midflight.references.model import Place, TableReference


@dataclass(frozen=True, slots=True)
class Unjoined:
    """Two tables that embeds join, the statement that is why they no longer do, and the lines that fail.

    `had` is the way of before, `has` are those of after.
    """

    inside: str
    table: str
    statement: Statement
    old: tuple[Place, ...]
    new: tuple[Place, ...]
    had: str
    has: tuple[str, ...]
    confidence: Confidence


def unjoined(context: Context, state: str) -> Iterator[Unjoined]:
    """Yield the pairs of tables whose embeds PostgREST answers with `state` on the new schema.

    What a server has shown to be joined all the same is left out.
    """
    groups: dict[tuple[Statement, frozenset[str]], tuple[list[Break], list[Break]]] = {}
    for at, cell in enumerate((context.matrix.old_new, context.matrix.new_new)):
        for found in unguarded(cell.breaks):
            reference = found.reference
            if found.kind is not BreakKind.RELATIONSHIP or found.sqlstate != state or found.proven is False:
                continue
            if found.statement is not None and isinstance(reference, TableReference):
                pair = frozenset((reference.inside, reference.table))
                groups.setdefault((found.statement, pair), ([], []))[at].append(found)
    for (statement, _), (old, new) in groups.items():
        reference = (old or new)[0].reference
        if isinstance(reference, TableReference):
            yield Unjoined(
                reference.inside,
                reference.table,
                statement,
                _places(old),
                _places(new),
                next(iter(joins(reference, context.before) or ()), ""),
                joins(reference, context.after) or (),
                confidence_of([*old, *new]),
            )


def _places(breaks: list[Break]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(found.place for found in breaks))
