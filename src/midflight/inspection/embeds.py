"""What PostgREST joins two tables by, and which queries of code ask it to ("Resource Embedding", PostgREST)."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog
from midflight.compatibility.resolve import name_of
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import Api, CodeReferences, TableReference

Pair = tuple[Name, Name]


def keys_of(table: Name, catalog: Catalog) -> Iterator[Constraint]:
    """Yield a table's foreign keys."""
    relation = catalog.relations.get(table)
    yield from (c for c in relation.constraints if c.kind is ConstraintKind.FOREIGN_KEY) if relation else ()


def keys_between(catalog: Catalog, pair: Pair) -> list[Constraint]:
    """Return the foreign keys between two tables, in either direction."""
    one, other = pair
    sides = ((one, other), (other, one)) if one != other else ((one, other),)
    return [key for table, target in sides for key in keys_of(table, catalog) if key.references == target]


def join_tables(catalog: Catalog, pair: Pair) -> list[Name]:
    """Return the tables with a foreign key to each of two others, by which PostgREST joins many to many."""
    found = []
    for name in catalog.relations:
        targets = [key.references for key in keys_of(name, catalog)]
        if pair[0] in targets and pair[1] in targets and (pair[0] != pair[1] or targets.count(pair[0]) > 1):
            found.append(name)
    return found


def embeds_between(code: CodeReferences, pair: Pair, catalog: Catalog) -> Iterator[TableReference]:
    """Yield the embeds of queries that ask one of two tables and embed the other."""
    calls: dict[tuple[str, str], list[TableReference]] = {}
    for reference in code.references:
        if isinstance(reference, TableReference) and reference.api is Api.POSTGREST:
            calls.setdefault((reference.place.path, reference.text), []).append(reference)
    for asked in calls.values():
        names = {catalog.resolve(name_of(reference)) for reference in asked}
        if names >= set(pair):
            yield from (r for r in asked if r.embedded and catalog.resolve(name_of(r)) in pair)
