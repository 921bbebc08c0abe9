"""Where the catalog folded from the history differs from the one that the server made of it."""

import re
from collections.abc import Iterable, Iterator, Mapping

from midflight.catalog.model import Catalog, Relation
from midflight.operations.shapes import Name
from midflight.proof.platforms import SCHEMAS

_MOST = 20
PLATFORM = SCHEMAS
"""Schemas of a platform: the history does not make what is in them."""
TOOLS = frozenset({"__diesel_schema_migrations", "_prisma_migrations", "_sqlx_migrations", "schema_migrations"})
"""Tables in which tools write down what they have applied, with their indexes."""
DJANGO = re.compile(r"(?:auth_(?:user|group|permission)|django_(?:content_type|migrations|session|site))(?:_|\Z)")
"""What Django's own applications make, with its indexes."""


def drift_of(folded: Catalog, live: Catalog) -> tuple[str, ...]:
    """Return a sentence for each relation, column, index, routine and type that only one side has, twenty at most."""
    found = [
        *_relations(folded.relations, live.relations),
        *_columns(folded, live),
        *_apart("index", folded.indexes, live.indexes),
        *_apart("type", folded.types, live.types),
        *_routines(folded, live),
    ]
    return tuple(found[:_MOST])


def _relations(folded: Mapping[Name, Relation], live: Mapping[Name, Relation]) -> Iterator[str]:
    """Compare relations; one that the fold has heard of and does not know whole is not missing there."""
    whole = [name for name, relation in folded.items() if relation.complete]
    known = [name for name in live if name in folded]
    yield from _apart("relation", [*whole, *known], live)


def _apart(kind: str, folded: Iterable[Name], live: Iterable[Name]) -> Iterator[str]:
    mine, theirs = {n for n in folded if _counts(n)}, {n for n in live if _counts(n)}
    yield from (f"{kind} `{name.short}` is only in the folded history" for name in sorted(mine - theirs))
    yield from (f"{kind} `{name.short}` is only on the server" for name in sorted(theirs - mine))


def _counts(name: Name) -> bool:
    if name.schema in PLATFORM or name.schema.startswith("pg_"):
        return False
    return name.name.removesuffix("_pkey") not in TOOLS and not DJANGO.match(name.name)


def _columns(folded: Catalog, live: Catalog) -> Iterator[str]:
    for name in sorted(folded.relations.keys() & live.relations.keys()):
        mine, theirs = folded.relations[name], live.relations[name]
        if not (_counts(name) and mine.complete and mine.is_table):
            continue
        ours = {(c.name, c.type, c.not_null) for c in mine.columns}
        other = {(c.name, c.type, c.not_null) for c in theirs.columns}
        for column, kind, not_null in sorted(ours - other):
            yield f"column `{name.short}.{column}` is {kind}{_null(not_null)} in the folded history alone"
        for column, kind, not_null in sorted(other - ours):
            yield f"column `{name.short}.{column}` is {kind}{_null(not_null)} on the server alone"


def _null(not_null: bool) -> str:
    return " NOT NULL" if not_null else ""


def _routines(folded: Catalog, live: Catalog) -> Iterator[str]:
    mine = {f"{k.name}({', '.join(k.types)})" for k in folded.routines if _counts(k.name)}
    theirs = {f"{k.name}({', '.join(k.types)})" for k in live.routines if _counts(k.name)}
    yield from (f"routine `{name}` is only in the folded history" for name in sorted(mine - theirs))
    yield from (f"routine `{name}` is only on the server" for name in sorted(theirs - mine))
