"""Inserts that leave a column to its default."""

from midflight.compatibility.resolve import written
from midflight.inspection.model import Context
from midflight.inspection.usage import table_uses
from midflight.operations.shapes import Name
from midflight.references.model import TableReference, Verb


def omitting(context: Context, table: Name, column: str) -> tuple[TableReference, ...]:
    """Return the inserts of old code whose columns are all known, and this one is not among them."""
    found = table_uses(context, table, {Verb.INSERT, Verb.UPSERT})
    return tuple(reference for reference in found if reference.payload and column not in written(reference))
