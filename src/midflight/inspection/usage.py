"""Which lines of old code use a table, and how."""

from collections.abc import Iterable

from midflight.compatibility.resolve import name_of
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from midflight.references.model import Access, Place, RoutineReference, TableReference, Verb

READS = frozenset({Verb.SELECT, Verb.WATCH})
WRITES = frozenset({Verb.INSERT, Verb.UPDATE, Verb.UPSERT})


def table_uses(context: Context, table: Name, verbs: Iterable[Verb]) -> tuple[TableReference, ...]:
    """Return the references of old code that use a table (resolved name) in one of these ways."""
    wanted = frozenset(verbs)
    found = (r for r in context.old_code.references if isinstance(r, TableReference) and r.verb in wanted)
    return tuple(reference for reference in found if _names(reference, table))


def routine_calls(context: Context, routine: Name) -> tuple[RoutineReference, ...]:
    """Return the calls of a routine (resolved name) in old code."""
    found = (r for r in context.old_code.references if isinstance(r, RoutineReference))
    return tuple(reference for reference in found if _names(reference, routine))


def writers(context: Context, table: Name, columns: Iterable[str]) -> tuple[TableReference, ...]:
    """Return the writes of old code that give a value to one of the columns, or whose columns are not all known."""
    wanted = set(columns)
    return tuple(r for r in table_uses(context, table, WRITES) if not r.payload or wanted & written(r))


def written(reference: TableReference) -> set[str]:
    """Return the names of the columns that a reference writes."""
    return {use.name for use in reference.columns if use.access is Access.WRITE}


def lines(references: Iterable[TableReference | RoutineReference]) -> tuple[Place, ...]:
    """Return the lines of references, each once."""
    return tuple(dict.fromkeys(reference.place for reference in references))


def _names(reference: TableReference | RoutineReference, wanted: Name) -> bool:
    name = name_of(reference)
    return name.name == wanted.name and name.schema in {"", wanted.schema}
