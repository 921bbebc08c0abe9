"""Columns that a running program knows of a table because it read them when it started."""

from dataclasses import replace

from midflight.catalog.model import Catalog
from midflight.compatibility.resolve import name_of
from midflight.references.model import Access, ColumnUse, Reference, TableReference


def as_started(reference: Reference, catalog: Catalog) -> Reference:
    """Give a reference with every column that its library listed when the program started on `catalog`.

    ActiveRecord names them in inserts (from Rails 7.0 on) and fails to read an attribute that a row lacks; a new
    program starts on the new schema, so this is for code that was running before.
    """
    if not isinstance(reference, TableReference) or not reference.cached:
        return reference
    relation = catalog.relation(name_of(reference))
    if relation is None:
        return reference
    known = {use.name for use in reference.columns} | set(reference.ignored)
    listed = (ColumnUse(c.name, Access.READ, reference.place) for c in relation.columns if c.name not in known)
    return replace(reference, columns=(*reference.columns, *listed))
