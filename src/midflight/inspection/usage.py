"""Which lines of old code use a table, and how."""

from collections.abc import Iterable

from midflight.compatibility.resolve import may_write, names
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from midflight.references.model import WRITES, Place, RoutineReference, TableReference, Verb

READS = frozenset({Verb.SELECT, Verb.WATCH})


def table_uses(context: Context, table: Name, verbs: Iterable[Verb]) -> tuple[TableReference, ...]:
    """Return the references of old code that use a table (resolved name) in one of these ways."""
    wanted = frozenset(verbs)
    found = (r for r in context.old_code.references if isinstance(r, TableReference) and r.verb in wanted)
    return tuple(reference for reference in found if names(reference, table))


def routine_calls(context: Context, routine: Name) -> tuple[RoutineReference, ...]:
    """Return the calls of a routine (resolved name) in old code."""
    found = (r for r in context.old_code.references if isinstance(r, RoutineReference))
    return tuple(reference for reference in found if names(reference, routine))


def writers(context: Context, table: Name, columns: Iterable[str]) -> tuple[TableReference, ...]:
    """Return the writes of old code that give a value to one of the columns, or whose columns are not all known."""
    wanted = frozenset(columns)
    return tuple(r for r in table_uses(context, table, WRITES) if may_write(r, wanted))


def lines(references: Iterable[TableReference | RoutineReference]) -> tuple[Place, ...]:
    """Return the lines of references, each once."""
    return tuple(dict.fromkeys(reference.place for reference in references))
