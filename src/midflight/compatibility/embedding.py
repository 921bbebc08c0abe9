"""How many ways PostgREST finds to join a table with one that a query embeds (its documentation, "Resource Embedding").

It takes a foreign key from either table to the other, a table between the two whose primary key holds a foreign key to
each, and a routine of the row. One way is joined by, none is answered with PGRST200, several with PGRST201.
"""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Relation
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import TableReference


def ways(reference: TableReference, catalog: Catalog) -> int | None:
    """Return how many ways an embed has, None where the foreign keys of tables do not tell."""
    found = joins(reference, catalog)
    return None if found is None else len(found)


def joins(reference: TableReference, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the foreign keys, tables between and routines by which an embed joins, None where they do not tell.

    That is so of views, of a table that embeds itself, and where one of the two is not known whole.
    """
    schema = reference.schema or "public"
    origin = catalog.relation(Name(reference.inside, schema)) if reference.embedded and reference.inside else None
    if origin is None or not _is_known(origin):
        return None
    if _is_computed(reference.table, origin, catalog):
        return (reference.table,)
    target = catalog.relation(Name(reference.table, schema))
    if target is None:
        return tuple(key.name for key in _by_key(reference.table, origin, catalog)) or None
    if not _is_known(target) or target.name == origin.name:
        return None
    return tuple(_joining(origin, target, reference.hint, catalog))


def keys_of(relation: Relation) -> Iterator[Constraint]:
    """Yield a table's foreign keys."""
    yield from (each for each in relation.constraints if each.kind is ConstraintKind.FOREIGN_KEY)


def _is_known(relation: Relation) -> bool:
    return relation.is_table and relation.complete


def _is_computed(name: str, origin: Relation, catalog: Catalog) -> bool:
    """Whether a routine of one parameter, the origin's row, has the name: it takes the place of any key."""
    return any(
        len(routine.inputs) == 1 and routine.inputs[0].type.rsplit(".", 1)[-1].strip('"') == origin.name.name
        for routine in catalog.routines_named(Name(name, origin.name.schema))
    )


def _by_key(named: str, origin: Relation, catalog: Catalog) -> Iterator[Constraint]:
    """Yield the foreign keys that an embed means by their own name or by their column's instead of a table's."""
    yield from (key for key in keys_of(origin) if named in (key.name, *key.columns[: len(key.columns) == 1]))
    for other in catalog.pointing_at(origin.name):
        yield from (key for key in keys_of(other) if key.references == origin.name and key.name == named)


def _joining(origin: Relation, target: Relation, hint: str, catalog: Catalog) -> Iterator[str]:
    """Yield the name of each way from one table to the other that the hint allows."""
    for table, other in ((origin, target), (target, origin)):
        for key in keys_of(table):
            if key.references == other.name and (not hint or hint in (key.name, *_alone(key))):
                yield key.name
    for between in catalog.pointing_at(origin.name):
        # PostgREST leaves one out whose schema is not exposed; which ones are, its own settings say
        exposed = between.name.schema in {origin.name.schema, target.name.schema}
        if exposed and (not hint or hint == between.name.name):
            yield from (between.name.name for pair in joined_through(between) if pair == (origin.name, target.name))


def _alone(key: Constraint) -> tuple[str, ...]:
    """The columns by which a hint may mean a foreign key: one of one column alone."""
    return (*key.columns, *key.referenced_columns) if len(key.columns) == 1 else ()


def joined_through(between: Relation) -> Iterator[tuple[Name, Name]]:
    """Yield the pairs of tables that a table joins: its primary key holds a foreign key to each."""
    if not between.is_table or between.partition_of is not None:
        return
    primary = {name for each in between.constraints if each.kind is ConstraintKind.PRIMARY_KEY for name in each.columns}
    keys = [key for key in keys_of(between) if primary.issuperset(key.columns)]
    for first in keys:
        for second in keys:
            if first is not second and first.references is not None and second.references is not None:
                yield first.references, second.references
